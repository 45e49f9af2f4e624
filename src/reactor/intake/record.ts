import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { UnreadableItem } from '../../juno/unreadable.ts';
import type { Context } from '../context.ts';
import { heartbeat, junoObservation } from '../db/schema.ts';
import { describeError } from '../log.ts';

export type Resource = 'deposit' | 'transaction' | 'movement';

const BATCH = 500;

const fingerprint = (body: string) => createHash('sha256').update(body).digest('hex').slice(0, 32);

/** Keeps what Juno said, word for word, once for each thing it said. */
export async function record(
  ctx: Context,
  resource: Resource,
  items: readonly { id: string; raw: string }[],
): Promise<void> {
  await storeEach(ctx, resource, items, async (some) => {
    await ctx.db
      .insert(junoObservation)
      .values(some.map(({ id, raw }) => ({ resource, externalId: id, fingerprint: fingerprint(raw), body: raw })))
      .onConflictDoNothing();
  });
}

/** Keeps what could not be read and tells people of it, the first time that it is seen. Answers how many were new. */
export async function recordUnreadable(
  ctx: Context,
  resource: Resource,
  items: readonly UnreadableItem[],
): Promise<number> {
  let news = 0;
  for (const { id, raw } of items) {
    const mark = fingerprint(raw);
    const externalId = id ?? `unreadable:${mark}`;
    const { rowCount } = await ctx.db
      .insert(junoObservation)
      .values({ resource, externalId, fingerprint: mark, body: raw })
      .onConflictDoNothing();
    if (rowCount !== 1) continue;
    news++;
    ctx.log.error(
      { event: `${resource}_unreadable`, externalId },
      `Juno shows a ${resource} that cannot be read; it is kept in juno_observation and moves no money. Compare it with the schema.`,
    );
  }
  return news;
}

/**
 * Stores items together; where the database refuses them, each by itself, so that one that cannot be stored is raised and
 * hides no other.
 */
export async function storeEach<T extends { id: string }>(
  ctx: Context,
  resource: Resource,
  items: readonly T[],
  store: (some: readonly T[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length; at += BATCH) {
    const some = items.slice(at, at + BATCH);
    try {
      await store(some);
    } catch (error) {
      if (!isOfTheData(error)) throw error;
      for (const item of some) {
        await store([item]).catch((cause: unknown) => {
          if (!isOfTheData(cause)) throw cause;
          ctx.log.error(
            { event: `${resource}_not_stored`, externalId: item.id, error: describeError(cause) },
            `A ${resource} of Juno could not be stored; the others were. Tell engineering.`,
          );
        });
      }
    }
  }
}

/** Postgres classes 21, 22 and 23: the values are at fault, not the connection. */
function isOfTheData(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause)
    if ('code' in inner && typeof inner.code === 'string') return /^2[123]/.test(inner.code);
  return false;
}

/** When a look of this name last succeeded, and what it left for the next. */
export async function readMark(ctx: Pick<Context, 'db'>, name: string): Promise<{ at: Date; detail: unknown } | null> {
  const [row] = await ctx.db.select().from(heartbeat).where(eq(heartbeat.name, name));
  return row ?? null;
}

export async function writeMarks(
  ctx: Pick<Context, 'db'>,
  marks: readonly { name: string; at: Date; detail: unknown }[],
): Promise<void> {
  if (marks.length === 0) return;
  await ctx.db
    .insert(heartbeat)
    .values([...marks])
    .onConflictDoUpdate({ target: heartbeat.name, set: { at: sql`excluded.at`, detail: sql`excluded.detail` } });
}
