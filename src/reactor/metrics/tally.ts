import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { tally } from '../db/schema.ts';
import { assertLane, withLane } from '../effects/lane.ts';
import { LEG_STATES, PAYMENT_KINDS } from '../payment/states.ts';
import { countMoves } from './count.ts';

/** Rows looked at for owners, at once: a batch holds all that is told of those. */
const MOST_NEWS = 2_000;

const BATCH = z.object({
  news: z.array(
    z.object({
      subject: z.enum(['leg', 'effect']),
      owner: z.string(),
      item: z.string(),
      kind: z.string(),
      from_state: z.string().nullable(),
      to_state: z.string(),
      amount: z.string().transform(BigInt),
      stayed_s: z.number().nullable(),
    }),
  ),
  payments: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(PAYMENT_KINDS),
      legs: z.array(z.object({ id: z.string(), state: z.enum(LEG_STATES) })),
    }),
  ),
});

/**
 * Counts what moved since it last did, in one transaction, and takes the news of it away. One process at a time; whatever is lost with
 * it is counted by the next. So a count by state costs the reading of `tally`, however many payments there are. Answers whether there
 * is more.
 */
export async function foldTally(ctx: Context): Promise<boolean> {
  const { rows: waiting } = await ctx.db.execute(sql`SELECT 1 FROM reactor.tally_news LIMIT 1`);
  if (waiting.length === 0) return false;
  const counted = await withLane(ctx, 'tally', (lane) =>
    ctx.db.transaction(async (tx) => {
      await assertLane(tx, lane);
      // In one statement: the legs are read as they are once exactly these moves have happened.
      const { rows } = await tx.execute(sql`
        WITH picked AS (SELECT DISTINCT owner FROM (SELECT owner FROM reactor.tally_news ORDER BY owner LIMIT ${MOST_NEWS}) n),
        gone AS (DELETE FROM reactor.tally_news n USING picked p WHERE n.owner = p.owner RETURNING n.*)
        SELECT (SELECT coalesce(json_agg(json_build_object('subject', subject, 'owner', owner, 'item', item, 'kind', kind,
            'from_state', from_state, 'to_state', to_state, 'amount', amount_centavos::text, 'stayed_s', stayed_seconds) ORDER BY id), '[]') FROM gone) AS news,
          (SELECT coalesce(json_agg(json_build_object('id', p.id, 'kind', p.kind, 'legs',
            (SELECT json_agg(json_build_object('id', l.id, 'state', l.state)) FROM reactor.leg l WHERE l.payment_id = p.id))), '[]')
            FROM reactor.payment p WHERE p.id IN (SELECT owner FROM picked)) AS payments`);
      const { news, payments } = BATCH.parse(rows[0]);
      const changes = countMoves(
        news.map(({ from_state, to_state, ...told }) => ({ ...told, fromState: from_state, toState: to_state })),
        payments,
      );
      if (changes.length > 0)
        await tx
          .insert(tally)
          .values(changes.map(({ stayed_s, ...change }) => ({ ...change, stayed: stayed_s })))
          .onConflictDoUpdate({
            target: [tally.subject, tally.kind, tally.state],
            set: {
              present: sql`tally.present + excluded.present`,
              amount: sql`tally.amount_centavos + excluded.amount_centavos`,
              entered: sql`tally.entered + excluded.entered`,
              left: sql`tally.left_count + excluded.left_count`,
              stayed: sql`tally.stayed_seconds + excluded.stayed_seconds`,
              within: sql`(SELECT array_agg(a + b ORDER BY i) FROM unnest(tally.within, excluded.within) WITH ORDINALITY AS u(a, b, i))`,
            },
          });
      return news.length;
    }),
  );
  return counted !== 'busy' && counted >= MOST_NEWS;
}
