/** The people on duty and the intents that they stop: REST over a database of its own. */
import { randomUUID } from 'node:crypto';
import { and, eq, isNull, not, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { centavos, type Money } from '../../src/money/money.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import { auditLog, destination, effect, guardSwitch, hold, leg, wideHold } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { explain } from '../../src/reactor/payment/explain.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { openWorld } from '../http/world.ts';
import { railOf } from '../incidents/support.ts';
import { givePayment } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

export const REASON = 'a drill of the team';

export async function openDesk(url: string) {
  const world = await openWorld(url);
  const { db, ctx } = world;
  const second = (await createApiKey(db, { name: 'somebody else', role: 'admin' })).secret;

  const ask = async (
    method: string,
    path: string,
    body: object,
    key = world.keys.operator,
    idempotencyKey: string = randomUUID(),
  ) => {
    const response = await world.app.request(`/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const get = async (path: string, key = world.keys.approver) =>
    (await (await world.get(`/api/v1${path}`, key)).json()) as Record<string, unknown>;

  return {
    ...world,
    ask,
    look: get,
    stop: (name: string, key?: string) =>
      ask('PUT', `/guards/switches/${encodeURIComponent(name)}/stop`, { reason: REASON }, key),
    open: (name: string, key?: string) =>
      ask('POST', `/guards/switches/${encodeURIComponent(name)}/open`, { reason: REASON }, key),
    approve: (id: unknown, key = second) => ask('POST', `/proposals/${id}/approve`, { reason: REASON }, key),
    hold: (on: string, given: object = {}, key?: string) =>
      ask('POST', '/holds', { on, reasonCode: 'drill', sentence: REASON, owner: 'operations', ...given }, key),
    letGo: (id: unknown, key?: string) => ask('POST', `/holds/${id}/close`, { reason: REASON }, key),
    screen: (userId: string, given: object = {}, key = world.keys.screener) =>
      ask(
        'PUT',
        `/users/${userId}/screening`,
        { kyc: 'verified', blacklist: 'clear', checkedAt: new Date().toISOString(), reference: 'check-1', ...given },
        key,
      ),
    audited: async (subject: string) =>
      (await db.select().from(auditLog).where(eq(auditLog.subject, subject)).orderBy(auditLog.id)).map(
        ({ actor, command, reason }) => [actor.replace(/ \(.*/, ''), command, reason],
      ),
    /** A payment whose pesos are at Juno: its next step is to send them on. */
    givenDeposited: async (given: Parameters<typeof givePayment>[1] = {}) => {
      const payment = await givePayment(db, given);
      await db.update(leg).set({ state: 'deposited' }).where(eq(leg.id, payment.legId));
      await db
        .update(destination)
        .set({ junoAccountId: randomUUID(), verifiedAt: new Date() })
        .where(eq(destination.id, payment.destinationId));
      return payment;
    },
    /** What `kustodia payment why` prints. */
    why: async (paymentId: string) => {
      // The watchdog has never looked, which would be in the way of everything.
      const view = await loadView(
        { ...ctx, watchdog: { ...ctx.watchdog, current: () => ({ ...ctx.watchdog.current(), trouble: null }) } },
        paymentId,
      );
      if (!view) throw new Error('no payment');
      return explain(decide(view));
    },
    /** Records an intent of a leg as its payment's holder would. */
    record: (
      { paymentId, legId }: { paymentId: string; legId: string },
      {
        kind = 'juno_withdrawal',
        outgoing = null,
        attempt = 1,
      }: { kind?: 'juno_withdrawal' | 'juno_redemption'; outgoing?: Money<'MXN'> | null; attempt?: number } = {},
    ): Promise<string> =>
      inLane(paymentId, (lane) =>
        db.transaction((tx) =>
          recordEffect(tx, ctx, lane, {
            ...{ subjectKind: 'leg', subjectId: legId, kind, attempt, paymentId, request: { body: '{}' }, outgoing },
            ...{ amount: outgoing ?? centavos(1n), switches: [], postings: null },
          }),
        ),
      ),
    /** Sends it over a rail that answers as told; tells what was written. */
    send: async (paymentId: string, id: string, ...answers: Parameters<typeof railOf>) => {
      const { driver, written } = railOf(...answers);
      await inLane(paymentId, (lane) => sendEffect(ctx, lane, driver, id, {}));
      return written.length;
    },
    stateOf: async (id: string) => (await db.select().from(effect).where(eq(effect.id, id)))[0]?.state,
  };

  async function inLane<T>(paymentId: string, work: Parameters<typeof withLane<T>>[2]): Promise<T> {
    const done = await withLane({ db, holder: randomUUID() }, `payment:${paymentId}`, work);
    if (done === 'busy') throw new Error('busy');
    return done;
  }
}
export type Desk = Awaited<ReturnType<typeof openDesk>>;

/** A desk for one file; what a test stopped or held is lifted after it. */
export function useDesk(): () => Desk {
  let postgres: TestPostgres;
  let desk: Desk;
  beforeAll(async () => {
    postgres = await startPostgres();
    desk = await openDesk(await postgres.createDatabase());
  });
  afterEach(async () => {
    await desk.db.update(guardSwitch).set({ isStopped: false });
    // That of a dispute is closed by the dispute alone.
    const isDispute = sql`${hold.id} IN (SELECT hold_id FROM reactor.dispute)`;
    const closedAt = new Date();
    await desk.db
      .update(hold)
      .set({ closedAt })
      .where(and(isNull(hold.closedAt), not(isDispute)));
    await desk.db.update(wideHold).set({ closedAt }).where(isNull(wideHold.closedAt));
  });
  afterAll(async () => {
    await desk?.close();
    await postgres?.stop();
  });
  return () => desk;
}
