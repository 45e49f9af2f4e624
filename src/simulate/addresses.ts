/** Whose accounts there are on the chain of a simulated world. */
import type { Hex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';

/** Of this world alone: they are worth nothing anywhere. */
export const BRIDGE_KEY = `0x${'11'.repeat(32)}` as const;
export const APPROVER_KEY = `0x${'22'.repeat(32)}` as const;
export const ADDRESS = {
  token: `0x${'a1'.repeat(20)}`,
  escrow: `0x${'b2'.repeat(20)}`,
  bridge: privateKeyToAddress(BRIDGE_KEY).toLowerCase() as Hex,
  approver: privateKeyToAddress(APPROVER_KEY).toLowerCase() as Hex,
  juno: `0x${'d4'.repeat(20)}`,
  faucet: `0x${'fa'.repeat(20)}`,
} as const;
