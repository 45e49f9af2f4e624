/** What a reorganisation that went deeper than was thought possible does to transactions whose end was settled. */
import { and, asc, desc, eq, gte, isNotNull, lt, type SQL, sql } from 'drizzle-orm';
import { decodeFunctionData, type Hex, parseTransaction } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../../chain/abi/kustodiaEscrow.ts';
import type { Context } from '../context.ts';
import { effect, leg, walletTransaction } from '../db/schema.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import type { SignedRow } from './store.ts';

/**
 * Takes back the end of every transaction whose nonce, or whose block, the chain does not have any more, however long ago it was
 * settled: from then on it is followed like one that was just signed. In no block, the same bytes are handed over again; in
 * another, they may have failed there. Their clock starts anew, so that no fee is raised before the old bytes had their time.
 */
export async function reopen(ctx: Context, lane: Lane, wallet: string): Promise<void> {
  const mined = await ctx.chain.minedNonce(wallet as Hex);
  const isSettled = and(
    eq(walletTransaction.wallet, wallet),
    eq(walletTransaction.chainId, ctx.settings.chainId),
    isNotNull(walletTransaction.succeeded),
  );
  const least = Math.min(mined, (await firstDisplaced(ctx, isSettled)) ?? mined);
  const isLost = and(isSettled, gte(walletTransaction.nonce, least));
  const [first] = await ctx.db
    .select()
    .from(walletTransaction)
    .where(isLost)
    .orderBy(asc(walletTransaction.nonce))
    .limit(1);
  if (!first) return;
  const { rowCount } = await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    return tx
      .update(walletTransaction)
      .set({
        succeeded: null,
        minedBlock: null,
        minedBlockHash: null,
        lastBroadcastAt: null,
        signedAt: sql`reactor.now()`,
      })
      .where(isLost);
  });
  ctx.log.error(
    { event: 'transactions_reopened', count: rowCount, nonce: first.nonce },
    `the chain has the bridge wallet’s transactions as they were settled only up to nonce ${least - 1}: a deep reorganisation moved or took out ${rowCount}. They are followed again, and what is in no block is handed over with the same bytes`,
  );
}

/** The lowest nonce that was settled in a block in whose place the chain has another; null where the newest still stands. */
async function firstDisplaced({ db, chain }: Context, isSettled: SQL | undefined): Promise<number | null> {
  const { nonce, minedBlock, minedBlockHash } = walletTransaction;
  let first: number | null = null;
  for (;;) {
    const isBelow: SQL | undefined = first === null ? undefined : lt(nonce, first);
    const [newest]: { nonce: number; block: number | null; hash: string | null }[] = await db
      .select({ nonce, block: minedBlock, hash: minedBlockHash })
      .from(walletTransaction)
      .where(and(isSettled, isNotNull(minedBlock), isBelow))
      .orderBy(desc(nonce))
      .limit(1);
    const now = newest?.block == null ? null : await chain.blockHash(BigInt(newest.block));
    // A node that has no such block yet says nothing of it.
    if (!newest || now === null || now === newest.hash) return first;
    first = newest.nonce;
  }
}

/**
 * Whether these bytes may be handed over now. A release names its escrow by an id, and after a reorganisation the id may be
 * another payment's: it goes out only while the contract has that very escrow under this leg's reference (incident 9). Where its
 * custody has begun anew it reverts, and uses its nonce up: all that was signed after it waits for that, and it is made again in time.
 */
export async function mayRepeat(ctx: Context, row: SignedRow): Promise<boolean> {
  const release = row.isNoop ? null : await readRelease(ctx, row);
  return release === null || release.ownId === release.namedId;
}

/**
 * Whether these bytes can never be wanted again: a release whose escrow the contract has under another id, or not at all because
 * the funding that made it came to nothing; a return of what is in the escrow again, because its release came to nothing. While their
 * nonce is free all that was signed after them waits, a new funding of the same leg included.
 */
export async function isPointless(ctx: Context, row: SignedRow): Promise<boolean> {
  if (row.isNoop) return false;
  const release = await readRelease(ctx, row);
  if (!release) return isUnreleased(ctx, row);
  if (release.ownId !== null) return release.ownId !== release.namedId;
  return release.isUnfunded;
}

/** Whether these are bytes of a return whose leg's newest release came to nothing. */
async function isUnreleased({ db }: Context, { effectId }: SignedRow): Promise<boolean> {
  const { rows } = await db.execute<{ dead: boolean | null }>(sql`
    SELECT (SELECT r.state = 'dead' FROM reactor.effect r
      WHERE r.subject_kind = e.subject_kind AND r.subject_id = e.subject_id AND r.kind = 'chain_release'
      ORDER BY r.attempt DESC LIMIT 1) AS dead
    FROM reactor.effect e WHERE e.id = ${effectId} AND e.kind = 'chain_return'`);
  return rows[0]?.dead === true;
}

/** Whether the newest funding of the leg at hand is known to have come to nothing. */
const isUnfunded = sql<boolean>`coalesce((
  SELECT fund.state = 'dead' FROM reactor.effect fund
  WHERE fund.subject_kind = 'leg' AND fund.subject_id = ${leg.id}::text AND fund.kind = 'chain_fund'
  ORDER BY fund.attempt DESC LIMIT 1), false)`;

/** A signed release with the id that it names and the one that the contract has under its leg's reference; null for other calls. */
async function readRelease({ db, chain }: Context, { raw, effectId }: SignedRow) {
  const [owner] = await db
    .select({ reference: leg.reference, isUnfunded: isUnfunded.as('is_unfunded') })
    .from(effect)
    .innerJoin(leg, eq(sql`${leg.id}::text`, effect.subjectId))
    .where(and(eq(effect.id, effectId), eq(effect.kind, 'chain_release')));
  if (!owner) return null;
  const { data = '0x' } = parseTransaction(raw as Hex);
  const { args } = decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data });
  const ownId = await chain.escrow.idOf(owner.reference as Hex);
  return { namedId: args?.[0], ownId, isUnfunded: owner.isUnfunded };
}
