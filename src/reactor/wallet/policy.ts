import { decodeFunctionData, encodeFunctionData, type Hex, type TransactionSerializableEIP1559 } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../../chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../chain/abi/mxnb.ts';
import type { Call } from '../../chain/door.ts';
import type { EffectKind } from '../effects/states.ts';

export type WalletPolicy = Readonly<{
  chainId: number;
  escrow: string;
  token: string;
  junoDepositAddress: string;
  /** Wei: what a unit of gas may cost at most, and how many units one transaction may use. */
  maxFeePerGas: bigint;
  maxGas: bigint;
}>;

/** What a transaction is signed for: the call of an effect, or nothing at all, to use up its nonce. */
export type Purpose = Readonly<{ kind: EffectKind; amount: bigint }> | 'noop';

export class PolicyRefusedError extends Error {
  override readonly name = 'PolicyRefusedError';
  constructor(what: string, why: string) {
    super(`The wallet’s policy refuses ${what}: ${why}. Nothing was signed.`);
  }
}

type Must = (condition: boolean, why: string) => void;
const musts =
  (what: string): Must =>
  (condition, why) => {
    if (!condition) throw new PolicyRefusedError(what, why);
  };

/**
 * What the bridge wallet may sign, whole: an allowed call or none at all, on our chain, without ether, within the bounds of fee
 * and gas. Everything else is refused before a key is touched. Throws a PolicyRefusedError.
 */
export function assertTransaction(
  policy: WalletPolicy,
  wallet: string,
  purpose: Purpose,
  transaction: TransactionSerializableEIP1559,
): void {
  const must = musts(purpose === 'noop' ? 'a no-op' : purpose.kind);
  const { type, chainId, to, data = '0x', value = 0n, gas = 0n, maxFeePerGas = 0n } = transaction;
  must(type === 'eip1559', 'it is of another type than EIP-1559');
  must(chainId === policy.chainId, `it is for chain ${chainId}`);
  must(value === 0n, 'it sends ether');
  must((transaction.accessList ?? []).length === 0, 'it has an access list');
  must(gas <= policy.maxGas, `it may use ${gas} gas, WALLET_MAX_GAS is ${policy.maxGas}`);
  must(maxFeePerGas <= policy.maxFeePerGas, `${maxFeePerGas} wei a gas is more than WALLET_MAX_FEE_GWEI`);
  must((transaction.maxPriorityFeePerGas ?? 0n) <= maxFeePerGas, 'its tip is higher than its fee');
  if (purpose === 'noop') {
    must(to?.toLowerCase() === wallet && data === '0x', 'it is more than nothing sent to the wallet itself');
    return;
  }
  if (!to) throw new PolicyRefusedError(purpose.kind, 'it creates a contract');
  assertAllowed(policy, purpose.kind, purpose.amount, { to, data });
}

/**
 * One call a kind of effect, to one target, with the amount and the recipient that the effect itself names, and not a byte more.
 * Throws a PolicyRefusedError.
 */
export function assertAllowed(
  policy: Pick<WalletPolicy, 'escrow' | 'token' | 'junoDepositAddress'>,
  kind: EffectKind,
  amount: bigint,
  call: Call,
): void {
  const must = musts(kind);
  const target = call.to.toLowerCase();
  if (kind === 'chain_fund' || kind === 'chain_release') {
    must(target === policy.escrow, 'the target is not the escrow contract');
    const { functionName, args } = decoded(kind, KUSTODIA_ESCROW_ABI, call.data);
    must(functionName === (kind === 'chain_fund' ? 'createAndFund' : 'release'), `it calls ${functionName}`);
    if (kind === 'chain_release') return;
    const [, token, units] = args as readonly [Hex, string, bigint, bigint];
    must(token.toLowerCase() === policy.token, 'it funds with another token');
    must(units === amount, 'it funds another amount');
    return;
  }
  const isReturn = kind === 'chain_return' || kind === 'chain_probe';
  must(isReturn || kind === 'chain_approve', 'it is not a kind that a wallet performs');
  must(target === policy.token, 'the target is not the token');
  const { functionName, args } = decoded(kind, MXNB_ABI, call.data);
  must(functionName === (isReturn ? 'transfer' : 'approve'), `it calls ${functionName}`);
  const [to, units] = args as readonly [string, bigint];
  must(to.toLowerCase() === (isReturn ? policy.junoDepositAddress : policy.escrow), 'it goes to another address');
  if (isReturn) must(units === amount, 'it sends another amount');
}

/** The call in these bytes. Bytes that say it in another way, or say more than it, are refused: a contract may read them otherwise. */
function decoded(
  kind: EffectKind,
  abi: typeof KUSTODIA_ESCROW_ABI | typeof MXNB_ABI,
  data: Hex,
): { functionName: string; args: readonly unknown[] } {
  let again: Hex;
  let call: { functionName: string; args?: readonly unknown[] | undefined };
  try {
    call = decodeFunctionData({ abi, data });
    // The two ABIs together are more than viem can infer from; what was decoded by one of them fits it.
    again = encodeFunctionData({ abi, functionName: call.functionName, args: call.args } as never);
  } catch {
    throw new PolicyRefusedError(kind, 'its bytes are no call that the wallet knows');
  }
  if (again !== data.toLowerCase()) throw new PolicyRefusedError(kind, 'its bytes say more than the call in them');
  return { functionName: call.functionName, args: call.args ?? [] };
}
