import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { junoDeposit, junoTransaction } from '../../src/reactor/db/schema.ts';
import { useIntakeWorld } from './use-world.ts';

const here = useIntakeWorld({ hasBitso: true });
beforeEach(() => here.world.look());

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
    const { payer, recipient, id } = await here.world.paid('w1', 'bitso_payout');
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
    expect(await here.world.stateOf(id)).toBe('payout_returned');
  });

  test('nothing becomes a payment by standing terms, and after an hour a person is asked', async () => {
    const { payer } = await here.world.paid('w1', 'bitso_payout');
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

describe('while a list of Juno cannot be read', () => {
  test('that of the deposits, the others are, and nothing is called unexplained for want of it', async () => {
    const { payer } = await here.world.paid('w1', 'bitso_payout');
    const issuance = here.desk.issue(payer.depositClabe, '1500.00');
    here.desk.fails.add('/spei/v1/deposits');
    await expect(here.world.look()).rejects.toThrow(/deposits/);
    const known = () => here.world.db.select().from(junoTransaction).where(eq(junoTransaction.id, issuance));
    expect(await known()).toHaveLength(1);
    await here.world.age(2 * 3_600);
    await expect(here.world.look()).rejects.toThrow(/deposits/);
    expect(await here.world.suspenseOf(`issuance:${issuance}`)).toBeUndefined();
    here.desk.fails.clear();
    await here.world.age(2 * 3_600);
    await here.world.look();
    expect(await here.world.suspenseOf(`issuance:${issuance}`)).toBeDefined();
  });

  test('that of the returns, no deposit is taken for a payment’s own, and the others are read', async () => {
    const { payer, recipient } = await here.world.paid('w1', 'bitso_payout');
    const waiting = await here.world.createPayment({ payer, recipient }, '1600.00');
    const deposit = here.desk.deposit(payer.depositClabe, '1600.00');
    const issuance = here.desk.issue(payer.depositClabe, '1600.00');
    here.desk.fails.add('only_refunds');
    await expect(here.world.look()).rejects.toThrow(/deposits/);
    expect(await here.world.claimsOf(deposit)).toEqual([]);
    expect(await here.world.db.$count(junoTransaction, eq(junoTransaction.id, issuance))).toBe(1);
    here.desk.fails.clear();
    await here.world.look();
    expect(await here.world.claimsOf(deposit)).toMatchObject([{ detail: { paymentId: waiting } }]);
  });

  test('that of the transactions, deposits are given to whom they belong', async () => {
    const { payer, recipient } = await here.world.paid('w1', 'bitso_payout');
    const waiting = await here.world.createPayment({ payer, recipient }, '1600.00');
    const deposit = here.desk.deposit(payer.depositClabe, '1600.00');
    here.desk.fails.add('/mint_platform/v1/transactions');
    await expect(here.world.look()).rejects.toThrow(/transactions/);
    expect(await here.world.claimsOf(deposit)).toMatchObject([{ detail: { paymentId: waiting } }]);
  });
});

test('a deposit that never ends is told to people, and looked for ever more rarely', async () => {
  const { payer } = await here.world.people();
  here.desk.deposit(payer.depositClabe, '55.00', { fid: 'odd', status: 'REJECTED' });
  for (let n = 0; n < 2; n++) await here.world.look();
  const strange = here.world.logged.filter((line) => line.includes('deposit_status_unknown'));
  expect(strange).toEqual([expect.stringContaining('REJECTED')]);
  await here.world.db.update(junoDeposit).set({ observedAt: sql`clock_timestamp() - interval '90 days'` });
  const told = () => here.world.logged.filter((line) => line.includes('deposit_not_ended'));
  const daysBack = async () => {
    here.desk.urls.length = 0;
    await here.world.look();
    const starts = here.desk.urls.flatMap((url) => new URL(url, 'http://desk').searchParams.get('start_date') ?? []);
    return starts.map((start) => Math.round((Date.now() - Date.parse(start)) / 86_400_000));
  };
  // Both lists once, and then not before a forty-eighth of its age is over.
  expect((await daysBack()).filter((days) => days > 90)).toHaveLength(2);
  expect(told()).toHaveLength(1);
  expect((await daysBack()).filter((days) => days > 4)).toEqual([]);
  await here.world.db.execute(sql`
    UPDATE reactor.heartbeat SET detail = jsonb_set(detail, '{deepAt}', to_jsonb(now() - interval '46 hours')) WHERE name = 'intake:deposits'`);
  Object.assign(here.desk.deposits[0] ?? {}, { status: 'FAILED' });
  expect((await daysBack()).filter((days) => days > 90)).toHaveLength(1);
  expect(told()).toHaveLength(2);
  await here.world.db.execute(sql`UPDATE reactor.heartbeat SET detail = '{}' WHERE name = 'intake:deposits'`);
  expect((await daysBack()).filter((days) => days > 4)).toEqual([]);
});

describe('a return in suspense whose payout is named later', () => {
  test('goes to that payout, and its ISSUANCE after it', async () => {
    const { payer, id } = await here.world.paid('r1', 'juno_redemption');
    const returned = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    await here.world.look();
    expect(await here.world.suspenseOf(returned)).toMatchObject({ reason: 'returned' });
    here.desk.movement('1500.00', { id: 'r1', funding: { transaction_id: 'r1' } });
    await here.world.look();
    expect(await here.world.stateOf(id)).toBe('payout_returned');
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
    const { payer, id } = await here.world.paid('w1', 'bitso_payout');
    const returned = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.age(660);
    await here.world.look();
    expect((await here.world.suspenseOf(returned))?.issuanceId).not.toBeNull();
    bitsoNames(returned, 'w1', payer.depositClabe);
    for (let n = 0; n < 2; n++) await here.world.look();
    expect(await here.world.stateOf(id)).toBe('payout_returned');
    const owners = Object.keys(await here.world.balances()).map((name) => name.split(' ')[1]);
    expect([...new Set(owners)]).toEqual([id]);
    expect(await here.world.balances()).toMatchObject({ [`juno_pool ${id} MXNB`]: '1500000000' });
  });

  test('stays with people where the payout has its return already', async () => {
    const { payer, id } = await here.world.paid('w1', 'bitso_payout');
    bitsoNames('first', 'w1', payer.depositClabe);
    await here.world.look();
    expect(await here.world.stateOf(id)).toBe('payout_returned');
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
