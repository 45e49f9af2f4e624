import { randomUUID } from 'node:crypto';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { advance } from '../../src/reactor/advance/advance.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import type { Tx } from '../../src/reactor/db/client.ts';
import {
  capLimit,
  evidence,
  guardSwitch,
  hold,
  leg,
  payment,
  screening,
  settledOutside,
  settlementItem,
  wideHold,
} from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { assertGuards } from '../../src/reactor/guards/check.ts';
import { switchesOver } from '../../src/reactor/guards/scope.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { SETTLE_OUTSIDE } from '../../src/reactor/replace/settle-outside.ts';
import { settledPayments } from '../../src/reactor/settlement/settle.ts';
import { tendDestination } from '../../src/reactor/settlement/tend.ts';
import { openWorld } from '../http/world.ts';
import { KEY_SECRET } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { givenAccount as accountIn, givenRefund as refundIn } from './given.ts';

let postgres: TestPostgres;
let world: Awaited<ReturnType<typeof openWorld>>;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openWorld(await postgres.createDatabase());
});
afterAll(async () => {
  await world?.db.$client.end();
  await postgres?.stop();
});

const WAKE = { wallet: () => undefined };

const givenAccount = () => accountIn(world);
const givenRefund = (account: Parameters<typeof refundIn>[1], amount: bigint, payerId?: string) =>
  refundIn(world, account, amount, payerId);

/** The one settlement of an account, over this amount. */
async function settlementOf({ userId }: { userId: string }, amount: bigint): Promise<string> {
  const settlements = await world.db
    .select({ id: payment.id, amount: payment.amount })
    .from(payment)
    .where(and(eq(payment.kind, 'settlement'), eq(payment.recipientId, userId)));
  expect(settlements).toEqual([{ id: expect.any(String), amount }]);
  return settlements[0]?.id ?? '';
}

const stateOf = async (legId: string) => (await world.db.select().from(leg).where(eq(leg.id, legId)))[0]?.state;
/** By what its settlement was claimed for it. */
const paidBy = async (legId: string) =>
  (
    await world.db
      .select()
      .from(evidence)
      .where(and(eq(evidence.source, 'settlement'), eq(evidence.subjectId, legId)))
  ).map(({ externalId }) => externalId);
const balances = async () => {
  const { rows } = await world.db.execute<{ account: string; owner: string; total: string }>(
    sql`SELECT account, owner, sum(posted + pending)::text AS total FROM reactor.ledger_balance
      WHERE currency = 'MXN' GROUP BY 1, 2 HAVING sum(posted + pending) <> 0 ORDER BY 1, 2`,
  );
  return rows.map(({ account, owner, total }) => [account, owner, total]);
};

/** Two people record that they paid a leg by hand. */
const byHand = (tx: Tx, legId: string) =>
  SETTLE_OUTSIDE.execute(tx, world.ctx, {
    ...{ subjectId: legId, proposalId: randomUUID(), lane: null },
    parameters: {
      trackingKey: randomUUID().replaceAll('-', '').slice(0, 30),
      cepLink: `https://www.banxico.org.mx/cep/${legId}`,
    },
  });
const payByHand = (legId: string) => world.db.transaction((tx) => byHand(tx, legId));

/** What the books owe to a payout account. */
const owedTo = async ({ destinationId }: { destinationId: string }) =>
  (await balances())
    .filter(([, owner]) => owner === `destination:${destinationId}`)
    .map(([name, , total]) => [name, total]);

describe('what is under Juno’s minimum', () => {
  test('accrues, is settled once when it is enough, however many look at once, and completes with its settlement', async () => {
    const { db, ctx } = world;
    const account = await givenAccount();
    const [small, smaller] = [await givenRefund(account, 6_000n), await givenRefund(account, 4_001n)];

    await advance(ctx, WAKE, small.paymentId);
    expect(await stateOf(small.legId)).toBe('accrued');
    await tendDestination(ctx, account.destinationId);
    expect(await db.select().from(settlementItem)).toEqual([]);
    expect(await balances()).toContainEqual(['payable', `destination:${account.destinationId}`, '-6000']);

    await advance(ctx, WAKE, smaller.paymentId);
    await Promise.all(Array.from({ length: 5 }, () => tendDestination(ctx, account.destinationId)));
    await tendDestination(ctx, account.destinationId);
    const settlements = await db.select().from(payment).where(eq(payment.kind, 'settlement'));
    expect(settlements.map(({ amount }) => amount)).toEqual([10_001n]);
    const items = await db.select().from(settlementItem);
    expect(items.map(({ legId }) => legId).sort()).toEqual([small.legId, smaller.legId].sort());
    expect((await balances()).filter(([name]) => name === 'payable')).toEqual([]);
    expect(await balances()).toContainEqual(['liability', settlements[0]?.id, '-10001']);

    // Not before the settlement itself is done.
    const own = items[0]?.settlementLegId ?? '';
    await advance(ctx, WAKE, small.paymentId);
    expect(await stateOf(small.legId)).toBe('accrued');
    for (const state of ['redeeming', 'completed'] as const)
      await db.update(leg).set({ state, cause: 'REDEMPTION complete' }).where(eq(leg.id, own));
    for (const { paymentId, legId } of [small, smaller]) {
      await advance(ctx, WAKE, paymentId);
      await advance(ctx, WAKE, paymentId);
      expect(await stateOf(legId)).toBe('completed');
      expect(await paidBy(legId)).toEqual([`${own}:${legId}`]);
    }

    // It comes back: what it had paid is owed again, and waits for it.
    await db.update(leg).set({ state: 'payout_returned', cause: 'the payout came back' }).where(eq(leg.id, own));
    for (const { paymentId, legId } of [small, smaller]) {
      await advance(ctx, WAKE, paymentId);
      expect(await stateOf(legId)).toBe('accrued');
      const view = await loadView(ctx, paymentId);
      expect(view && decide(view)).toMatchObject({
        do: 'wait',
        for: expect.stringMatching(
          /^settlement .* to complete: its payout came back, and a person gives a new account$/,
        ),
      });
    }
    await tendDestination(ctx, account.destinationId);
    expect(await db.select().from(settlementItem)).toHaveLength(2);

    // It is replaced: its new leg is waited for.
    const marked = async () => (await db.select().from(leg).where(eq(leg.id, small.legId)))[0];
    const again = randomUUID();
    const [old] = await db.select().from(leg).where(eq(leg.id, own));
    if (!old) throw new Error('the settlement has a leg');
    const { paymentId, kind, amount, destinationId, rail } = old;
    const reference = deriveReference(KEY_SECRET, again);
    const anew = { id: again, paymentId, kind, amount, destinationId, rail, reference, cause: 'paid again' };
    await db.transaction(async (tx) => {
      await tx.update(leg).set({ state: 'replaced', cause: 'a person gave a new account' }).where(eq(leg.id, own));
      await tx.insert(leg).values({ ...anew, replaces: own });
    });
    await advance(ctx, WAKE, small.paymentId);
    expect(await marked()).toMatchObject({ state: 'accrued', attentionCode: null });
    for (const state of ['reserved', 'redeeming', 'completed'] as const)
      await db.update(leg).set({ state, cause: 'REDEMPTION complete' }).where(eq(leg.id, again));
    expect(await settledPayments(ctx, paymentId)).toEqual(expect.arrayContaining([small.paymentId, smaller.paymentId]));
    for (const { paymentId, legId } of [small, smaller]) {
      await advance(ctx, WAKE, paymentId);
      await advance(ctx, WAKE, paymentId);
      expect(await stateOf(legId)).toBe('completed');
      expect((await paidBy(legId)).sort()).toEqual([`${own}:${legId}`, `${again}:${legId}`].sort());
    }

    // It comes back once more, and a person pays it by hand: what it had paid is paid.
    await db.update(leg).set({ state: 'payout_returned', cause: 'the payout came back' }).where(eq(leg.id, again));
    await advance(ctx, WAKE, small.paymentId);
    expect(await marked()).toMatchObject({ state: 'accrued' });
    await db
      .insert(settledOutside)
      .values({ legId: again, trackingKey: 'TK1', cepLink: 'https://www.banxico.org.mx/cep/', receipt: 'its own' });
    await db.update(leg).set({ state: 'closed', cause: 'settled outside' }).where(eq(leg.id, again));
    await advance(ctx, WAKE, smaller.paymentId);
    expect(await stateOf(smaller.legId)).toBe('completed');
  });

  test('of another account is never settled with it', async () => {
    const [one, other] = [await givenAccount(), await givenAccount()];
    for (const account of [one, other]) {
      const { paymentId } = await givenRefund(account, 5_000n);
      await advance(world.ctx, WAKE, paymentId);
    }
    const before = await world.db.$count(payment, eq(payment.kind, 'settlement'));
    for (const { destinationId } of [one, other]) await tendDestination(world.ctx, destinationId);
    expect(await world.db.$count(payment, eq(payment.kind, 'settlement'))).toBe(before);
  });

  test('of a payment that is held stays out; one that is held afterwards stops the settlement', async () => {
    const { db, ctx } = world;
    const account = await givenAccount();
    const held = await givenRefund(account, 9_000n);
    const others = [await givenRefund(account, 6_000n), await givenRefund(account, 5_000n)];
    for (const { paymentId } of [held, ...others]) await advance(ctx, WAKE, paymentId);
    const open = (paymentId: string) =>
      db.insert(hold).values({
        id: randomUUID(),
        paymentId,
        kind: 'dispute',
        reasonCode: 'x',
        sentence: 'not delivered',
        owner: 'ops',
      });
    await open(held.paymentId);
    await tendDestination(ctx, account.destinationId);
    const paymentId = await settlementOf(account, 11_000n);
    const view = async () => await loadView(ctx, paymentId);
    expect((await view())?.holds).toEqual([]);
    await open(others[0]?.paymentId ?? '');
    expect((await view())?.holds).toHaveLength(1);
    const guards = db.transaction((tx) => assertGuards(tx, { paymentId, switches: ['all'] }));
    await expect(guards).rejects.toThrow(/open dispute/);
  });

  test('is settled in as much as the caps let out at once, and the rest with the next', async () => {
    const { db, ctx } = world;
    const account = await givenAccount();
    const debts = [
      await givenRefund(account, 9_900n),
      await givenRefund(account, 9_000n),
      await givenRefund(account, 9_800n),
    ];
    for (const { paymentId } of debts) await advance(ctx, WAKE, paymentId);
    const set = (hundredths: bigint) =>
      db
        .insert(capLimit)
        .values({ name: 'user_day', hundredths, unit: 'MXN', changedBy: 'test' })
        .onConflictDoUpdate({ target: capLimit.name, set: { hundredths } });
    await set(9_900n);
    await tendDestination(ctx, account.destinationId);
    expect(await stateOf(debts[0]?.legId ?? '')).toBe('accrued');
    await set(20_000n);
    await tendDestination(ctx, account.destinationId);
    await settlementOf(account, 18_900n);
    await db.delete(capLimit).where(eq(capLimit.name, 'user_day'));
  });

  test('of a payer who is held stays out until the hold is closed', async () => {
    const { db, ctx } = world;
    const account = await givenAccount();
    const payer = (await givenAccount()).userId;
    const refunds = [
      await givenRefund(account, 9_000n, payer),
      await givenRefund(account, 6_000n),
      await givenRefund(account, 5_000n),
    ];
    for (const { paymentId } of refunds) await advance(ctx, WAKE, paymentId);
    const holdId = randomUUID();
    await db.insert(wideHold).values({
      ...{ id: holdId, switchName: `user:${payer}`, reasonCode: 'fraud_report' },
      ...{ sentence: 'an open question', owner: 'operations' },
    });
    await tendDestination(ctx, account.destinationId);
    await settlementOf(account, 11_000n);
    await db.update(wideHold).set({ closedAt: new Date() }).where(eq(wideHold.id, holdId));
    const more = await givenRefund(account, 1_000n);
    await advance(ctx, WAKE, more.paymentId);
    await tendDestination(ctx, account.destinationId);
    const settlements = await db
      .select({ amount: payment.amount })
      .from(payment)
      .where(and(eq(payment.kind, 'settlement'), eq(payment.recipientId, account.userId)));
    expect(settlements.map(({ amount }) => amount).sort()).toEqual([10_000n, 11_000n]);
  });

  test('of a payer whose switch is off stays out; one that is thrown afterwards stops the settlement', async () => {
    const { db, ctx } = world;
    const account = await givenAccount();
    const payers = [(await givenAccount()).userId, (await givenAccount()).userId, account.userId];
    const refunds = [
      await givenRefund(account, 9_000n, payers[0]),
      await givenRefund(account, 6_000n, payers[1]),
      await givenRefund(account, 5_000n),
    ];
    for (const { paymentId } of refunds) await advance(ctx, WAKE, paymentId);
    const stop = (userId = '') =>
      db
        .update(guardSwitch)
        .set({ isStopped: true, reason: 'fraud desk' })
        .where(eq(guardSwitch.name, `user:${userId}`));
    await stop(payers[0]);
    await tendDestination(ctx, account.destinationId);
    const paymentId = await settlementOf(account, 11_000n);
    expect((await loadView(ctx, paymentId))?.stopped).toEqual([]);
    await stop(payers[1]);
    expect((await loadView(ctx, paymentId))?.stopped).toEqual([{ name: `user:${payers[1]}`, reason: 'fraud desk' }]);
    const switches = await switchesOver(db, paymentId);
    const guards = db.transaction((tx) => assertGuards(tx, { paymentId, switches }));
    await expect(guards).rejects.toThrow(`The switch “user:${payers[1]}” is off`);
  });

  test('of a payer who is found on a blacklist stays out; one who is found later stops the settlement, and one whose check is old does not', async () => {
    const { db, ctx } = world;
    const account = await givenAccount();
    const payers = [(await givenAccount()).userId, (await givenAccount()).userId, (await givenAccount()).userId];
    const refunds = [
      await givenRefund(account, 9_000n, payers[0]),
      await givenRefund(account, 6_000n, payers[1]),
      await givenRefund(account, 5_000n, payers[2]),
    ];
    for (const { paymentId } of refunds) await advance(ctx, WAKE, paymentId);
    const find = (userId = '', found: Partial<typeof screening.$inferInsert>) =>
      db.insert(screening).values({
        ...{ userId, kyc: 'verified', blacklist: 'clear', reference: 'found', source: 'test' },
        ...{ checkedAt: new Date(Date.now() + 1_000), validUntil: new Date(Date.now() + 60_000), ...found },
      });
    await find(payers[0], { blacklist: 'listed' });
    await tendDestination(ctx, account.destinationId);
    const paymentId = await settlementOf(account, 11_000n);
    await find(payers[2], { checkedAt: new Date(), validUntil: new Date(Date.now() + 1) });
    expect((await loadView(ctx, paymentId))?.uncleared).toEqual([]);
    const guards = () => db.transaction((tx) => assertGuards(tx, { paymentId, switches: ['all'] }));
    await guards();
    await find(payers[1], { kyc: 'refused' });
    expect((await loadView(ctx, paymentId))?.uncleared).toEqual([{ userId: payers[1], why: 'refused' }]);
    await expect(guards()).rejects.toThrow(`user ${payers[1]}: their identity check was refused`);
  });

  test('is paid by hand where nothing more comes: what was owed to the account is Kustodia’s own, and the payment has ended', async () => {
    const account = await givenAccount();
    const small = await givenRefund(account, 4_500n);
    await advance(world.ctx, WAKE, small.paymentId);
    await payByHand(small.legId);
    expect(await stateOf(small.legId)).toBe('closed');
    expect(await owedTo(account)).toEqual([]);
    const view = await loadView(world.ctx, small.paymentId);
    expect(view && decide(view)).toEqual({ do: 'done' });
    // It is in no settlement that others reach afterwards.
    const [more, enough] = [await givenRefund(account, 6_000n), await givenRefund(account, 4_001n)];
    for (const { paymentId } of [more, enough]) await advance(world.ctx, WAKE, paymentId);
    await tendDestination(world.ctx, account.destinationId);
    await settlementOf(account, 10_001n);
    await expect(payByHand(more.legId)).rejects.toMatchObject({ problem: { code: 'payout_may_stand' } });
    expect(await stateOf(more.legId)).toBe('accrued');
  });

  test('is paid by hand and put into a settlement at the same moment: one of the two has it', async () => {
    const account = await givenAccount();
    const [one, other] = [await givenRefund(account, 6_000n), await givenRefund(account, 4_001n)];
    for (const { paymentId } of [one, other]) await advance(world.ctx, WAKE, paymentId);
    let tending: Promise<void> | undefined;
    await world.db.transaction(async (tx) => {
      await byHand(tx, other.legId);
      tending = tendDestination(world.ctx, account.destinationId);
      // It has chosen both, and waits for the payment of the one.
      await vi.waitFor(async () => {
        const { rows } = await world.db.execute<{ waiting: number }>(
          sql`SELECT count(*)::int AS waiting FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()`,
        );
        expect(rows[0]?.waiting).toBeGreaterThan(0);
      });
    });
    await tending;
    expect(await stateOf(other.legId)).toBe('closed');
    expect(await world.db.$count(settlementItem, inArray(settlementItem.legId, [one.legId, other.legId]))).toBe(0);
    expect(await owedTo(account)).toEqual([['payable', '-6000']]);

    // And whichever comes first: never both.
    for (let n = 0; n < 8; n++) {
      const whose = await givenAccount();
      const [left, right] = [await givenRefund(whose, 6_000n), await givenRefund(whose, 4_001n)];
      for (const { paymentId } of [left, right]) await advance(world.ctx, WAKE, paymentId);
      const [hand] = await Promise.allSettled([
        payByHand(right.legId),
        tendDestination(world.ctx, whose.destinationId),
      ]);
      const items = await world.db.$count(settlementItem, eq(settlementItem.legId, right.legId));
      expect([await stateOf(right.legId), items]).toEqual(hand.status === 'fulfilled' ? ['closed', 0] : ['accrued', 1]);
      expect(await owedTo(whose)).toEqual(items === 1 ? [] : [['payable', '-6000']]);
    }
  });

  test('an accrued leg is in one settlement for ever: the database refuses a second', async () => {
    const [item] = await world.db.select().from(settlementItem);
    if (!item) throw new Error('the test before made one');
    await expect(world.db.insert(settlementItem).values(item)).rejects.toThrow();
    await expect(world.db.delete(settlementItem)).rejects.toThrow();
  });
});
