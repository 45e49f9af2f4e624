/** What is written down of each reorganisation that a reactor lives to see, for people to read. Nothing is decided by it. */
import { and, desc, eq, gt, gte, lte, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ChainDoor } from '../../chain/door.ts';
import { INDEXED_SCHEMA } from '../../chain/indexed/channel.ts';
import { IndexerNotReadyError, whenReady } from '../../chain/indexed/errors.ts';
import type { Context } from '../context.ts';
import type { Db } from '../db/client.ts';
import { type LostEvent, reorganisation } from '../db/schema.ts';

/** Heads that are remembered: at one a second, more than the node itself goes back. */
const MOST_HEADS = 1_024;
/** Events that are named of one reorganisation. */
const MOST_EVENTS = 100;
/** What two processes see within this, of blocks that overlap, is the same. */
const SAME_MS = 60_000;

type Head = Readonly<{ number: bigint; hash: string }>;
export type Gone = Readonly<{ fromBlock: number; toBlock: number; goneHash: string }>;

/**
 * Compares the newest head that was seen with the chain, and writes down what is gone. Its first block is told by the heads that were
 * seen, so at most a few too many are said to be gone where heads were passed over. `look` answers what it wrote down, or null.
 */
export function watchReorganisations(ctx: Pick<Context, 'db' | 'chain' | 'watchdog' | 'now' | 'newId'>) {
  let heads: readonly Head[] = [];

  const look = async (): Promise<Gone | null> => {
    const { headNumber: number, headHash: hash, at } = ctx.watchdog.current();
    if (at === null || heads.at(-1)?.hash === hash) return null;
    const isThere = async (one: Head) => (await ctx.chain.blockHash(one.number)) === one.hash;
    // A node that is behind has not lost what it does not have yet.
    const comparable = heads.filter((one) => one.number <= number);
    const last = comparable.at(-1);
    const there = last && (await ctx.chain.blockHash(last.number));
    if (there === null) return null;
    if (last === undefined || there === last.hash) {
      if (last?.number !== number) heads = [...heads, { number, hash }].slice(-MOST_HEADS);
      return null;
    }
    let [kept, lost] = [-1, comparable.length - 1];
    while (lost - kept > 1) {
      const middle = Math.floor((kept + lost) / 2);
      const one = comparable[middle];
      if (one && (await isThere(one))) kept = middle;
      else lost = middle;
    }
    const newest = heads.at(-1) ?? last;
    const before = comparable[kept]?.number ?? (comparable[0]?.number ?? 1n) - 1n;
    const gone = { fromBlock: Number(before) + 1, toBlock: Number(newest.number), goneHash: newest.hash };
    await noteReorganisation(ctx, gone);
    heads = [...comparable.slice(0, kept + 1), { number, hash }];
    return gone;
  };
  return { look };
}

/** Writes down that these blocks are gone, and which events went with them that payments stood on. */
export async function noteReorganisation(
  { db, chain, now, newId }: Readonly<{ db: Db; chain: ChainDoor; now: () => Date; newId: () => string }>,
  gone: Gone,
): Promise<void> {
  const events = await lostEvents(db, chain, gone);
  await db.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('reorganisation'))`);
    const [same] = await tx
      .select({ id: reorganisation.id, fromBlock: reorganisation.fromBlock, toBlock: reorganisation.toBlock })
      .from(reorganisation)
      .where(
        and(
          ...[
            eq(reorganisation.chainId, chain.chainId),
            gt(reorganisation.seenAt, new Date(now().getTime() - SAME_MS)),
          ],
          ...[lte(reorganisation.fromBlock, gone.toBlock), gte(reorganisation.toBlock, gone.fromBlock)],
        ),
      )
      .orderBy(desc(reorganisation.seenAt))
      .limit(1);
    if (!same) {
      await tx
        .insert(reorganisation)
        .values({ ...gone, id: newId(), chainId: chain.chainId, events: [...events], seenAt: now() });
      return;
    }
    // The later first block is the truer one: nothing below it was gone.
    const fromBlock = Math.max(same.fromBlock, gone.fromBlock);
    const toBlock = Math.max(same.toBlock, gone.toBlock);
    await tx
      .update(reorganisation)
      .set({ fromBlock, toBlock, events: [...events] })
      .where(eq(reorganisation.id, same.id));
  });
}

const EVENTS = z.array(
  z.object({
    payment_id: z.string().nullable(),
    as: z.string(),
    tx_hash: z.string(),
    number: z.coerce.number(),
    hash: z.string(),
  }),
);

async function lostEvents(db: Db, chain: ChainDoor, { fromBlock, toBlock }: Gone): Promise<readonly LostEvent[]> {
  const { rows } = await db.execute(sql`
    SELECT l.payment_id, coalesce(e.detail ->> 'as', 'arrival') AS as, e.detail ->> 'txHash' AS tx_hash,
      (e.detail ->> 'blockNumber')::bigint AS number, e.block_hash AS hash
    FROM reactor.evidence e LEFT JOIN reactor.leg l ON e.subject_kind = 'leg' AND l.id::text = e.subject_id
    WHERE e.source = 'chain' AND (e.detail ->> 'blockNumber')::bigint BETWEEN ${fromBlock} AND ${toBlock}
    ORDER BY number, e.external_id LIMIT ${MOST_EVENTS}`);
  const found = EVENTS.parse(rows);
  const hashes = new Map<number, string | null>();
  for (const { number } of found) if (!hashes.has(number)) hashes.set(number, await chain.blockHash(BigInt(number)));
  return found
    .filter(({ number, hash }) => hashes.get(number) !== hash)
    .map((one) => ({ paymentId: one.payment_id, as: one.as, txHash: one.tx_hash, block: one.number }));
}

/** The newest, each event with the block that it is in now; null where the indexer shows it in none, or is not ready. */
export async function listReorganisations(db: Db, limit: number) {
  const rows = await db.select().from(reorganisation).orderBy(desc(reorganisation.seenAt)).limit(limit);
  const found = await blocksOf(
    db,
    rows.flatMap(({ events }) => events.map(({ txHash }) => txHash)),
  );
  return rows.map(({ id, fromBlock, toBlock, goneHash, seenAt, events }) => ({
    ...{ id, fromBlock, toBlock, goneHash },
    depth: toBlock - fromBlock + 1,
    seenAt: seenAt.toISOString(),
    events: events.map((one) => ({ ...one, blockNow: found.get(one.txHash) ?? null })),
  }));
}

const PLACES = z.array(z.object({ tx_hash: z.string(), number: z.coerce.number() }));

async function blocksOf(db: Db, hashes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (hashes.length === 0) return new Map();
  const of = (table: string) =>
    `SELECT tx_hash, block_number::text AS number FROM ${INDEXED_SCHEMA}.${table} WHERE tx_hash = ANY($1)`;
  try {
    const text = `${of('escrow_event')} UNION ${of('token_transfer')}`;
    const { rows } = await whenReady(() => db.$client.query(text, [hashes]));
    return new Map(PLACES.parse(rows).map(({ tx_hash, number }) => [tx_hash, number]));
  } catch (error) {
    if (error instanceof IndexerNotReadyError) return new Map();
    throw error;
  }
}
