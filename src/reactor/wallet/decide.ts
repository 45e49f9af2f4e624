/** What becomes of one nonce that was signed for, from what the database and the node say of it. Pure. */
import type { Fees } from '../../chain/door.ts';

/** Handed over this long ago and in no block: the same bytes are handed over again. */
export const REBROADCAST_AFTER_MS = 3_000;
/** The newest version is in no block for this long: the fee is raised where that is what is wrong. */
export const REPLACE_AFTER_MS = 60_000;
/** In no block for this long: a person is told. It goes on trying. */
export const TELL_AFTER_MS = 180_000;
/** So many versions of the call, and as many of a no-op after it. */
export const MOST_VERSIONS = 6;
/** A node takes a replacement for at least a tenth more of both fees; an eighth leaves no doubt about its rounding. */
const RAISE_PER_MILLE = 1_125n;

/** One signed version, with what it pays. */
export type Version = Readonly<{ version: number; isNoop: boolean; gas: bigint; fees: Fees }>;

export type UnminedView = Readonly<{
  /** In their order; at least one. */
  versions: readonly Version[];
  /** False when the effect is dead, the policy no longer allows its call, or its escrow is gone or has another id: then the nonce is used up by a no-op. */
  isWanted: boolean;
  /** Since the first version and the newest were signed, and since any was last handed over. */
  age_ms: number;
  newest_ms: number;
  broadcast_ms: number;
  /** What the node asks for now, and the gas that the call would use; null where it was not asked, or cannot say. */
  market: Readonly<{ fees: Fees; gas: bigint | null }> | null;
  maxFeePerGas: bigint;
}>;

export type UnminedDecision = Readonly<{
  /** What a person is told besides. */
  tell: 'not_mined' | 'fee_limit' | 'versions_used_up' | null;
  act:
    | Readonly<{ do: 'wait' }>
    /** The same bytes again, of these versions in this order. */
    | Readonly<{ do: 'broadcast'; versions: readonly number[] }>
    /** A version more at the same nonce: of the two, one at most can ever be mined. Unsigned, the old bytes of these go out again. */
    | Readonly<{ do: 'sign'; isNoop: boolean; fees: Fees; gas: bigint | null; unsigned: readonly number[] }>;
}>;

/** Whether what gas costs now can matter for the decision: it is not asked for each time. */
export const needsMarket = ({ isWanted, versions, newest_ms }: Omit<UnminedView, 'market'>): boolean =>
  newest_ms > REPLACE_AFTER_MS || (!isWanted && versions.at(-1)?.isNoop === false);

/** No block has this nonce: wait, hand the same bytes over again, pay more for them, or use the nonce up by a no-op. */
export function decideUnmined(view: UnminedView): UnminedDecision {
  const { versions, isWanted, age_ms, newest_ms, broadcast_ms, market } = view;
  const newest = versions.at(-1);
  if (!newest) throw new Error('a nonce without a version');
  // A call that gave way to a no-op is never handed over again, whatever happens to the no-op.
  const isNoop = newest.isNoop || !isWanted;
  const overdue = age_ms > TELL_AFTER_MS ? 'not_mined' : null;
  const again: Extract<UnminedDecision['act'], { do: 'broadcast' | 'wait' }> =
    broadcast_ms >= REBROADCAST_AFTER_MS && newest.isNoop === isNoop
      ? { do: 'broadcast', versions: versions.filter((v) => v.isNoop === isNoop).map((v) => v.version) }
      : { do: 'wait' };
  const mustFill = isNoop && !newest.isNoop;
  if (!market || !(mustFill || (newest_ms > REPLACE_AFTER_MS && isShort(newest, market))))
    return { tell: overdue, act: again };
  if (versions.filter((v) => v.isNoop === isNoop).length >= MOST_VERSIONS)
    return { tell: 'versions_used_up', act: again };
  const fees = raise(newest.fees, market.fees, view.maxFeePerGas);
  if (!fees) return { tell: 'fee_limit', act: again };
  const gas = isNoop ? null : larger(newest.gas, market.gas ?? 0n);
  const unsigned = again.do === 'broadcast' ? again.versions : [];
  return { tell: overdue, act: { do: 'sign', isNoop, fees, gas, unsigned } };
}

/** Less than what is asked for now. What pays enough is only late, and to pay more for it would be waste. */
const isShort = ({ fees, gas, isNoop }: Version, market: NonNullable<UnminedView['market']>): boolean =>
  market.fees.maxFeePerGas > fees.maxFeePerGas ||
  market.fees.maxPriorityFeePerGas > fees.maxPriorityFeePerGas ||
  (!isNoop && market.gas !== null && market.gas > gas);

/** What is asked for now, at least an eighth more than before and never beyond the limit; null when that cannot be. */
function raise(old: Fees, wanted: Fees, limit: bigint): Fees | null {
  const [leastFee, leastTip] = [more(old.maxFeePerGas), more(old.maxPriorityFeePerGas)];
  if (leastFee > limit) return null;
  const maxFeePerGas = smaller(larger(leastFee, wanted.maxFeePerGas), limit);
  const maxPriorityFeePerGas = smaller(larger(leastTip, wanted.maxPriorityFeePerGas), maxFeePerGas);
  return maxPriorityFeePerGas < leastTip ? null : { maxFeePerGas, maxPriorityFeePerGas };
}
const more = (old: bigint): bigint => (old * RAISE_PER_MILLE) / 1_000n + 1n;
export const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export type MinedView = Readonly<{
  nonce: number;
  /** In their order, each with the receipt that the node has of it: how many blocks lie on top. */
  versions: readonly Readonly<{
    version: number;
    isNoop: boolean;
    receipt: { depth: bigint; succeeded: boolean } | null;
  }>[];
  /** How deep a receipt, or the lack of one, must lie to be believed. */
  depth: bigint;
  /** The account's next nonce as of that depth. */
  deepNonce: number;
  /** Whether anything is still waited for: false once the effect has ended, by evidence or by people. */
  isOpen: boolean;
}>;

export type MinedDecision =
  /** One of ours is in a block that may still be taken out. */
  | Readonly<{ do: 'note'; version: number }>
  | Readonly<{ do: 'end'; version: number; as: 'succeeded' | 'reverted' | 'noop' }>
  /** The nonce is used and no receipt is ours: nothing more is signed before it is known why. */
  | Readonly<{ do: 'stop'; tell: boolean }>
  /** The same, but nobody waits for it any more. */
  | Readonly<{ do: 'close' }>;

/** A block has this nonce: one of our versions, or a transaction that is not ours. */
export function decideMined({ nonce, versions, depth, deepNonce, isOpen }: MinedView): MinedDecision {
  for (const { version, isNoop, receipt } of versions) {
    if (!receipt) continue;
    if (receipt.depth < depth) return { do: 'note', version };
    return { do: 'end', version, as: isNoop ? 'noop' : receipt.succeeded ? 'succeeded' : 'reverted' };
  }
  // Another transaction took the nonce, or the RPC is not whole: that cannot be told apart from here.
  const isDeep = deepNonce > nonce;
  return isDeep && !isOpen ? { do: 'close' } : { do: 'stop', tell: isDeep };
}
