import { and, asc, eq, lte, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { alertNotice } from '../db/schema.ts';
import { assertLane, type Lane, withLane } from '../effects/lane.ts';
import { type Channel, NOTICE, Undelivered } from './notice.ts';

/** By one channel in one turn. */
const MOST_AT_ONCE = 20;
const FIRST_RETRY_S = 5;
const LONGEST_RETRY_S = 3_600;
/** About eight hours: then it is given up, and the other channels are told so. */
const MOST_TRIES = 18;

/** Of one alert the earlier goes first: that it is over is never told before that it was. */
const IS_NEXT = sql`NOT EXISTS (SELECT 1 FROM reactor.alert_notice f WHERE f.alert_id = alert_notice.alert_id AND f.channel = alert_notice.channel
  AND f.state = 'waiting' AND f.created_at < alert_notice.created_at)`;

/** After a first try, a second one soon; later each time, and never later than an hour. */
export const retry_s = (tries: number): number => Math.min(FIRST_RETRY_S * 2 ** (tries - 1), LONGEST_RETRY_S);

/**
 * Sends what is due by each channel: of one alert in the order in which it was recorded, of several what was tried least, so that a notice that is
 * never taken holds up no other alert. A notice is a row before it is sent, and is sent again unless it is known to have arrived; a channel that
 * does not take one waits, and holds up no other. Answers when the next one is due, in milliseconds; null where none waits.
 */
export async function deliverNotices(ctx: Context, channels: readonly Channel[]): Promise<number | null> {
  if ((await dueIn(ctx, channels)) === 0)
    await withLane(ctx, 'notices', async (lane) => {
      await Promise.all(channels.map((channel) => deliverBy(ctx, lane, channel)));
    });
  return dueIn(ctx, channels);
}

async function dueIn({ db }: Context, channels: readonly Channel[]): Promise<number | null> {
  const { rows } = await db.execute<{ wait_ms: number | null }>(sql`
    SELECT greatest(0, extract(epoch FROM min(next_try_at) - reactor.now()) * 1000)::float8 AS wait_ms FROM reactor.alert_notice
    WHERE state = 'waiting' AND channel = ANY(${sql.param(channels.map(({ name }) => name))}::text[]) AND ${IS_NEXT}`);
  return rows[0]?.wait_ms ?? null;
}

async function deliverBy(ctx: Context, lane: Lane, channel: Channel): Promise<void> {
  const due = await ctx.db
    .select()
    .from(alertNotice)
    .where(
      and(
        eq(alertNotice.channel, channel.name),
        eq(alertNotice.state, 'waiting'),
        lte(alertNotice.nextTryAt, sql`reactor.now()`),
        IS_NEXT,
      ),
    )
    .orderBy(asc(alertNotice.tries), asc(alertNotice.createdAt), asc(alertNotice.id))
    .limit(MOST_AT_ONCE);
  for (const { id, content, tries: earlier } of due) {
    const tries = earlier + 1;
    const error = await tried(channel, id, content);
    const isGivenUp = error !== null && tries >= MOST_TRIES;
    await ctx.db.transaction(async (tx) => {
      await assertLane(tx, lane);
      await tx
        .update(alertNotice)
        .set({
          state: error === null ? 'delivered' : isGivenUp ? 'failed' : 'waiting',
          ...{ tries, error, nextTryAt: sql`reactor.now() + ${retry_s(tries)} * interval '1 second'` },
        })
        .where(and(eq(alertNotice.id, id), eq(alertNotice.state, 'waiting')));
      // Whoever does not answer now is not asked at once for each of the rest.
      if (error !== null)
        await tx
          .update(alertNotice)
          .set({ nextTryAt: sql`reactor.now() + ${retry_s(tries)} * interval '1 second'` })
          .where(
            and(
              eq(alertNotice.channel, channel.name),
              eq(alertNotice.state, 'waiting'),
              lte(alertNotice.nextTryAt, sql`reactor.now()`),
            ),
          );
    });
    if (error === null) continue;
    ctx.log.warn(
      { event: 'notice_undelivered', channel: channel.name, notice: id, tries, isGivenUp, error },
      isGivenUp ? 'a notice is given up' : 'a notice was not delivered and is tried again',
    );
    return;
  }
}

async function tried(channel: Channel, id: string, content: unknown): Promise<string | null> {
  try {
    await channel.deliver(id, NOTICE.parse(content));
    return null;
  } catch (error) {
    return error instanceof Undelivered ? error.message : 'it could not be written';
  }
}
