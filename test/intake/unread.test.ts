import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { junoDeposit } from '../../src/reactor/db/schema.ts';
import { useIntakeWorld } from './use-world.ts';

const here = useIntakeWorld({ hasBitso: true });
beforeEach(() => here.world.look());

const stateOf = async (paymentId: string) => (await here.world.legOf(paymentId)).state;

const paid = async (name: string, kind: 'juno_redemption' | 'bitso_payout') => {
  const people = await here.world.people();
  const id = await here.world.createPayment(people, '1500.00');
  await here.world.complete(id);
  await here.world.paidBy(id, name, kind);
  return { ...people, id };
};
const bitsoNames = (fid: string, wid: string, clabe: string) =>
  here.desk.bitsoReturns.push({
    ...{ fid, receiver_clabe: clabe, amount: '1500.00', status: 'complete' },
    refunded_withdrawal: { wid },
  });

describe('while a list of returns cannot be read', () => {
  test.each([
    ['Bitso’s', '/spei/v2/deposits'],
    ['the movements', 'financial_movements'],
  ])('a return without a name is given to nobody: %s', async (_, path) => {
    const { payer, recipient, id } = await paid('w1', 'bitso_payout');
    const waiting = await here.world.createPayment({ payer, recipient }, '1600.00');
    here.desk.fails.add(path);
    const returned = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    const deposit = here.desk.deposit(payer.depositClabe, '1600.00');
    await here.world.look();
    expect(await here.world.claimsOf(returned)).toEqual([]);
    // What a payment waits for is no return of anything.
    expect(await here.world.claimsOf(deposit)).toMatchObject([{ detail: { paymentId: waiting } }]);
    here.desk.fails.clear();
    bitsoNames(returned, 'w1', payer.depositClabe);
    await here.world.look();
    expect(await here.world.claimsOf(returned)).toMatchObject([{ detail: { paymentId: id, isReturn: true } }]);
    expect(await stateOf(id)).toBe('payout_returned');
  });

  test('nothing becomes a payment by standing terms, and after an hour a person is asked', async () => {
    const { payer } = await paid('w1', 'bitso_payout');
    here.desk.fails.add('/spei/v2/deposits');
    const returned = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    const other = here.desk.deposit(payer.depositClabe, '700.00');
    await here.world.look();
    expect([await here.world.claimsOf(returned), await here.world.claimsOf(other)]).toEqual([[], []]);
    await here.world.db.update(junoDeposit).set({ observedAt: sql`clock_timestamp() - interval '61 minutes'` });
    await here.world.look();
    expect(await here.world.suspenseOf(returned)).toMatchObject({ reason: 'returned' });
    expect(await here.world.suspenseOf(other)).toMatchObject({ reason: 'no_open_payment' });
  });
});

describe('a return in suspense whose payout is named later', () => {
  test('goes to that payout, and its ISSUANCE after it', async () => {
    const { payer, id } = await paid('r1', 'juno_redemption');
    const returned = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    await here.world.look();
    expect(await here.world.suspenseOf(returned)).toMatchObject({ reason: 'returned' });
    here.desk.movement('1500.00', { id: 'r1', funding: { transaction_id: 'r1' } });
    await here.world.look();
    expect(await stateOf(id)).toBe('payout_returned');
    expect(await here.world.suspenseOf(returned)).toMatchObject({
      explainedBy: `leg:${(await here.world.legOf(id)).id}`,
    });
    expect(await here.world.balances()).toEqual({
      [`returned ${id} MXN`]: '150000',
      [`liability ${id} MXN`]: '-150000',
    });
    here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.age(660);
    await here.world.look();
    expect(await here.world.balances()).toMatchObject({ [`juno_pool ${id} MXNB`]: '1500000000' });
  });

  test('takes the MXNB with it that was issued meanwhile', async () => {
    const { payer, id } = await paid('w1', 'bitso_payout');
    const returned = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.age(660);
    await here.world.look();
    expect((await here.world.suspenseOf(returned))?.issuanceId).not.toBeNull();
    bitsoNames(returned, 'w1', payer.depositClabe);
    for (let n = 0; n < 2; n++) await here.world.look();
    expect(await stateOf(id)).toBe('payout_returned');
    const owners = Object.keys(await here.world.balances()).map((name) => name.split(' ')[1]);
    expect([...new Set(owners)]).toEqual([id]);
    expect(await here.world.balances()).toMatchObject({ [`juno_pool ${id} MXNB`]: '1500000000' });
  });

  test('stays with people where the payout has its return already', async () => {
    const { payer, id } = await paid('w1', 'bitso_payout');
    bitsoNames('first', 'w1', payer.depositClabe);
    await here.world.look();
    expect(await stateOf(id)).toBe('payout_returned');
    const [row] = await here.world.db.select().from(junoDeposit).where(eq(junoDeposit.id, 'first'));
    expect(row?.seenIn).toEqual(['bitso']);
    here.desk.deposit(payer.depositClabe, '1500.00', { fid: 'second', isRefund: true });
    await here.world.look();
    here.desk.deposit(payer.depositClabe, '1500.00', { fid: 'third', isRefund: true });
    await here.world.look();
    bitsoNames('third', 'w1', payer.depositClabe);
    for (let n = 0; n < 2; n++) await here.world.look();
    expect(await here.world.suspenseOf('third')).toMatchObject({ reason: 'returned', closedAt: null });
  });
});
