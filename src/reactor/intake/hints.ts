import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { JunoError, JunoNotSentError } from '../../juno/errors.ts';
import type { Context } from '../context.ts';
import { readMark, writeMark } from './record.ts';
import { storeDetail } from './transactions.ts';

const MARK = 'intake:hints';
const MOST_HINTS = 200;
const MOST_DETAILS = 20;
/** Ids that nobody vouches for cost a call each, and anybody may make them up: fifteen a minute are read. */
const MOST_STRANGE = 5;
const STRANGE_EVERY_MS = 20_000;
const SINCE = z.object({ last: z.int().catch(0), strangeAt: z.coerce.date().nullable().catch(null) });

/**
 * Reads the details of the transactions that webhooks name, once each: a list that lags does not show yet what they tell of. All
 * that a signature vouches for and all that is known and not over; of ids that nobody knows or vouches for only so many, because
 * the lists bring whatever is true of them. An id may be the event's own and be no transaction's.
 */
export async function readHinted(ctx: Context): Promise<void> {
  const started = ctx.now();
  const { last, strangeAt } = SINCE.parse((await readMark(ctx, MARK))?.detail ?? {});
  const { rows } = await ctx.db.execute<{ webhook: number; id: string; is_known: boolean; is_over: boolean }>(sql`
    SELECT w.id::int AS webhook, named.id, t.id IS NOT NULL OR w.signature = 'valid' OR EXISTS (
        SELECT 1 FROM reactor.effect e WHERE e.external_id = named.id) AS is_known, coalesce(t.is_detailed, false) AS is_over
    FROM (SELECT * FROM reactor.webhook_in WHERE id > ${last} ORDER BY id LIMIT ${MOST_HINTS}) AS w
      LEFT JOIN LATERAL jsonb_array_elements_text(w.hint->'transactionIds') AS named (id)
        ON w.source = 'juno' AND w.signature IN ('valid', 'unchecked') AND w.received_at > reactor.now() - interval '1 hour'
      LEFT JOIN reactor.juno_transaction t ON t.id = named.id
    ORDER BY w.id`);
  const open = rows.filter(({ id, is_over }) => id !== null && !is_over);
  const known = [...new Set(open.filter(({ is_known }) => is_known).map(({ id }) => id))].slice(0, MOST_DETAILS);
  const mayAskStrange = Math.abs(started.getTime() - (strangeAt?.getTime() ?? 0)) >= STRANGE_EVERY_MS;
  const strange = [...new Set(open.filter(({ is_known }) => !is_known).map(({ id }) => id))];
  const asked = mayAskStrange ? strange.slice(0, MOST_STRANGE) : [];
  for (const id of [...known, ...asked]) {
    try {
      await storeDetail(ctx, id);
    } catch (error) {
      if (!(error instanceof JunoError) || error instanceof JunoNotSentError) throw error;
      ctx.log.debug({ event: 'hint_unread', transactionId: id, err: error }, 'a webhook named what cannot be read');
    }
  }
  const newest = rows.at(-1)?.webhook;
  if (newest !== undefined)
    await writeMark(ctx, MARK, started, { last: newest, strangeAt: asked.length > 0 ? started : strangeAt });
}
