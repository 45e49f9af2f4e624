import { and, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import { type Hash, type Hex, parseTransaction } from 'viem';
import type { Fees } from '../../chain/door.ts';
import type { Context } from '../context.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import type { EffectRow } from '../effects/driver.ts';
import { assertLane, type Lane, LaneLostError } from '../effects/lane.ts';
import { workOf, workOn } from '../work.ts';
import { broadcast } from './broadcast.ts';
import {
  decideMined,
  decideUnmined,
  needsMarket,
  REBROADCAST_AFTER_MS,
  type UnminedDecision,
  type UnminedView,
} from './decide.ts';
import { endNonce, type Winner } from './end.ts';
import { isFinalEnd, restsOnFinal, wasConfirmedBy } from './final.ts';
import { assertOurs } from './ours.ts';
import { assertAllowed, PolicyRefusedError, type WalletPolicy } from './policy.ts';
import { isContested, isPointless, mayRepeat } from './reopen.ts';
import { signAllowed } from './sign.ts';
import { type Signer, SignerError } from './signer.ts';
import { ageOf, byNonce, effectsOf, type SignedRow, unsettled } from './store.ts';
import { isToldNotFinal, tellNonceTaken, tellNotFinal, tellNotMined } from './tell.ts';

/** A cautious multiple of the estimate: the state may change between the simulation and the block. */
const GAS_MARGIN_PERCENT = 150n;
export const withMargin = (gas: bigint): bigint => (gas * GAS_MARGIN_PERCENT) / 100n;

/** A transfer of nothing to oneself uses this on Ethereum; a chain may ask for more, and is asked. */
const NOOP_GAS = 21_000n;

export type Followed = Readonly<{
  /** A nonce of ours is used on chain and no receipt is ours: nothing more may be signed. */
  isStopped: boolean;
}>;

type Following = Readonly<{
  ctx: Context;
  lane: Lane;
  signer: Signer;
  policy: WalletPolicy;
  head: bigint;
  /** What the first RPC calls finalised, asked at most once a turn. */
  finalized: () => Promise<bigint | null>;
}>;

/**
 * Follows what was signed until its end is settled: mined, and as deep as a large amount demands. Until then a reorganisation can
 * take it out again; then the same bytes are handed over once more. Wakes the payments whose effect died.
 */
export async function follow(ctx: Context, lane: Lane, signer: Signer, policy: WalletPolicy): Promise<Followed> {
  const rows = await unsettled(ctx, signer.address);
  if (rows.length === 0) return { isStopped: false };
  const effects = await effectsOf(ctx, rows);
  const head = await ctx.chain.blockNumber();
  const mined = await ctx.chain.minedNonce(signer.address);
  let asked: Promise<bigint | null> | undefined;
  const finalized = () => {
    asked ??= ctx.chain.witnesses.first.finalized();
    return asked;
  };
  const following = { ctx, lane, signer, policy, head, finalized };
  let isStopped = false;
  for (const [nonce, versions] of byNonce(rows)) {
    const owner = effects.get(versions[0]?.effectId ?? '');
    if (!owner) throw new Error(`nonce ${nonce} belongs to no effect`);
    const followed = await workOn({}, 'wallet.follow', workOf(owner), async () => {
      if (mined > nonce) return followMined(following, nonce, versions, owner);
      await followUnmined(following, versions, owner, isStopped);
      return 'go_on';
    });
    if (followed === 'stop') isStopped = true;
  }
  return { isStopped };
}

/** No block has this nonce: what was thought to be mined is so no longer. While the lane is stopped only what is signed goes out. */
async function followUnmined(
  following: Following,
  versions: readonly SignedRow[],
  owner: EffectRow,
  isStopped: boolean,
): Promise<void> {
  const { ctx, policy } = following;
  if (versions.some(({ minedBlock }) => minedBlock !== null)) await forgetBlock(ctx, versions);
  const age = await ageOf(ctx, versions);
  const newest = versions.at(-1);
  // As rarely as the same bytes are handed over: it asks the node.
  const isLost = newest !== undefined && age.broadcast_ms >= REBROADCAST_AFTER_MS && (await isPointless(ctx, newest));
  // At once: every second of it could be the block that releases what is disputed.
  const isDisputed = newest !== undefined && !newest.isNoop && (await isContested(ctx, newest));
  const facts = {
    versions: versions.map(versionOf),
    isWanted: owner.state !== 'dead' && isStillAllowed(policy, owner) && !isLost && !isDisputed,
    ...age,
    maxFeePerGas: policy.maxFeePerGas,
  };
  const market = !isStopped && needsMarket(facts) ? await marketOf(following, versions) : null;
  const { tell, act } = decideUnmined({ ...facts, market });
  if (tell) await tellNotMined(ctx, versions, tell, facts.age_ms);
  if (act.do === 'wait' || (act.do === 'sign' && (await signVersion(following, versions, owner, act)))) return;
  for (const row of pick(versions, act.do === 'sign' ? act.unsigned : act.versions))
    if (await mayRepeat(ctx, row)) await broadcast(ctx, row);
}

const pick = (rows: readonly SignedRow[], wanted: readonly number[]): SignedRow[] =>
  rows.filter(({ version }) => wanted.includes(version));

function versionOf({ version, isNoop, raw }: SignedRow): UnminedView['versions'][number] {
  const { gas = 0n, maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = parseTransaction(raw as Hex);
  return { version, isNoop, gas, fees: { maxFeePerGas, maxPriorityFeePerGas } };
}

function isStillAllowed(policy: WalletPolicy, { kind, amount, request }: EffectRow): boolean {
  try {
    assertAllowed(policy, kind, amount, request as { to: Hex; data: Hex });
    return true;
  } catch (error) {
    if (error instanceof PolicyRefusedError) return false;
    throw error;
  }
}

/** What the node asks for now. That it cannot estimate a call is no news: its own earlier version may be what stands in the way. */
async function marketOf(
  { ctx, signer }: Following,
  versions: readonly SignedRow[],
): Promise<{ fees: Fees; gas: bigint | null }> {
  const { to, data = '0x' } = parseTransaction((versions[0]?.raw ?? '0x') as Hex);
  const fees = await ctx.chain.fees();
  const gas = await ctx.chain.estimateGas({ to: to as Hex, data }, signer.address).then(withMargin, () => null);
  return { fees, gas };
}

/** One more version at the same nonce. False when there is no signature: then there is none yet, and all else goes on. */
async function signVersion(
  { ctx, lane, signer, policy }: Following,
  versions: readonly SignedRow[],
  owner: EffectRow,
  { isNoop, fees, gas }: Extract<UnminedDecision['act'], { do: 'sign' }>,
): Promise<boolean> {
  const newest = versions.at(-1);
  if (!newest) throw new Error('a nonce without a version');
  const { chainId, wallet, nonce, effectId } = newest;
  const nothing = { to: signer.address, data: '0x' as const };
  try {
    const call = isNoop
      ? nothing
      : (({ to, data = '0x' }) => ({ to: to as Hex, data }))(parseTransaction(newest.raw as Hex));
    // As before the first signature: an escrow's id may be another payment's by now (incident 9).
    if (!isNoop) await assertOurs(ctx, owner, call);
    const noopGas = isNoop
      ? await ctx.chain.estimateGas(nothing, signer.address).then(withMargin, () => NOOP_GAS)
      : null;
    const signed = await signAllowed(signer, policy, isNoop ? 'noop' : owner, {
      type: 'eip1559',
      chainId,
      nonce,
      ...call,
      value: 0n,
      gas: noopGas ?? gas ?? 0n,
      ...fees,
    });
    const row = { ...signed, chainId, wallet, nonce, version: newest.version + 1, effectId, isNoop };
    await ctx.db.transaction(async (tx) => {
      await assertLane(tx, lane, ctx.memory);
      await tx.insert(walletTransaction).values(row);
    });
    await broadcast(ctx, row);
    ctx.log.warn(
      { event: isNoop ? 'nonce_filled' : 'fee_raised', nonce, version: row.version, hash: row.hash },
      isNoop
        ? 'a call that is no longer wanted gives way to nothing at its nonce'
        : 'the same call was sent again at the same nonce for a higher fee',
    );
    return true;
  } catch (error) {
    if (error instanceof LaneLostError || !(error instanceof SignerError || error instanceof PolicyRefusedError))
      throw error;
    ctx.log.warn({ event: 'version_not_signed', nonce, effect: effectId }, error.message);
    return false;
  }
}

/** A block has this nonce. */
async function followMined(
  { ctx, lane, signer, head, finalized }: Following,
  nonce: number,
  versions: readonly SignedRow[],
  owner: EffectRow,
): Promise<'stop' | 'go_on'> {
  const { chain, settings } = ctx;
  const depth = settings.finality.largeBlocks;
  const known = versions.find(({ minedBlock }) => minedBlock !== null);
  // Seen once; looked at again only when it is deep enough to be believed.
  if (known?.minedBlock && head - BigInt(known.minedBlock) < depth) return 'go_on';
  if (known?.minedBlock && isToldNotFinal(owner) && ((await finalized()) ?? 0n) < BigInt(known.minedBlock))
    return 'go_on';
  const receipts = await Promise.all(versions.map(({ hash }) => chain.receipt(hash as Hash)));
  const isMissing = receipts.every((receipt) => receipt === null);
  const decision = decideMined({
    nonce,
    versions: versions.map(({ version, isNoop }, i) => {
      const receipt = receipts[i];
      return {
        version,
        isNoop,
        receipt: receipt ? { depth: head - receipt.blockNumber, succeeded: receipt.status === 'success' } : null,
      };
    }),
    depth,
    deepNonce: isMissing ? await chain.nonceAt(signer.address, head > depth ? head - depth : 0n) : nonce,
    isOpen: isOpen(owner, versions),
  });
  if (decision.do === 'stop') {
    if (decision.tell) await tellNonceTaken(ctx, nonce, owner.id);
    return 'stop';
  }
  if (decision.do === 'close') {
    await endNonce(ctx, lane, versions, null);
    return 'go_on';
  }
  const index = versions.findIndex(({ version }) => version === decision.version);
  const [row, receipt] = [versions[index], receipts[index]];
  if (!row || !receipt) throw new Error(`nonce ${nonce} has no version ${decision.version}`);
  const at = { minedBlock: Number(receipt.blockNumber), minedBlockHash: receipt.blockHash };
  if (decision.do === 'note') await noteBlock(ctx, row, at);
  else if (takesBack(owner, versions, decision.as) && !(await isFinalEnd(ctx, receipt))) {
    await ctx.db.update(walletTransaction).set(at).where(eq(walletTransaction.hash, row.hash));
    await tellNotFinal(ctx, owner, at);
  } else await endNonce(ctx, lane, versions, { ...row, ...at, as: decision.as });
  return 'go_on';
}

/** Whether anything rests on this nonce still: its effect is under way, or was confirmed by one of these very transactions. */
const isOpen = (owner: EffectRow, versions: readonly SignedRow[]): boolean =>
  owner.state === 'sending' || wasConfirmedBy(owner, versions);

const takesBack = (owner: EffectRow, versions: readonly SignedRow[], as: Winner['as']): boolean =>
  as !== 'succeeded' && restsOnFinal(owner, versions);

async function forgetBlock({ db }: Context, versions: readonly SignedRow[]): Promise<void> {
  const hashes = versions.map(({ hash }) => hash);
  await db
    .update(walletTransaction)
    .set({ minedBlock: null, minedBlockHash: null })
    .where(inArray(walletTransaction.hash, hashes));
}

/** In a block: what a person was told of it is settled, and goes. */
async function noteBlock(
  { db }: Context,
  { hash, effectId }: SignedRow,
  at: { minedBlock: number; minedBlockHash: string },
): Promise<void> {
  await db.update(walletTransaction).set(at).where(eq(walletTransaction.hash, hash));
  const wasTold = or(isNotNull(effect.error), sql`${effect.failures} > 0`);
  await db
    .update(effect)
    .set({ failures: 0, error: null })
    .where(and(eq(effect.id, effectId), eq(effect.state, 'sending'), wasTold));
}
