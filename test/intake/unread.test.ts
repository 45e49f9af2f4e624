import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { junoDeposit } from '../../src/reactor/db/schema.ts';
import { startPostgres } from '../support/postgres.ts';
import { openDesk } from './desk.ts';
import { type IntakeWorld, openIntakeWorld } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let desk: Awaited<ReturnType<typeof openDesk>>;
let world: IntakeWorld;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  desk = await openDesk();
  world = await openIntakeWorld(await postgres.createDatabase(), desk.juno, desk.juno);
  await world.look();
});
afterEach(async () => {
  await world?.close();
  await desk?.close();
});

const stateOf = async (paymentId: string) => (await world.legOf(paymentId)).state;

const paid = async (name: string, kind: 'juno_redemption' | 'bitso_payout') => {
  const people = await world.people();
  const id = await world.createPayment(people, '1500.00');
  await world.complete(id);
  await world.paidBy(id, name, kind);
  return { ...people, id };
};
const bitsoNames = (fid: string, wid: string, clabe: string) =>
  desk.bitsoReturns.push({
    ...{ fid, receiver_clabe: clabe, amount: '1500.00', status: 'complete' },
    refunded_withdrawal: { wid },
  });

describe('while a list of returns cannot be read', () => {
  test.each([
    ['Bitso’s', '/spei/v2/deposits'],
    ['the movements', 'financial_movements'],
  ])('a return without a name is given to nobody: %s', async (_, path) => {
    const { payer, recipient, id } = await paid('w1', 'bitso_payout');
    const waiting = await world.createPayment({ payer, recipient }, '1600.00');
    desk.fails.add(path);
    const returned = desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    const deposit = desk.deposit(payer.depositClabe, '1600.00');
    await world.look();
    expect(await world.claimsOf(returned)).toEqual([]);
    // What a payment waits for is no return of anything.
    expect(await world.claimsOf(deposit)).toMatchObject([{ detail: { paymentId: waiting } }]);
    desk.fails.clear();
    bitsoNames(returned, 'w1', payer.depositClabe);
    await world.look();
    expect(await world.claimsOf(returned)).toMatchObject([{ detail: { paymentId: id, isReturn: true } }]);
    expect(await stateOf(id)).toBe('payout_returned');
  });

  test('nothing becomes a payment by standing terms, and after an hour a person is asked', async () => {
    const { payer } = await paid('w1', 'bitso_payout');
    desk.fails.add('/spei/v2/deposits');
    const returned = desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    const other = desk.deposit(payer.depositClabe, '700.00');
    await world.look();
    expect([await world.claimsOf(returned), await world.claimsOf(other)]).toEqual([[], []]);
    await world.db.update(junoDeposit).set({ observedAt: sql`clock_timestamp() - interval '61 minutes'` });
    await world.look();
    expect(await world.suspenseOf(returned)).toMatchObject({ reason: 'returned' });
    expect(await world.suspenseOf(other)).toMatchObject({ reason: 'no_open_payment' });
  });
});

describe('a return in suspense whose payout is named later', () => {
  test('goes to that payout, and its ISSUANCE after it', async () => {
    const { payer, id } = await paid('r1', 'juno_redemption');
    const returned = desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    await world.look();
    expect(await world.suspenseOf(returned)).toMatchObject({ reason: 'returned' });
    desk.movement('1500.00', { id: 'r1', funding: { transaction_id: 'r1' } });
    await world.look();
    expect(await stateOf(id)).toBe('payout_returned');
    expect(await world.suspenseOf(returned)).toMatchObject({ explainedBy: `leg:${(await world.legOf(id)).id}` });
    expect(await world.balances()).toEqual({ [`returned ${id} MXN`]: '150000', [`liability ${id} MXN`]: '-150000' });
    desk.issue(payer.depositClabe, '1500.00');
    await world.look();
    await world.age(660);
    await world.look();
    expect(await world.balances()).toMatchObject({ [`juno_pool ${id} MXNB`]: '1500000000' });
  });

  test('takes the MXNB with it that was issued meanwhile', async () => {
    const { payer, id } = await paid('w1', 'bitso_payout');
    const returned = desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    desk.issue(payer.depositClabe, '1500.00');
    await world.look();
    await world.age(660);
    await world.look();
    expect((await world.suspenseOf(returned))?.issuanceId).not.toBeNull();
    bitsoNames(returned, 'w1', payer.depositClabe);
    for (let n = 0; n < 2; n++) await world.look();
    expect(await stateOf(id)).toBe('payout_returned');
    const owners = Object.keys(await world.balances()).map((name) => name.split(' ')[1]);
    expect([...new Set(owners)]).toEqual([id]);
    expect(await world.balances()).toMatchObject({ [`juno_pool ${id} MXNB`]: '1500000000' });
  });

  test('stays with people where the payout has its return already', async () => {
    const { payer, id } = await paid('w1', 'bitso_payout');
    bitsoNames('first', 'w1', payer.depositClabe);
    await world.look();
    expect(await stateOf(id)).toBe('payout_returned');
    const [row] = await world.db.select().from(junoDeposit).where(eq(junoDeposit.id, 'first'));
    expect(row?.seenIn).toEqual(['bitso']);
    desk.deposit(payer.depositClabe, '1500.00', { fid: 'second', isRefund: true });
    await world.look();
    desk.deposit(payer.depositClabe, '1500.00', { fid: 'third', isRefund: true });
    await world.look();
    bitsoNames('third', 'w1', payer.depositClabe);
    for (let n = 0; n < 2; n++) await world.look();
    expect(await world.suspenseOf('third')).toMatchObject({ reason: 'returned', closedAt: null });
  });
});
