import { inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { JunoError, JunoMalformedError, JunoNotSentError, JunoUnavailableError } from '../../juno/errors.ts';
import type { Context } from '../context.ts';
import { junoTransaction } from '../db/schema.ts';
import type { Look } from './look.ts';
import { storeDetail } from './transactions.ts';

const MARK = 'intake:hints';
const MOST_HINTS = 200;
const MOST_DETAILS = 20;
/** What waits for a later look, and how often one that Juno gave no answer for is asked for. */
const MOST_LEFT = 500;
const MOST_TRIES = 5;
/** Ids that nobody vouches for cost a call each, and anybody may make them up: fifteen a minute are read. */
const MOST_STRANGE = 5;
const STRANGE_EVERY_MS = 20_000;
const HINTED = z.object({ id: z.string(), tries: z.int() });
const SINCE = z.object({
  last: z.int().catch(0),
  strangeAt: z.coerce.date().nullable().catch(null),
  left: z.array(HINTED).catch([]),
});

type Hinted = z.output<typeof HINTED>;

/**
 * Reads the details of the transactions that webhooks name, once each: a list that lags does not show yet what they tell of. All
 * that a signature vouches for and all that is known and not over, so many at a look and the rest at the next ones; one for which
 * Juno gave no answer is asked for again. Of ids that nobody knows or vouches for only so many are read. What is left out at its
 * bound is late and not lost: the list of transactions is read at each look down to where nothing is new, and every ten minutes
 * hours deep, and each transaction of it that has ended is read by its id (transactions.ts). An id may be the event's own and be
 * no transaction's.
 */
export async function readHinted(ctx: Context, look: Look): Promise<void> {
  const started = ctx.now();
  const { last, strangeAt, left } = SINCE.parse(look.mark(MARK)?.detail ?? {});
  const { rows } = await ctx.db.execute<{ webhook: number; id: string; is_known: boolean; is_over: boolean }>(sql`
    SELECT w.id::int AS webhook, named.id, t.id IS NOT NULL OR w.signature = 'valid' OR EXISTS (
        SELECT 1 FROM reactor.effect e WHERE e.external_id = named.id) AS is_known, coalesce(t.is_detailed, false) AS is_over
    FROM (SELECT * FROM reactor.webhook_in WHERE id > ${last} ORDER BY id LIMIT ${MOST_HINTS}) AS w
      LEFT JOIN LATERAL jsonb_array_elements_text(w.hint->'transactionIds') AS named (id)
        ON w.source = 'juno' AND w.signature IN ('valid', 'unchecked') AND w.received_at > reactor.now() - interval '1 hour'
      LEFT JOIN reactor.juno_transaction t ON t.id = named.id
    ORDER BY w.id`);
  const newest = rows.at(-1)?.webhook;
  if (newest === undefined && left.length === 0) return;
  const open = rows.filter(({ id, is_over }) => id !== null && !is_over);
  const known = open.filter(({ is_known }) => is_known).map(({ id }): Hinted => ({ id, tries: 0 }));
  const waiting = [...new Map([...known, ...(await notOver(ctx, left))].map((one) => [one.id, one])).values()];
  const mayAskStrange = Math.abs(started.getTime() - (strangeAt?.getTime() ?? 0)) >= STRANGE_EVERY_MS;
  const strange = [...new Set(open.filter(({ is_known }) => !is_known).map(({ id }) => id))];
  const asked = mayAskStrange ? strange.slice(0, MOST_STRANGE) : [];
  const again: Hinted[] = [];
  for (const { id, tries } of [
    ...waiting.slice(0, MOST_DETAILS),
    ...asked.map((one) => ({ id: one, tries: MOST_TRIES })),
  ]) {
    try {
      await storeDetail(ctx, id);
    } catch (error) {
      if (!(error instanceof JunoError) || error instanceof JunoNotSentError) throw error;
      ctx.log.debug({ event: 'hint_unread', transactionId: id, err: error }, 'a webhook named what cannot be read');
      if (!isAnswered(error) && tries + 1 < MOST_TRIES) again.push({ id, tries: tries + 1 });
    }
  }
  const later = [...waiting.slice(MOST_DETAILS), ...again];
  if (later.length > MOST_LEFT)
    ctx.log.warn(
      { event: 'hints_left', count: later.length - MOST_LEFT },
      'webhooks name more than can be read one by one; the list of transactions brings the rest',
    );
  const detail = { last: newest ?? last, strangeAt: asked.length > 0 ? started : strangeAt };
  look.leave(MARK, started, { ...detail, left: later.slice(0, MOST_LEFT) });
}

/** Those whose end no list and no other look has brought meanwhile. */
async function notOver(ctx: Context, left: readonly Hinted[]): Promise<Hinted[]> {
  if (left.length === 0) return [];
  const ids = left.map(({ id }) => id);
  const over = await ctx.db
    .select({ id: junoTransaction.id })
    .from(junoTransaction)
    .where(sql`${junoTransaction.isDetailed} AND ${inArray(junoTransaction.id, ids)}`);
  return left.filter(({ id }) => !over.some((one) => one.id === id));
}

/** Whether Juno said something of this very id, if only that there is no such transaction. */
const isAnswered = (error: JunoError): boolean =>
  error instanceof JunoMalformedError || (error instanceof JunoUnavailableError && (error.httpStatus ?? 500) < 500);
