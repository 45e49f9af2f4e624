import { decodeFunctionData } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../../chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../chain/abi/mxnb.ts';
import type { Call } from '../../chain/door.ts';
import type { EffectKind } from '../effects/states.ts';

export type WalletPolicy = Readonly<{ escrow: string; token: string; junoDepositAddress: string }>;

export class PolicyRefusedError extends Error {
  override readonly name = 'PolicyRefusedError';
}

/**
 * What the bridge wallet may sign: one call a kind of effect, to one target, with the amount and the recipient that the effect
 * itself names. Everything else is refused before a key is touched. Throws a PolicyRefusedError.
 */
export function assertAllowed(policy: WalletPolicy, kind: EffectKind, amount: bigint, call: Call): void {
  const must = (condition: boolean, why: string): void => {
    if (!condition) throw new PolicyRefusedError(`The wallet’s policy refuses ${kind}: ${why}. Nothing was signed.`);
  };
  const target = call.to.toLowerCase();
  if (kind === 'chain_fund' || kind === 'chain_release') {
    must(target === policy.escrow, 'the target is not the escrow contract');
    const { functionName, args } = decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data: call.data });
    must(functionName === (kind === 'chain_fund' ? 'createAndFund' : 'release'), `it calls ${functionName}`);
    if (functionName !== 'createAndFund') return;
    const [, token, units] = args;
    must(token.toLowerCase() === policy.token, 'it funds with another token');
    must(units === amount, 'it funds another amount');
    return;
  }
  const isReturn = kind === 'chain_return' || kind === 'chain_probe';
  must(isReturn || kind === 'chain_approve', 'it is not a kind that a wallet performs');
  must(target === policy.token, 'the target is not the token');
  const { functionName, args } = decodeFunctionData({ abi: MXNB_ABI, data: call.data });
  must(functionName === (isReturn ? 'transfer' : 'approve'), `it calls ${functionName}`);
  const [to, units] = args as readonly [string, bigint];
  must(to.toLowerCase() === (isReturn ? policy.junoDepositAddress : policy.escrow), 'it goes to another address');
  if (isReturn) must(units === amount, 'it sends another amount');
}
