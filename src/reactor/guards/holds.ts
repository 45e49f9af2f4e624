/** Holds on a payment, a user or a rail: opened by anybody on duty, closed by its owner. */
import { eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { hold, wideHold } from '../db/schema.ts';
import { findPaymentId } from '../payment/show.ts';
import { type Actor, audit } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import type { Role } from '../people/roles.ts';
import type { Job } from '../queue/port.ts';
import { excludeIntents } from './check.ts';
import { sentenceTo } from './reasons.ts';
import { rouse } from './rouse.ts';
import { type CLOSE_HOLD, HOLD_OWNERS, type HoldOwner, type OPEN_HOLD } from './terms.ts';

/**
 * Opens a hold: every intent under way under it ends first, and none begins until it is closed. What may have left is still looked
 * for. Throws a Refusal `hold_on_nothing`.
 */
export async function openHold(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  actor: Actor,
  { on, reasonCode, sentence, owner }: z.output<typeof OPEN_HOLD>,
): Promise<{ id: string; on: string }> {
  const row = { id: ctx.newId(), reasonCode, sentence, owner };
  const [kind, which = ''] = on.split(':');
  let subject = on;
  if (kind === 'payment') {
    const paymentId = await findPaymentId(tx, which);
    if (!paymentId) throw onNothing(on);
    await tx.execute(sql`SELECT 1 FROM reactor.payment WHERE id = ${paymentId} FOR UPDATE`);
    await tx.insert(hold).values({ ...row, paymentId, kind: 'hold' });
    subject = `payment:${paymentId}`;
  } else {
    if (!(await excludeIntents(tx, on))) throw onNothing(on);
    await tx.insert(wideHold).values({ ...row, switchName: on });
  }
  await audit(tx, {
    actor,
    command: 'hold open',
    subject,
    reason: sentence,
    detail: { hold: row.id, reasonCode, owner },
  });
  return { id: row.id, on: subject };
}

/**
 * Closes a hold; what waited goes on by itself. Throws a Refusal `hold_not_found`, `hold_closed`, `hold_of_another`,
 * `hold_is_dispute`.
 */
export async function closeHold(
  tx: Tx,
  actor: Actor,
  id: string,
  { reason }: z.output<typeof CLOSE_HOLD>,
): Promise<{ id: string; on: string }> {
  const [narrow] = await tx.select().from(hold).where(eq(hold.id, id)).for('update');
  const [wide] = narrow ? [] : await tx.select().from(wideHold).where(eq(wideHold.id, id)).for('update');
  const found = narrow ?? wide;
  if (!found) throw noHold();
  if (narrow?.kind === 'dispute') throw isDispute();
  if (found.closedAt) throw closedBefore(found.closedAt);
  const mayClose: readonly Role[] = HOLD_OWNERS[found.owner as HoldOwner] ?? ['admin'];
  if (!mayClose.includes(actor.role)) throw ofAnother(found.owner, mayClose);
  const table = narrow ? hold : wideHold;
  await tx.update(table).set({ closedAt: sql`reactor.now()` }).where(eq(table.id, id));
  const on = narrow ? `payment:${narrow.paymentId}` : (wide?.switchName ?? '');
  await audit(tx, { actor, command: 'hold close', subject: on, reason, detail: { hold: id, owner: found.owner } });
  return { id, on };
}

/** Whom to wake when a hold was closed. */
export async function rousedBy(db: Db, on: string): Promise<Job[]> {
  const [kind, which = ''] = on.split(':');
  return kind === 'payment' ? [{ lane: 'payment', id: which }] : rouse(db, on);
}

export type ListHoldsParameters = Readonly<{
  on?: string | undefined;
  limit: number;
  /** The last one of the page before. */
  before?: { at: Date; id: string } | undefined;
  canReadReasons: boolean;
}>;

/** Open holds and disputes, newest first; with `on` those of one payment, user or rail, closed ones among them. */
export async function listHolds(db: Db, { on, limit, before, canReadReasons }: ListHoldsParameters) {
  const rest = before
    ? sql`AND (opened_at, id) < (${before.at.toISOString()}::timestamptz, ${before.id}::uuid)`
    : sql``;
  const { rows } = await db.execute<{
    id: string;
    kind: 'hold' | 'dispute';
    on: string;
    reasonCode: string;
    sentence: string;
    owner: string;
    opened: string;
    closed: string | null;
  }>(sql`
    SELECT id, kind, "on", reason_code AS "reasonCode", sentence, owner, opened_at::text AS opened, closed_at::text AS closed FROM (
      SELECT id, kind, 'payment:' || payment_id AS "on", reason_code, sentence, owner, opened_at, closed_at FROM reactor.hold
      UNION ALL SELECT id, 'hold', switch_name, reason_code, sentence, owner, opened_at, closed_at FROM reactor.wide_hold
    ) h WHERE ${on === undefined ? sql`closed_at IS NULL` : sql`"on" = ${on}`} ${rest} ORDER BY opened_at DESC, id DESC LIMIT ${limit + 1}`);
  const holds = rows.slice(0, limit).map(({ opened, closed, ...row }) => ({
    ...row,
    sentence: sentenceTo(canReadReasons, row),
    openedAt: new Date(opened).toISOString(),
    closedAt: closed && new Date(closed).toISOString(),
  }));
  const last = rows.length > limit ? holds.at(-1) : undefined;
  return { holds, next: last ? { at: new Date(last.openedAt), id: last.id } : null };
}

const onNothing = (on: string) =>
  new Refusal({
    code: 'hold_on_nothing',
    status: 404,
    title: 'There is nothing of this name to hold',
    detail: `“${on}” is no payment, user or rail. Nothing was held.`,
    errors: [{ field: 'on', message: 'is nothing that is known' }],
  });

export const noHold = () =>
  new Refusal({
    code: 'hold_not_found',
    status: 404,
    title: 'There is no such hold',
    detail: 'No hold has this id. GET /api/v1/holds lists those that are open.',
  });

const closedBefore = (at: Date) =>
  new Refusal({
    code: 'hold_closed',
    status: 409,
    title: 'This hold is closed',
    detail: `It was closed at ${at.toISOString()}. Nothing was changed.`,
  });

const isDispute = () =>
  new Refusal({
    code: 'hold_is_dispute',
    status: 409,
    title: 'This is a dispute',
    detail: 'A dispute is not closed but resolved, for one side or for both in parts. Nothing was changed.',
  });

const ofAnother = (owner: string, roles: readonly Role[]) =>
  new Refusal({
    code: 'hold_of_another',
    status: 403,
    title: 'This hold is another team’s',
    detail: `It belongs to ${owner}, whose keys have the role ${roles.join(' or ')}. Nothing was changed. Ask them to close it.`,
  });
