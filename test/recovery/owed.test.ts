/** A refund that was ordered before the backup, or a settlement of what had accrued, that was made and paid after it: it is joined, and paid once. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import { destination, effect, guardSwitch, leg, payment } from '../../src/reactor/db/schema.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { payersOf } from '../../src/reactor/recovery/owed.ts';
import { orderRefund } from '../../src/reactor/replace/refund.ts';
import { tendDestination } from '../../src/reactor/settlement/tend.ts';
import { takeBackup } from '../support/backup.ts';
import { givePayment } from '../support/fixtures.ts';
import { givenAccount, givenAtJuno, givenImmediate, useRestored } from './use-restored.ts';

const here = useRestored();
const advanceIt = async (paymentId: string, times = 3) => {
  for (let n = 0; n < times; n++) await advance(here.ctx, { wallet: () => undefined }, paymentId);
};
const recovered = async () => (await checkForLostActs(here.ctx)) !== null && (await here.run());
/** What left, and the legs that it left for. */
const paidFor = () =>
  here.rail.db
    .select({ legId: leg.id, kind: leg.kind, state: effect.state, key: effect.key, id: effect.externalId })
    .from(effect)
    .innerJoin(leg, sql`${leg.id}::text = ${effect.subjectId}`)
    .where(eq(effect.kind, 'juno_redemption'));

test('what went back to the payer since the backup is the ordered refund’s: it is neither set aside nor sent back again', async () => {
  const { rail, ctx, run } = here;
  const { paymentId, payerId, amount } = await givenImmediate(rail);
  const destinationId = await givenAccount(rail, payerId, '646180110400000007');
  await rail.db.transaction((tx) =>
    orderRefund(tx, ctx, { paymentId, what: 'full', destinationId, cause: 'two people' }),
  );
  const backup = await takeBackup(rail.databaseUrl);
  await advanceIt(paymentId);
  const [before] = await paidFor();
  expect(before).toMatchObject({ kind: 'refund', state: 'confirmed' });
  await backup.restore();
  expect(await checkForLostActs(ctx)).toContain('1 withdrawals or redemptions at Juno');
  const act = before?.id ?? '';
  expect(await run({ dryRun: true })).toMatchObject({
    left: [],
    adopted: [{ act, paymentId, kind: 'juno_redemption' }],
  });
  await expect(run({ notOurs: [act] })).rejects.toThrow('none of the acts that are left');
  expect(await run()).toMatchObject({ state: 'clear', left: [], waiting: 0, adopted: [{ act, paymentId }] });
  expect(await paidFor()).toEqual([before]);
  await advanceIt(paymentId);
  expect(await rail.at('REDEMPTION', amount)).toHaveLength(1);
});

test.each([
  { of: 'had accrued', wasLooked: true },
  { of: 'was about to accrue', wasLooked: false },
])('a settlement of what $of, paid since the backup, is joined and not paid again', async ({ wasLooked }) => {
  const { rail, ctx, run } = here;
  await recovered();
  const { payerId } = await givePayment(rail.db, {});
  const destinationId = await givenAccount(rail, payerId);
  const small = [
    await givenAtJuno(rail, 'refund', { amount: 6_100n, destinationId }),
    await givenAtJuno(rail, 'refund', { amount: wasLooked ? 7_011n : 7_013n, destinationId }),
  ];
  const total = centavos(small.reduce((sum, { amount }) => sum + amount.units, 0n));
  const look = async () => {
    for (const { paymentId } of small) await advanceIt(paymentId, 1);
  };
  if (wasLooked) await look();
  const backup = await takeBackup(rail.databaseUrl);
  const settle = async () => {
    await look();
    await tendDestination(ctx, destinationId);
    const made = await rail.db.select().from(payment).where(eq(payment.kind, 'settlement'));
    for (const { id } of made) await advanceIt(id);
    await look();
  };
  await settle();
  expect(await rail.at('REDEMPTION', total)).toHaveLength(1);
  const before = (await paidFor()).filter(({ kind }) => kind === 'settlement');
  await backup.restore();
  expect(await checkForLostActs(ctx)).toContain('1 withdrawals or redemptions at Juno');
  await expect(run({ notOurs: before.map(({ id }) => id ?? '').slice(-1) })).rejects.toThrow('none of the acts');
  expect(await run()).toMatchObject({ state: 'clear', left: [], waiting: 0 });
  expect((await paidFor()).filter(({ kind }) => kind === 'settlement')).toEqual(before);
  await settle();
  expect(await rail.at('REDEMPTION', total)).toHaveLength(1);
  const states = await rail.db.select({ state: leg.state }).from(leg).where(eq(leg.destinationId, destinationId));
  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['completed']));
});

test('what went to an account that is owed small sums is set aside only once nothing more can be paid to whose it is', async () => {
  const { rail, ctx, run } = here;
  await recovered();
  const { payerId } = await givePayment(rail.db, {});
  const destinationId = await givenAccount(rail, payerId, '646180110400000007');
  const { paymentId } = await givenAtJuno(rail, 'refund', { amount: 6_100n, destinationId });
  await advanceIt(paymentId, 1);
  // A settlement of this sum and of one that the backup does not have, or something else.
  const [account] = await rail.db.select().from(destination).where(eq(destination.id, destinationId));
  const body = { amount: '131.00', destination_bank_account_id: account?.junoAccountId ?? '' };
  const made = await rail.sandbox.redeem(body);
  const notOurs: string[] = [made.body['payload'].id];
  expect(await checkForLostActs(ctx)).not.toBeNull();
  await expect(run({ notOurs })).rejects.toMatchObject({
    problem: { detail: expect.stringContaining(`kustodia guard stop user:${payerId}`) },
  });
  expect((await run()).left.map(({ act }) => act)).toEqual(notOurs);
  const stopped = { isStopped: true, reason: 'it may have been paid' };
  await rail.db
    .update(guardSwitch)
    .set(stopped)
    .where(eq(guardSwitch.name, `user:${payerId}`));
  expect(await run({ notOurs })).toMatchObject({ state: 'clear', left: [] });
});

test('what is of another amount or account paid no debt, and each debt is paid once', () => {
  const act = (id: string, given: object = {}) =>
    ({
      ...{ source: 'juno', id, type: 'REDEMPTION', centavos: 500n, at: null, address: null, clabe: '1', raw: '' },
      ...given,
    }) as const;
  const by = { is: 'replacement', paymentId: randomUUID(), legId: 'leg' } as const;
  const debt = { centavos: 500n, rail: 'bank_redemption', clabe: '1', accountId: 'a', by } as const;
  const taken = (acts: object[], debts: object[]) =>
    payersOf(acts as never, debts as never).map((one) => ('id' in one.act ? one.act.id : ''));
  expect(taken([act('less', { centavos: 499n }), act('else', { clabe: '2' }), act('a'), act('b')], [debt])).toEqual([
    'a',
  ]);
  const settlement = (centavos: bigint) => ({
    ...debt,
    centavos,
    by: { is: 'settlement', destinationId: 'd', legs: [] },
  });
  expect(taken([act('a'), act('b', { centavos: 600n })], [settlement(500n), settlement(600n)])).toEqual(['a']);
});
