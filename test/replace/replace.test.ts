import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { approve } from '../../src/reactor/approvals/approve.ts';
import type { FourEyesCommand } from '../../src/reactor/approvals/command.ts';
import { propose } from '../../src/reactor/approvals/propose.ts';
import { lane, leg, refundOrder, settledOutside } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { orderLegRefund, orderRefund, REFUND_PAYMENT } from '../../src/reactor/replace/refund.ts';
import { replaceLeg } from '../../src/reactor/replace/replace.ts';
import { SETTLE_OUTSIDE } from '../../src/reactor/replace/settle-outside.ts';
import type { Place } from '../../src/reactor/replace/terms.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';
import { openReplaceWorld, type ReplaceWorld } from './world.ts';

const database = useDatabase();
let here: ReplaceWorld;
beforeAll(() => {
  here = openReplaceWorld(database());
});

const repay = async (legId: string, told?: Place) => {
  const { kind, amount, destinationId } = await here.legOf(legId);
  const heirs = [{ kind, amount: centavos(amount), destinationId }];
  return here.db.transaction((tx) => replaceLeg(tx, here.ctx, { legId, heirs, cause: 'paid again', told }));
};
const refund = (legId: string, amount: bigint, destinationId: string) =>
  here.db.transaction((tx) =>
    orderLegRefund(tx, here.ctx, { legId, amount: centavos(amount), destinationId, cause: 'the payer asks' }),
  );
const settle = (legId: string, moneyAt?: Place) =>
  here.db.transaction((tx) =>
    SETTLE_OUTSIDE.execute(tx, here.ctx, {
      ...{ subjectId: legId, proposalId: randomUUID(), lane: null },
      parameters: {
        trackingKey: randomUUID().replaceAll('-', '').slice(0, 30),
        cepLink: `https://www.banxico.org.mx/cep/go?i=${randomUUID()}`,
        ...(moneyAt ? { moneyAt } : {}),
      },
    }),
  );
/** A leg by hand, as no code of ours writes it. */
const heirOf = async (legId: string, fields: Partial<typeof leg.$inferInsert> = {}) => {
  const { paymentId, kind, amount, destinationId, rail } = await here.legOf(legId);
  const id = randomUUID();
  const row = { id, paymentId, kind, amount, destinationId, rail, reference: deriveReference(KEY_SECRET, id) };
  return { ...row, replaces: legId, cause: 'by hand', ...fields };
};
/** A refund that one person proposed. Answers how another approves it, and what happens before that is written, or while it is. */
const givenOrder = async (paymentId: string, destinationId: string) => {
  const [olga, pablo] = [
    { id: randomUUID(), name: `olga ${paymentId}`, role: 'operator' },
    { id: randomUUID(), name: `pablo ${paymentId}`, role: 'approver' },
  ] as const;
  const parameters = { what: 'full', destinationId, to: '646***' } as const;
  const ctx = { ...here.ctx, newId: randomUUID, holder: 'who approves', every: () => () => undefined };
  const { id } = await here.db.transaction((tx) =>
    propose(tx, ctx, { command: REFUND_PAYMENT, actor: olga, subjectId: paymentId, parameters, reason: 'asked for' }),
  );
  return (before = async () => {}, during = async () => {}) => {
    const command: typeof REFUND_PAYMENT = {
      ...REFUND_PAYMENT,
      check: async () => undefined,
      execute: async (...given) => {
        await REFUND_PAYMENT.execute(...given);
        await during();
      },
    };
    const db = Object.create(here.db, {
      transaction: { value: (work: never) => before().then(() => here.db.transaction(work)) },
    });
    const identity = { apiKeyId: pablo.id, key: randomUUID(), fingerprint: 'x' };
    return approve({ ...ctx, db }, () => command as unknown as FourEyesCommand, {
      ...{ actor: pablo, id, reason: 'seen', identity, tries: 1 },
    });
  };
};
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error: { problem?: { code: string } }) => error.problem?.code ?? String(error),
  );

describe('a leg is replaced', () => {
  test('once: of two who replace it at the same time one is refused, and one leg pays', async () => {
    const { legId, paymentId } = await here.given();
    await here.pay(legId);
    await here.bringBack(legId, { isIssued: true });
    const ends = await Promise.all([1, 2, 3, 4].map(() => codeOf(repay(legId))));
    expect(ends.sort()).toEqual(['done', ...Array(3).fill('leg_not_payable_now')]);
    const [, heir, ...others] = await here.legsOf(paymentId);
    expect(others).toEqual([]);
    await here.pay(heir?.id ?? '');
    expect(await here.balances(paymentId)).toEqual({});
  });

  test('once, and by legs of its own payment that sum to it, whoever writes them', async () => {
    const { legId } = await here.given();
    const other = await here.given();
    const byHand = (rows: (typeof leg.$inferInsert)[], isReplaced = true) =>
      here.db.transaction(async (tx) => {
        if (isReplaced) await tx.update(leg).set({ state: 'replaced' }).where(eq(leg.id, legId));
        for (const row of rows) await tx.insert(leg).values(row);
      });
    await refused(byHand([]), /and replaced by 0 centavos/);
    await refused(byHand([await heirOf(legId)], false), /is returned and replaced by 150000 centavos/);
    await refused(byHand([await heirOf(legId, { amount: 149_999n })]), /replaced by 149999 centavos/);
    await refused(byHand([await heirOf(legId), await heirOf(legId, { kind: 'refund' })]), /300000 centavos/);
    await refused(byHand([await heirOf(legId), await heirOf(legId)]), /leg_replaces_once/);
    await refused(byHand([await heirOf(legId, { paymentId: other.paymentId })]), /centavos/);
    const [first] = await repay(legId);
    await refused(here.db.insert(leg).values(await heirOf(legId, { kind: 'refund' })), /300000 centavos/);
    await refused(
      here.db
        .update(leg)
        .set({ replaces: other.legId })
        .where(eq(leg.id, first ?? '')),
      /immutable in its terms/,
    );
  });

  test('never beside what may still pay it, and nothing is begun for it afterwards', async () => {
    const { legId } = await here.given();
    await here.anEffect(legId, 'juno_redemption', 'unknown');
    await refused(repay(legId), /may still be paid: it cannot be replaced/);
    expect(await codeOf(settle(legId))).toBe('payout_may_stand');
    const free = await here.given();
    await repay(free.legId);
    await refused(here.anEffect(free.legId, 'juno_redemption', 'confirmed'), /has ended: nothing is begun for it/);
    // Its release is made again once it is undone, and not before.
    const released = await here.given();
    await here.anEffect(released.legId, 'chain_release', 'confirmed');
    await repay(released.legId);
    await refused(
      here.anEffect(released.legId, 'approver_signature', 'confirmed'),
      /has ended: nothing is begun for it/,
    );
  });

  test('by one that begins where its money is; a leg that takes the place of none does not', async () => {
    const { legId, paymentId } = await here.given(150_000n, 'bitso_spei');
    await here.anEffect(legId, 'juno_redemption', 'confirmed');
    await here.move(legId, 'redeeming', 'paying_out');
    await here.fail(legId);
    const [heir] = await repay(legId);
    expect(await here.legOf(heir ?? '')).toMatchObject({ state: 'paying_out', rail: 'bitso_spei', replaces: legId });
    const alone = await here.legsOf((await here.given()).paymentId);
    for (const state of ['paying_out', 'reserved'] as const)
      await refused(
        here.db.transaction(async (tx) => {
          const row = await heirOf(alone[0]?.id ?? '', { replaces: null });
          await tx.insert(leg).values(row);
          await tx.update(leg).set({ state }).where(eq(leg.id, row.id));
        }),
        /takes the place of none/,
      );
    expect(paymentId).not.toBe('');
  });
});

describe('returned money', () => {
  test('is paid again from the pool once Juno has issued it, and from nowhere before', async () => {
    const { legId, paymentId } = await here.given();
    await here.pay(legId);
    await here.bringBack(legId, { isIssued: false });
    expect(await codeOf(repay(legId))).toBe('money_not_seen');
    const [heir] = await repay(legId, 'juno');
    expect(await here.legOf(heir ?? '')).toMatchObject({ state: 'reserved', rail: 'bank_redemption' });
    expect(await here.balances(paymentId)).toEqual({ 'juno_pool MXNB': '1500000000', 'liability MXN': '-150000' });
  });

  test('of which a record says where it is, is not paid from elsewhere', async () => {
    const { legId } = await here.given();
    await here.pay(legId);
    await here.bringBack(legId, { isIssued: true });
    expect(await codeOf(repay(legId, 'bitso'))).toBe('money_seen_elsewhere');
  });

  test('of a redemption that came back to the Bitso balance is paid from there, by the rail of Bitso', async () => {
    const { legId, paymentId } = await here.given();
    await here.pay(legId);
    await here.bringBack(legId, { isIssued: false });
    const [heir] = await repay(legId, 'bitso');
    expect(await here.legOf(heir ?? '')).toMatchObject({ state: 'paying_out', rail: 'bitso_spei', kind: 'custody' });
    await here.pay(heir ?? '');
    expect(await here.balances(paymentId)).toEqual({});
  });

  test('of Bitso’s own payout is paid from the Bitso balance', async () => {
    const { legId, paymentId } = await here.given(150_000n, 'bitso_spei');
    for (let n = 0; n < 2; n++) await here.pay(legId);
    await here.bringBack(legId, { isIssued: false });
    const [heir] = await repay(legId, 'bitso');
    expect(await here.balances(paymentId)).toEqual({ 'bitso MXN': '150000', 'paying_out MXN': '-150000' });
    await here.pay(heir ?? '');
    expect(await here.balances(paymentId)).toEqual({});
  });
});

describe('a commission', () => {
  const OWED = { 'juno_pool MXNB': '1500000000', 'liability MXN': '-150000' };

  test.each(['juno', 'bitso'] as const)(
    'that came back to %s is owed anew, earned anew, and paid again',
    async (at) => {
      const { legId, paymentId } = await here.given(150_000n, 'bank_redemption', 'commission');
      await here.pay(legId);
      await here.bringBack(legId, { isIssued: at === 'juno' });
      const [heir = ''] = await repay(legId, at);
      if (at === 'juno') expect(await here.balances(paymentId)).toEqual(OWED);
      await here.pay(heir);
      expect(await here.balances(paymentId)).toEqual({});
    },
  );

  test.each([true, false])('goes back to the payer as what is owed to them, earned: %s', async (isEarned) => {
    const { legId, paymentId, destinationId } = await here.given(150_000n, 'bank_redemption', 'commission');
    if (isEarned) {
      await here.pay(legId);
      await here.bringBack(legId, { isIssued: true });
    }
    const heirs = [{ kind: 'refund', amount: centavos(150_000n), destinationId }] as const;
    const [heir = ''] = await here.db.transaction((tx) =>
      replaceLeg(tx, here.ctx, { legId, heirs, cause: 'the payer asks' }),
    );
    expect(await here.balances(paymentId)).toEqual(OWED);
    await here.pay(heir);
    expect(await here.balances(paymentId)).toEqual({});
  });

  test('that a person paid by hand is no longer owed, earned or not', async () => {
    for (const times of [0, 1]) {
      const { legId, paymentId } = await here.given(150_000n, 'bank_redemption', 'commission');
      for (let n = 0; n < times; n++) {
        await here.pay(legId);
        await here.bringBack(legId, { isIssued: true });
      }
      await settle(legId);
      expect(await here.balances(paymentId)).toEqual({});
    }
  });
});

test('what is to be in custody and is not yet, goes the whole way to another account', async () => {
  const { legId, paymentId } = await givePayment(here.db);
  await here.move(legId, 'deposited');
  await repay(legId);
  expect((await here.legsOf(paymentId)).map(({ kind, state }) => [kind, state])).toEqual([
    ['custody', 'replaced'],
    ['custody', 'deposited'],
  ]);
});

describe('what a person paid by hand', () => {
  test('closes its leg, which counts as its part of the deposit, and its money is Kustodia’s own', async () => {
    const { legId, paymentId, destinationId } = await here.given();
    await refund(legId, 50_000n, destinationId);
    await here.db.transaction((tx) =>
      replaceLeg(tx, here.ctx, {
        ...{ legId, cause: 'in two' },
        heirs: [
          { kind: 'refund', amount: centavos(50_000n), destinationId },
          { kind: 'custody', amount: centavos(100_000n), destinationId },
        ],
      }),
    );
    const [, one, two] = await here.legsOf(paymentId);
    await settle(one?.id ?? '');
    expect((await here.legOf(one?.id ?? '')).state).toBe('closed');
    await here.pay(two?.id ?? '');
    expect(await here.balances(paymentId)).toEqual({});
    expect(await codeOf(settle(one?.id ?? ''))).toBe('leg_not_payable_now');
    const said = await here.db
      .select()
      .from(settledOutside)
      .where(eq(settledOutside.legId, one?.id ?? ''));
    await refused(
      here.db
        .insert(settledOutside)
        .values({ ...(said[0] ?? { trackingKey: '', cepLink: '' }), legId, receipt: 'its own' }),
      /settled_outside_tracking_key_unique/,
    );
  });

  test('alone closes a leg that has money', async () => {
    const { legId } = await here.given();
    await refused(here.move(legId, 'closed'), /is closed by no payment outside/);
  });
});

describe('what goes back to the payer', () => {
  test('is ordered once a leg, not more than the leg, and waits for its money', async () => {
    const { legId, paymentId, destinationId } = await here.given();
    expect(await codeOf(refund(legId, 150_001n, destinationId))).toBe('nothing_to_refund');
    await refund(legId, 50_000n, destinationId);
    expect(await codeOf(refund(legId, 50_000n, destinationId))).toBe('nothing_to_refund');
    await refused(
      here.db.insert(refundOrder).values({ legId: (await here.given()).legId, destinationId, amount: 0n, cause: 'x' }),
      /refund_order_amount/,
    );
    await refused(here.db.update(refundOrder).set({ amount: 1n }), /append-only/);
    const full = { paymentId, what: 'full', destinationId, cause: 'x' } as const;
    expect(await codeOf(here.db.transaction((tx) => orderRefund(tx, here.ctx, full)))).toBe('nothing_to_refund');
    // Nobody else is paid with it meanwhile.
    expect(await codeOf(settle(legId))).toBe('leg_not_payable_now');
  });

  test('is all that has not left, and no more', async () => {
    const { legId, paymentId, destinationId } = await here.given();
    await refund(legId, 50_000n, destinationId);
    const paid = await here.given();
    await here.pay(paid.legId);
    const order = (id: string, what: 'full' | 'custody') =>
      here.db.transaction((tx) => orderRefund(tx, here.ctx, { paymentId: id, what, destinationId, cause: 'x' }));
    expect(await codeOf(order(paid.paymentId, 'full'))).toBe('nothing_to_refund');
    await here.bringBack(paid.legId, { isIssued: true });
    await order(paid.paymentId, 'custody');
    expect((await here.legsOf(paid.paymentId)).map(({ kind, state }) => [kind, state])).toEqual([
      ['custody', 'replaced'],
      ['refund', 'reserved'],
    ]);
    expect(paymentId).not.toBe(paid.paymentId);
  });

  test('is not paid to where it was to go, whoever decided so on what was before', async () => {
    const { legId, destinationId } = await here.given();
    await refund(legId, 50_000n, destinationId);
    for (const kind of ['juno_redemption', 'bitso_payout'] as const)
      await refused(here.anEffect(legId, kind, 'confirmed'), /is ordered back to the payer/);
  });

  test('is ordered by who still has the lane: a process that slept orders nothing, and nobody decides beside an order', async () => {
    const { legId, paymentId, destinationId } = await here.given();
    const name = `payment:${paymentId}`;
    const approveOrder = await givenOrder(paymentId, destinationId);
    const endLease = () =>
      here.db.update(lane).set({ heldUntil: sql`clock_timestamp() - interval '1 second'` }).where(eq(lane.name, name));
    const taken = () => withLane({ db: here.db, holder: 'who decides' }, name, async () => 'taken');
    // It slept before its transaction, and another took the lane over meanwhile.
    expect(
      await codeOf(
        approveOrder(async () => {
          await endLease();
          await taken();
        }),
      ),
    ).toBe('in_progress');
    expect(await here.db.$count(refundOrder, eq(refundOrder.legId, legId))).toBe(0);
    // It sleeps within its transaction: whoever takes the lane over then finds the order.
    let seen: Promise<unknown> = Promise.resolve('');
    const during = async () => {
      seen = endLease()
        .then(taken)
        .then(() => here.db.$count(refundOrder, eq(refundOrder.legId, legId)));
      await setTimeout(300);
    };
    expect(await codeOf(approveOrder(undefined, during))).toBe('done');
    expect(await seen).toBe(1);
  });
});
