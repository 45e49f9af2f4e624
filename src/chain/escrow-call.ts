/** What a call to an escrow contract says, whatever its version. Pure. */
import { type Abi, decodeFunctionData, encodeFunctionData, type Hex } from 'viem';
import { ESCROW_V2_ABI, ESCROW_V2_PAUSABLE_ABI } from './abi/escrowV2.ts';
import { KUSTODIA_ESCROW_ABI } from './abi/kustodiaEscrow.ts';
import type { EscrowVersion } from './escrow-versions.ts';

/** Amounts are the token's base units, deadlines Unix seconds. Addresses and references are in lower case. */
export type EscrowCall =
  | Readonly<{ is: 'create_and_fund'; reference: string; token: string; units: bigint }>
  | Readonly<{
      is: 'create';
      payer: string;
      payee: string;
      token: string;
      units: bigint;
      deadline: bigint;
      /** Each of the two texts that carry the reference. */
      reference: string;
      conditions: string;
    }>
  | Readonly<{ is: 'fund' | 'release'; escrowId: bigint }>
  | Readonly<{ is: 'dispute'; escrowId: bigint; reason: string }>
  | Readonly<{ is: 'resolve'; escrowId: bigint; inFavorOfSeller: boolean }>
  /** Of version 2 pausable alone: there a disputed escrow can end in no other way. */
  | Readonly<{ is: 'cancel'; escrowId: bigint }>
  /** Before its deadline, with an approver's signature. */
  | Readonly<{ is: 'release_early' | 'cancel_early'; escrowId: bigint; approver: string; expiry: number }>
  /** A function of the contract that is never called from here. */
  | Readonly<{ is: 'other'; name: string }>;

const ABIS = {
  v3: KUSTODIA_ESCROW_ABI,
  v2: ESCROW_V2_ABI,
  'v2-pausable': ESCROW_V2_PAUSABLE_ABI,
} as const satisfies Record<EscrowVersion, Abi>;

/**
 * The call in these bytes; null where they are none of this version's, or say it in another way or more than it: a contract may
 * read such bytes otherwise.
 */
export function readEscrowCall(version: EscrowVersion, data: Hex): EscrowCall | null {
  const abi = ABIS[version] as Abi;
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi, data });
    if (encodeFunctionData({ abi, functionName, args }) !== data.toLowerCase()) return null;
    return callOf(version, functionName, args);
  } catch {
    return null;
  }
}

const lower = (value: unknown): string => String(value).toLowerCase();

function callOf(version: EscrowVersion, name: string, args: readonly unknown[]): EscrowCall {
  if (name === (version === 'v2-pausable' ? 'releaseEscrow' : 'release'))
    return { is: 'release', escrowId: args[0] as bigint };
  if (name === (version === 'v2-pausable' ? 'disputeEscrow' : 'dispute'))
    return { is: 'dispute', escrowId: args[0] as bigint, reason: String(args[1]) };
  if (version !== 'v2-pausable' && name === 'resolveDispute')
    return { is: 'resolve', escrowId: args[0] as bigint, inFavorOfSeller: args[1] === true };
  if (version === 'v2-pausable' && name === 'cancelEscrow') return { is: 'cancel', escrowId: args[0] as bigint };
  if (version === 'v3' && (name === 'releaseEarly' || name === 'cancelEarly')) {
    const [escrowId, approver, expiry] = args as [bigint, Hex, bigint];
    const is = name === 'releaseEarly' ? 'release_early' : 'cancel_early';
    return { is, escrowId, approver: lower(approver), expiry: Number(expiry) };
  }
  if (version === 'v3' && name === 'createAndFund') {
    const [reference, token, units] = args as [Hex, Hex, bigint];
    return { is: 'create_and_fund', reference: lower(reference), token: lower(token), units };
  }
  if (version !== 'v3' && name === 'fundEscrow') return { is: 'fund', escrowId: args[0] as bigint };
  if (version !== 'v3' && name === 'createEscrow') {
    const [payer, payee, ...rest] = args;
    // The one argument that the two have in another place.
    const token = version === 'v2' ? rest.shift() : rest.pop();
    const [units, deadline, , clabe, conditions] = rest as [bigint, bigint, string, string, string];
    const texts = { reference: clabe, conditions };
    return { is: 'create', payer: lower(payer), payee: lower(payee), token: lower(token), units, deadline, ...texts };
  }
  return { is: 'other', name };
}
