import { decodeFunctionData, encodeFunctionData, type Hex, type TransactionSerializableEIP1559 } from 'viem';
import { MXNB_ABI } from '../../chain/abi/mxnb.ts';
import type { Call } from '../../chain/door.ts';
import { type EscrowCall, readEscrowCall } from '../../chain/escrow-call.ts';
import type { EscrowVersion } from '../../chain/escrow-versions.ts';
import type { EffectKind } from '../effects/states.ts';

export type WalletPolicy = Readonly<{
  chainId: number;
  /** The one account whose signature may stand in a release before its date; null or left out: none may. */
  approver?: string | null;
  /** The escrow contracts that may be called, by address in lower case. */
  escrows: Readonly<Record<string, EscrowVersion>>;
  bridge: string;
  token: string;
  junoDepositAddress: string;
  /** MXNB base units that a contract whose code can be replaced may be allowed to take. */
  mostAllowed: bigint;
  /** Wei: what a unit of gas may cost at most, and how many units one transaction may use. */
  maxFeePerGas: bigint;
  maxGas: bigint;
}>;

type CallPolicy = Pick<
  WalletPolicy,
  'escrows' | 'approver' | 'bridge' | 'token' | 'junoDepositAddress' | 'mostAllowed'
>;

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
export function assertAllowed(policy: CallPolicy, kind: EffectKind, amount: bigint, call: Call): void {
  const must = musts(kind);
  const target = call.to.toLowerCase();
  if (WANTED[kind]) {
    assertEscrowCall(policy, kind, amount, call);
    return;
  }
  const isReturn = kind === 'chain_return' || kind === 'chain_probe';
  must(isReturn || kind === 'chain_approve', 'it is not a kind that a wallet performs');
  must(target === policy.token, 'the target is not the token');
  const { functionName, args } = decoded(kind, call.data);
  must(functionName === (isReturn ? 'transfer' : 'approve'), `it calls ${functionName}`);
  const [to, units] = args as readonly [string, bigint];
  if (isReturn) {
    must(to.toLowerCase() === policy.junoDepositAddress, 'it goes to another address');
    must(units === amount, 'it sends another amount');
    return;
  }
  const version = policy.escrows[to.toLowerCase()];
  if (!version) throw new PolicyRefusedError(kind, 'it goes to another address');
  // Code that its owner can replace is never allowed more than what may leave in a day anyhow.
  if (version !== 'v3') must(units === amount && units <= policy.mostAllowed, 'it allows more than it should');
}

/** A code for machines. What is written on chain is public for ever. */
const WORD = /^[a-z][a-z0-9_]{2,39}$/;

type Wanted = Readonly<Record<EscrowVersion, readonly EscrowCall['is'][]>>;
const onEach = (is: EscrowCall['is']): Wanted => ({ v3: [is], v2: [is], 'v2-pausable': [is] });
/** What an effect may call in a contract of each version. */
const WANTED: Partial<Record<EffectKind, Wanted>> = {
  chain_create: onEach('create'),
  chain_fund: { v3: ['create_and_fund'], v2: ['fund'], 'v2-pausable': ['fund'] },
  chain_dispute: onEach('dispute'),
  chain_resolve: { v3: ['resolve'], v2: ['resolve'], 'v2-pausable': [] },
  // On version 2 pausable a disputed escrow can only be cancelled, which pays the bridge wallet as a release does.
  chain_release: {
    v3: ['release', 'release_early', 'cancel_early'],
    v2: ['release'],
    'v2-pausable': ['release', 'cancel'],
  },
};

const REFERENCE = /^0x[0-9a-f]{64}$/;

/** Of an escrow contract: one function a kind, as its version has it, and what in it the effect and the wallet determine. */
function assertEscrowCall(policy: CallPolicy, kind: EffectKind, amount: bigint, { to, data }: Call): void {
  const must = musts(kind);
  const version = policy.escrows[to.toLowerCase()];
  if (!version) throw new PolicyRefusedError(kind, 'the target is not the escrow contract');
  const call = readEscrowCall(version, data);
  if (!call)
    throw new PolicyRefusedError(
      kind,
      'its bytes are no call that the wallet knows, or say more than the call in them',
    );
  must(WANTED[kind]?.[version].includes(call.is) === true, `it calls ${call.is === 'other' ? call.name : call.is}`);
  if (call.is === 'release_early' || call.is === 'cancel_early')
    must(call.approver === policy.approver, 'it carries the signature of another approver');
  // On version 2 the other way gives the money to the platform wallet.
  if (call.is === 'resolve') must(call.inFavorOfSeller, 'it resolves a dispute against the seller');
  if (call.is === 'dispute') must(WORD.test(call.reason), 'its reason is no word of ours');
  if (call.is !== 'create_and_fund' && call.is !== 'create') return;
  must(call.token === policy.token, 'it funds with another token');
  must(call.units === amount, 'it funds another amount');
  if (call.is === 'create_and_fund') return;
  must(call.payer === policy.bridge && call.payee === policy.bridge, 'payer and payee are not the bridge wallet');
  // What is written on chain is public for ever: the opaque reference, and never a CLABE.
  must(REFERENCE.test(call.reference) && call.conditions === call.reference, 'its texts are not the reference alone');
}

/** The call in these bytes. Bytes that say it in another way, or say more than it, are refused: a contract may read them otherwise. */
function decoded(kind: EffectKind, data: Hex): { functionName: string; args: readonly unknown[] } {
  let again: Hex;
  let call: { functionName: string; args?: readonly unknown[] | undefined };
  try {
    call = decodeFunctionData({ abi: MXNB_ABI, data });
    // What was decoded by an ABI fits it, which viem cannot infer.
    again = encodeFunctionData({ abi: MXNB_ABI, functionName: call.functionName, args: call.args } as never);
  } catch {
    throw new PolicyRefusedError(kind, 'its bytes are no call that the wallet knows');
  }
  if (again !== data.toLowerCase()) throw new PolicyRefusedError(kind, 'its bytes say more than the call in them');
  return { functionName: call.functionName, args: call.args ?? [] };
}
