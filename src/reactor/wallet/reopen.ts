/** What a reorganisation that went deeper than was thought possible does to transactions whose end was settled. */
import { and, asc, desc, eq, gte, inArray, isNotNull, lt, type SQL, sql } from 'drizzle-orm';
import { type Hex, parseTransaction } from 'viem';
import { readEscrowCall } from '../../chain/escrow-call.ts';
import { contractOf, ownEscrowId } from '../advance/own-escrow.ts';
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
  const [highest] = await placesOf(ctx, isSettled);
  if (!highest) return;
  const least = Math.min(mined, (await firstDisplaced(ctx, isSettled, highest)) ?? mined);
  if (highest.nonce < least) return;
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
async function firstDisplaced(ctx: Context, isSettled: SQL | undefined, highest: Place): Promise<number | null> {
  const { nonce, minedBlock } = walletTransaction;
  const isMined = and(isSettled, isNotNull(minedBlock));
  let [newest] = highest.block === null ? await placesOf(ctx, isMined) : [highest];
  let first: number | null = null;
  while (newest) {
    const now = newest.block === null ? null : await ctx.chain.blockHash(BigInt(newest.block));
    // A node that has no such block yet says nothing of it.
    if (now === null || now === newest.hash) break;
    first = newest.nonce;
    [newest] = await placesOf(ctx, and(isMined, lt(nonce, first)));
  }
  return first;
}

type Place = Readonly<{ nonce: number; block: number | null; hash: string | null }>;

/** The block of the highest nonce among some, if there is any. */
const placesOf = ({ db }: Context, which: SQL | undefined): Promise<Place[]> => {
  const { nonce, minedBlock: block, minedBlockHash: hash } = walletTransaction;
  return db.select({ nonce, block, hash }).from(walletTransaction).where(which).orderBy(desc(nonce)).limit(1);
};

/**
 * Whether these bytes may be handed over now. A release names its escrow by an id, as does a funding of an escrow that was made by
 * itself, and after a reorganisation the id may be another payment's: it goes out only while the contract has that very escrow under
 * this leg's reference (incident 9), and while what ends it pays the bridge wallet. Where its custody has begun anew it reverts, and uses its nonce up: all that was signed after it
 * waits for that, and it is made again in time.
 */
export async function mayRepeat(ctx: Context, row: SignedRow): Promise<boolean> {
  const named = row.isNoop ? null : await readNamed(ctx, row);
  return named === null || (named.ownId === named.namedId && !named.isElsewhere);
}

/**
 * Whether these bytes can never be wanted again: they name an escrow that the contract has under another id, or not at all because
 * what made it came to nothing, or that is empty because what was to fill it did; or they would release it to somebody else; or they return what is in the escrow again,
 * because its release came to nothing. While their nonce is free all that was signed after them waits, a new funding of the same leg
 * included.
 */
export async function isPointless(ctx: Context, row: SignedRow): Promise<boolean> {
  if (row.isNoop) return false;
  const named = await readNamed(ctx, row);
  if (!named) return isUnreleased(ctx, row);
  if (named.ownId === null) return named.isUnmade;
  return named.ownId !== named.namedId || named.isUnfilled || named.isElsewhere;
}

/** Whether these are bytes of a release, of a payment that is disputed: whether they are in no block yet is the node's to know. */
export async function isContested({ db }: Context, { effectId }: Pick<SignedRow, 'effectId'>): Promise<boolean> {
  const { rows } = await db.execute(sql`
    SELECT 1 FROM reactor.effect e JOIN reactor.dispute d ON d.payment_id = e.payment_id
    WHERE e.id = ${effectId} AND e.kind = 'chain_release' AND d.state <> 'final'`);
  return rows.length > 0;
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

/** Whether the newest call that was to make the escrow of the leg at hand, or to fill it, is known to have come to nothing. */
const isDead = (kind: 'chain_create' | 'chain_fund') => sql<boolean>`coalesce((
  SELECT made.state = 'dead' FROM reactor.effect made
  WHERE made.subject_kind = 'leg' AND made.subject_id = ${leg.id}::text AND made.kind = ${kind}
  ORDER BY made.attempt DESC LIMIT 1), false)`;

/** A signed call that names an escrow by its id, with the id that its leg's escrow has in the contract now; null for other calls. */
async function readNamed(ctx: Context, { raw, effectId }: SignedRow) {
  const [owner] = await ctx.db
    .select({
      row: leg,
      isUncreated: isDead('chain_create').as('is_uncreated'),
      isUnfunded: isDead('chain_fund').as('is_unfunded'),
    })
    .from(effect)
    .innerJoin(leg, eq(sql`${leg.id}::text`, effect.subjectId))
    .where(
      and(
        eq(effect.id, effectId),
        inArray(effect.kind, ['chain_fund', 'chain_dispute', 'chain_resolve', 'chain_release']),
      ),
    );
  const contract = owner && contractOf(ctx, owner.row);
  if (!contract) return null;
  const { data = '0x' } = parseTransaction(raw as Hex);
  const call = readEscrowCall(contract.version, data);
  if (!call || call.is === 'create' || call.is === 'create_and_fund' || call.is === 'other') return null;
  const ownId = await ownEscrowId(ctx, owner.row);
  const inTwo = contract.funds === 'in_two';
  const isUnmade = inTwo ? owner.isUncreated : owner.isUnfunded;
  // One that was made by itself is still there when its funding came to nothing.
  const isUnfilled = inTwo && call.is !== 'fund' && owner.isUnfunded;
  const isElsewhere =
    (call.is === 'release' || call.is === 'release_early' || call.is === 'cancel') &&
    ownId === call.escrowId &&
    (await contract.paysTo(ownId)) !== ctx.settings.bridge;
  return { namedId: call.escrowId, ownId, isUnmade, isUnfilled, isElsewhere };
}
