/** However much accrues in whatever order, who holds what, and how many look: what is enough is settled, once. */
import { randomUUID } from 'node:crypto';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance } from '../../src/reactor/advance/advance.ts';
import { hold, leg, payment, settlementItem } from '../../src/reactor/db/schema.ts';
import { JUNO_MINIMUM } from '../../src/reactor/payment/minimum.ts';
import { isEnoughAccrued } from '../../src/reactor/settlement/settle.ts';
import { tendDestination } from '../../src/reactor/settlement/tend.ts';
import { useWorld } from '../http/use-world.ts';
import type { World } from '../http/world.ts';
import { givenAccount, givenRefund } from './given.ts';

const RUNS = 25;
const MINIMUM = JUNO_MINIMUM.units;

let world: World;
useWorld((opened) => {
  world = opened;
});

type Step =
  | Readonly<{ what: 'accrue'; amount: bigint }>
  | Readonly<{ what: 'hold' | 'let go'; which: number }>
  | Readonly<{ what: 'look'; many: number }>;
const which = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    // Most of it so little that more legs than a settlement takes are needed.
    arbitrary: fc.record({
      what: fc.constant('accrue' as const),
      amount: fc.oneof(fc.bigInt({ min: 1n, max: MINIMUM / 3n }), fc.bigInt({ min: 1n, max: MINIMUM - 1n })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('hold' as const, 'let go' as const), which }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('look' as const), many: fc.integer({ min: 1, max: 3 }) }) },
);

/** What is accrued for an account and in no settlement; and of that, oldest first, what no hold keeps out. */
async function waiting(destinationId: string): Promise<{ all: bigint; free: bigint[] }> {
  const rows = await world.db
    .select({ amount: leg.amount, isHeld: sql<boolean>`${hold.id} IS NOT NULL` })
    .from(leg)
    .leftJoin(settlementItem, eq(settlementItem.legId, leg.id))
    .leftJoin(hold, and(eq(hold.paymentId, leg.paymentId), isNull(hold.closedAt)))
    .where(and(eq(leg.destinationId, destinationId), eq(leg.state, 'accrued'), isNull(settlementItem.legId)))
    .orderBy(leg.createdAt, leg.id);
  return {
    all: total(rows.map(({ amount }) => amount)),
    free: rows.filter(({ isHeld }) => !isHeld).map(({ amount }) => amount),
  };
}
const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n);

/** What is settled of these, one settlement after the other: the oldest of them, and no more than it takes unless more are needed. */
function settledOf(free: readonly bigint[], mostLegs: number): { made: bigint[]; left: bigint[] } {
  if (total(free) < MINIMUM) return { made: [], left: [...free] };
  const needed = free.findIndex((_, at) => total(free.slice(0, at + 1)) >= MINIMUM) + 1;
  const taken = Math.max(needed, mostLegs);
  const { made, left } = settledOf(free.slice(taken), mostLegs);
  return { made: [total(free.slice(0, taken)), ...made], left };
}

/** Each settlement of somebody, with what it is over and what its items come to. */
async function settlements(userId: string): Promise<{ amount: bigint; items: bigint }[]> {
  const { rows } = await world.db.execute<{ amount: string; items: string }>(sql`
    SELECT p.amount_centavos::text AS amount, sum(a.amount_centavos)::text AS items FROM reactor.payment p
    JOIN reactor.leg l ON l.payment_id = p.id JOIN reactor.settlement_item i ON i.settlement_leg_id = l.id JOIN reactor.leg a ON a.id = i.leg_id
    WHERE p.kind = 'settlement' AND p.recipient_id = ${userId} GROUP BY p.id`);
  return rows.map(({ amount, items }) => ({ amount: BigInt(amount), items: BigInt(items) }));
}

test('what has accrued is settled as soon as it is enough and somebody looks, each leg in one settlement, to the centavo', {
  timeout: 240_000,
}, async () => {
  let [settled, beyond] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 4, maxLength: 14 }),
      fc.integer({ min: 1, max: 6 }),
      async (steps, mostLegs) => {
        const account = await givenAccount(world);
        const { userId, destinationId } = account;
        const payments: string[] = [];
        let accrued = 0n;
        const assertSound = async () => {
          const made = await settlements(userId);
          for (const { amount, items } of made) {
            expect(amount).toBeGreaterThanOrEqual(MINIMUM);
            expect(amount).toBe(items);
          }
          const { all } = await waiting(destinationId);
          // What is owed is in one settlement, or waits: never in two, and never in none.
          expect(made.reduce((sum, { amount }) => sum + amount, 0n) + all).toBe(accrued);
          const { rows } = await world.db.execute<{ owed: string }>(sql`
          SELECT coalesce(sum(posted + pending), 0)::text AS owed FROM reactor.ledger_balance
          WHERE account = 'payable' AND owner = ${`destination:${destinationId}`} AND currency = 'MXN'`);
          expect(-BigInt(rows[0]?.owed ?? 0)).toBe(all);
          return made.length;
        };
        const tend = () => tendDestination(world.ctx, destinationId, mostLegs);
        const look = async (many: number) => {
          const { free } = await waiting(destinationId);
          const expected = settledOf(free, mostLegs);
          const before = await assertSound();
          expect(await isEnoughAccrued(world.ctx, destinationId)).toBe(expected.made.length > 0);
          if (expected.made.length > 0 && total(free.slice(0, mostLegs)) < MINIMUM) beyond++;
          await Promise.all(Array.from({ length: many }, tend));
          // Each look makes one more, for as long as what is left is enough.
          let made: number;
          do {
            made = await assertSound();
            await tend();
          } while ((await assertSound()) > made);
          expect((await assertSound()) - before).toBe(expected.made.length);
          expect((await waiting(destinationId)).free).toEqual(expected.left);
        };
        for (const one of steps) {
          if (one.what === 'look') await look(one.many);
          else if (one.what === 'accrue') {
            const { paymentId } = await givenRefund(world, account, one.amount);
            await advance(world.ctx, { wallet: () => undefined }, paymentId);
            payments.push(paymentId);
            accrued += one.amount;
          } else {
            const paymentId = payments[one.which % Math.max(payments.length, 1)];
            if (!paymentId) continue;
            const open = and(eq(hold.paymentId, paymentId), isNull(hold.closedAt));
            const why = { kind: 'hold', reasonCode: 'drill', sentence: 'is looked into', owner: 'operations' } as const;
            if (one.what === 'let go') await world.db.update(hold).set({ closedAt: new Date() }).where(open);
            else if ((await world.db.$count(hold, open)) === 0)
              await world.db.insert(hold).values({ id: randomUUID(), paymentId, ...why });
          }
          await assertSound();
        }
        // Once nothing is held any more, only what is not enough is left.
        if (payments.length > 0)
          await world.db
            .update(hold)
            .set({ closedAt: new Date() })
            .where(and(inArray(hold.paymentId, payments), isNull(hold.closedAt)));
        await look(2);
        expect((await waiting(destinationId)).all).toBeLessThan(MINIMUM);
        settled += await world.db.$count(payment, and(eq(payment.kind, 'settlement'), eq(payment.recipientId, userId)));
      },
    ),
    {
      numRuns: RUNS,
      examples: [
        [
          [
            ...Array.from({ length: 12 }, () => ({ what: 'accrue', amount: MINIMUM / 9n }) as const),
            { what: 'look', many: 2 },
          ],
          2,
        ],
      ],
    },
  );
  expect(settled).toBeGreaterThan(RUNS / 5);
  expect(beyond, 'settlements of more legs than one usually takes').toBeGreaterThan(0);
});
