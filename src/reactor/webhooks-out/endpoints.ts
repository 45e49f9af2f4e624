/** Who is told of payments: made, given another secret, tried and taken away by people. */
import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { webhookDelivery, webhookEndpoint, webhookEvent } from '../db/schema.ts';
import { type Actor, audit } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { whyNotOutside } from './outside.ts';

const MOST_ENDPOINTS = 20;
/** Both secrets sign for so long: whoever verifies has that time to take the new one. */
const OVERLAP = sql`interval '24 hours'`;
const LIFE = sql`interval '3 days'`;

type Row = typeof webhookEndpoint.$inferSelect;
type Change = Readonly<{ actor: Actor; id: string; reason: string }>;

/** Throws a Refusal where the address is none that webhooks go to, or there are enough. */
export async function createEndpoint(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings'>,
  { actor, url, reason }: Readonly<{ actor: Actor; url: string; reason: string }>,
): Promise<Row> {
  const wrong = whyNotOutside(url, ctx.settings);
  if (wrong !== null)
    throw new Refusal({
      ...{ code: 'invalid_url', status: 422, title: 'Webhooks do not go there' },
      detail: `The address ${wrong}. Nothing was made: give one that is public, and https.`,
      errors: [{ field: 'url', message: wrong }],
    });
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended('webhook endpoints', 0))`);
  const all = await tx.select().from(webhookEndpoint).where(isNull(webhookEndpoint.removedAt));
  if (all.length >= MOST_ENDPOINTS)
    throw new Refusal({
      ...{ code: 'too_many_endpoints', status: 409, title: 'There are enough endpoints' },
      detail: `${MOST_ENDPOINTS} endpoints are told already. Remove one first: kustodia webhook remove`,
    });
  const [row] = await tx.insert(webhookEndpoint).values({ id: ctx.newId(), url, createdBy: actor.name }).returning();
  if (!row) throw new Error('no endpoint was made');
  await audit(tx, { actor, command: 'webhook create', subject: `webhook-endpoint:${row.id}`, reason });
  return row;
}

/**
 * Gives it another secret. The one before signs as well for a day, or with `now` no more. Two at once sign, never three: while an older one
 * still does, throws a Refusal `still_rotating` unless with `now`, which ends both.
 */
export async function rotateEndpoint(tx: Tx, { actor, id, now, reason }: Change & { now: boolean }): Promise<Row> {
  const { version, previousUntil } = await lockEndpoint(tx, id);
  const { rows } = await tx.execute<{ signs: boolean }>(
    sql`SELECT coalesce(${previousUntil?.toISOString() ?? null}::timestamptz > reactor.now(), false) AS signs`,
  );
  if (rows[0]?.signs && !now) throw stillRotating(previousUntil);
  const set = { version: version + 1, previousUntil: now ? null : sql`reactor.now() + ${OVERLAP}` };
  const [row] = await tx.update(webhookEndpoint).set(set).where(eq(webhookEndpoint.id, id)).returning();
  if (!row) throw noEndpoint();
  await audit(tx, { actor, command: 'webhook rotate', subject: `webhook-endpoint:${id}`, reason, detail: { now } });
  return row;
}

/** Nothing more goes there; what waited is given up. */
export async function removeEndpoint(tx: Tx, { actor, id, reason }: Change): Promise<{ id: string }> {
  await lockEndpoint(tx, id);
  await tx.update(webhookEndpoint).set({ removedAt: sql`reactor.now()` }).where(eq(webhookEndpoint.id, id));
  await tx
    .update(webhookDelivery)
    .set({ state: 'failed', error: 'its endpoint was removed' })
    .where(and(eq(webhookDelivery.endpointId, id), eq(webhookDelivery.state, 'waiting')));
  await audit(tx, { actor, command: 'webhook remove', subject: `webhook-endpoint:${id}`, reason });
  return { id };
}

/** Sends `webhook.test`, which tells of nothing. */
export async function testEndpoint(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  { actor, id, reason }: Change,
): Promise<{ id: string; eventId: string }> {
  await lockEndpoint(tx, id);
  const eventId = ctx.newId();
  const data = { version: 1 };
  const [event] = await tx.insert(webhookEvent).values({ id: eventId, type: 'webhook.test', data }).returning();
  await tx.insert(webhookDelivery).values({
    ...{ eventId, endpointId: id, number: event?.number ?? 0, until: sql`reactor.now() + ${LIFE}` },
  });
  await audit(tx, { actor, command: 'webhook test', subject: `webhook-endpoint:${id}`, reason });
  return { id, eventId };
}

/** Sends one event again to whoever has not taken it, or has: under the same id. */
export async function resendEvent(tx: Tx, { actor, id, reason }: Change): Promise<{ endpoints: number }> {
  const again = {
    state: 'waiting' as const,
    tries: 0,
    nextTryAt: sql`reactor.now()`,
    until: sql`reactor.now() + ${LIFE}`,
  };
  const rows = await tx
    .update(webhookDelivery)
    .set(again)
    .where(
      and(
        eq(webhookDelivery.eventId, id),
        sql`EXISTS (SELECT 1 FROM reactor.webhook_endpoint e WHERE e.id = ${webhookDelivery.endpointId} AND e.removed_at IS NULL)`,
      ),
    )
    .returning();
  if (rows.length === 0)
    throw new Refusal({
      ...{ code: 'no_event', status: 404, title: 'No such event' },
      detail: 'No event of this id goes to an endpoint of now. See: kustodia webhook deliveries',
    });
  await audit(tx, { actor, command: 'webhook resend', subject: `webhook-event:${id}`, reason });
  return { endpoints: rows.length };
}

export const listEndpoints = (db: Db): Promise<Row[]> =>
  db
    .select()
    .from(webhookEndpoint)
    .where(isNull(webhookEndpoint.removedAt))
    .orderBy(desc(webhookEndpoint.createdAt))
    .limit(MOST_ENDPOINTS);

type Which = Readonly<{
  state?: (typeof webhookDelivery.$inferSelect)['state'] | undefined;
  limit: number;
  /** The number of the last one of the page before. */
  before?: number | undefined;
}>;

/** What was told to an endpoint, newest first. */
export async function listDeliveries(db: Db, endpointId: string, { state, limit, before }: Which) {
  // One that was removed can still be looked at.
  const [known] = await db
    .select({ id: webhookEndpoint.id })
    .from(webhookEndpoint)
    .where(eq(webhookEndpoint.id, endpointId));
  if (!known) throw noEndpoint();
  const found = await db
    .select({ delivery: webhookDelivery, event: webhookEvent })
    .from(webhookDelivery)
    .innerJoin(webhookEvent, eq(webhookEvent.id, webhookDelivery.eventId))
    .where(
      and(
        eq(webhookDelivery.endpointId, endpointId),
        state && eq(webhookDelivery.state, state),
        before === undefined ? undefined : lt(webhookDelivery.number, before),
      ),
    )
    .orderBy(desc(webhookDelivery.number))
    .limit(limit + 1);
  const rows = found.slice(0, limit);
  return { rows, next: found.length > limit ? (rows.at(-1)?.delivery.number ?? null) : null };
}

async function lockEndpoint(tx: Tx, id: string): Promise<Row> {
  const [row] = await tx
    .select()
    .from(webhookEndpoint)
    .where(and(eq(webhookEndpoint.id, id), isNull(webhookEndpoint.removedAt)))
    .for('update');
  if (!row) throw noEndpoint();
  return row;
}

const stillRotating = (until: Date | null) =>
  new Refusal({
    ...{ code: 'still_rotating', status: 409, title: 'The secret before this one still signs' },
    detail: `It does until ${until?.toISOString()}, so that whoever verifies can take the one of now; another would end that. Nothing was changed. Wait for it, or end the older ones at once: kustodia webhook rotate --now`,
  });

export const noEndpoint = () =>
  new Refusal({
    ...{ code: 'no_endpoint', status: 404, title: 'No such endpoint' },
    detail: 'No endpoint of this id is told of anything. See: kustodia webhook list',
  });
