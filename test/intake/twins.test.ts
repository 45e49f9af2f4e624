import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { junoDeposit, suspense } from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { compareSights, type Sight } from '../../src/reactor/intake/twins.ts';
import { useIntakeWorld } from './use-world.ts';
import { PAYOUT } from './world.ts';

const here = useIntakeWorld({ hasBitso: true });
// What was there before the first look is nobody's return.
beforeEach(() => here.world.look());

const LONG_S = 130;

const refund = (redemption: string) =>
  here.desk.movement('1500.00', { id: redemption, funding: { transaction_id: redemption } });
/** The balances of one return of a leg, and nothing else. */
const returnOf = (id: string) => ({ [`returned ${id} MXN`]: '150000', [`liability ${id} MXN`]: '-150000' });

describe('one return in two lists is booked once', () => {
  test('when its deposit comes without a name, long after a movement that names its payout', async () => {
    const { payer, id } = await here.world.paid('r1');
    refund('r1');
    await here.world.look();
    await here.world.age(31);
    await here.world.look();
    expect(await here.world.stateOf(id)).toBe('payout_returned');
    const deposit = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    for (let n = 0; n < 3; n++) await here.world.look();
    expect(await here.world.claimsOf(deposit)).toEqual([]);
    expect(await here.world.balances()).toEqual(returnOf(id));
    expect(here.world.logged.filter((line) => line.includes('deposit_taken_for_another'))).toHaveLength(1);
    // Where its MXNB goes is told by the deposit alone.
    here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.age(660);
    await here.world.look();
    expect(await here.world.balances()).toMatchObject({ [`juno_pool ${id} MXNB`]: '1500000000' });
  });

  test('when the movement that names its payout comes after the deposit that does not', async () => {
    const { payer, id } = await here.world.paid('r1');
    here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    await here.world.look();
    expect(await here.world.stateOf(id)).toBe('payout_returned');
    refund('r1');
    await here.world.look();
    await here.world.age(LONG_S);
    await here.world.look();
    expect(await here.world.balances()).toEqual(returnOf(id));
  });

  test('when Bitso and Juno call it differently and show no tracking key', async () => {
    const { payer, id } = await here.world.paid('w1', 'bitso_payout');
    const item = { receiver_clabe: payer.depositClabe, amount: '1500.00', status: 'complete' };
    here.desk.bitsoReturns.push({ fid: 'at bitso', ...item, refunded_withdrawal: { wid: 'w1' } });
    await here.world.look();
    expect(await here.world.stateOf(id)).toBe('payout_returned');
    here.desk.deposit(payer.depositClabe, '1500.00', { fid: 'at juno', isRefund: true });
    await here.world.look();
    expect(await here.world.claimsOf('at juno')).toEqual([]);
    expect(await here.world.balances()).toEqual(returnOf(id));
  });

  test('and two of one amount are two', async () => {
    const [one, two] = [await here.world.paid('r1'), await here.world.paid('r2')];
    refund('r1');
    await here.world.look();
    await here.world.age(31);
    await here.world.look();
    refund('r2');
    await here.world.look();
    await here.world.age(31);
    await here.world.look();
    expect([await here.world.stateOf(one.id), await here.world.stateOf(two.id)]).toEqual([
      'payout_returned',
      'payout_returned',
    ]);
    for (const { payer } of [one, two]) here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    for (let n = 0; n < 2; n++) await here.world.look();
    expect(await here.world.balances()).toEqual({ ...returnOf(one.id), ...returnOf(two.id) });
    const third = here.desk.deposit(one.payer.depositClabe, '1500.00', { isRefund: true });
    await here.world.look();
    expect(await here.world.suspenseOf(third)).toMatchObject({ reason: 'returned' });
  });

  test('what no list says to be a return is nobody’s twin', async () => {
    const { payer, recipient, id } = await here.world.paid('r1');
    refund('r1');
    await here.world.look();
    await here.world.age(31);
    await here.world.look();
    const waiting = await here.world.createPayment({ payer, recipient }, '1500.00');
    const deposit = here.desk.deposit(payer.depositClabe, '1500.00');
    await here.world.look();
    expect(await here.world.claimsOf(deposit)).toMatchObject([{ detail: { paymentId: waiting } }]);
    expect(await here.world.stateOf(id)).toBe('payout_returned');
  });

  test('the database lets nobody claim another sight of a deposit', async () => {
    const { payer } = await here.world.paid('r1');
    refund('r1');
    await here.world.look();
    await here.world.age(31);
    await here.world.look();
    const deposit = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true });
    await here.world.look();
    const claim = `INSERT INTO reactor.evidence (source, external_id, subject_kind, subject_id) VALUES ('juno_deposit', '${deposit}', 'leg', 'x')`;
    await expect(here.world.db.execute(claim)).rejects.toMatchObject({ cause: { code: '23514' } });
  });
});

describe('two sights', () => {
  const maybe = fc.option(fc.constantFrom('one', 'two'));
  const sight: fc.Arbitrary<Sight> = fc.record({
    amount: fc.bigInt({ min: 1n, max: 2n }),
    clabe: maybe,
    senderClabe: fc.constantFrom(null, '12', '1*', '*2', '22'),
    trackingKey: maybe,
    payout: fc.array(fc.constantFrom('wid', 'origin'), { maxLength: 2 }),
  });

  test('are compared alike from either side, and never are one of two amounts', () => {
    fc.assert(
      fc.property(sight, sight, (a, b) => {
        expect(compareSights(a, b)).toBe(compareSights(b, a));
        if (a.amount !== b.amount) expect(compareSights(a, b)).toBe('no');
        if (compareSights(a, b) === 'maybe' && a.clabe && b.clabe) expect(a.clabe).toBe(b.clabe);
      }),
    );
  });
});

describe('money that only the history of movements shows', () => {
  const suspended = () => here.world.db.select().from(suspense);

  test('goes to suspense, is told, and its ISSUANCE with it', async () => {
    const { payer, id } = await here.world.paid('r1');
    const movement = here.desk.movement('1500.00');
    await here.world.look();
    expect(await suspended()).toEqual([]);
    await here.world.age(LONG_S);
    await here.world.look();
    expect(await suspended()).toMatchObject([{ depositId: `movement:${movement}`, reason: 'unexplained' }]);
    expect(await here.world.stateOf(id)).toBe('completed');
    expect(await here.world.balances()).toEqual({ 'spei_in general MXN': '150000', 'suspense general MXN': '-150000' });
    expect(here.world.logged.some((line) => line.includes('deposit_in_suspense') && line.includes('unexplained'))).toBe(
      true,
    );
    const issuance = here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.age(660);
    await here.world.look();
    expect(await suspended()).toMatchObject([{ issuanceId: issuance }]);
  });

  test('waits no longer than the settings say, and its ISSUANCE neither', async () => {
    const { payer } = await here.world.paid('r1');
    await here.world.look();
    const { ctx } = here.world;
    const lookWith = (movement_s: number, issuance_s: number) =>
      intake({
        ...ctx,
        settings: { ...ctx.settings, junoMovementPatience_s: movement_s, junoIssuancePatience_s: issuance_s },
      });
    here.desk.movement('1500.00');
    const issuance = here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.age(60);
    await lookWith(61, 61);
    expect(await suspended()).toEqual([]);
    await lookWith(59, 61);
    await lookWith(59, 61);
    expect(await suspended()).toMatchObject([{ reason: 'unexplained', issuanceId: null }]);
    await lookWith(59, 59);
    expect(await suspended()).toMatchObject([{ reason: 'unexplained', issuanceId: issuance }]);
  });

  test('leaves suspense when a list that lagged shows the deposit, which then pays its payment', async () => {
    const people = await here.world.people();
    const waiting = await here.world.createPayment(people, '1500.00');
    const movement = here.desk.movement('1500.00');
    await here.world.look();
    await here.world.age(LONG_S);
    await here.world.look();
    const deposit = here.desk.deposit(people.payer.depositClabe, '1500.00');
    here.desk.issue(people.payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.look();
    expect(await suspended()).toMatchObject([
      { depositId: `movement:${movement}`, explainedBy: `deposit:${deposit}`, closedAt: expect.any(Date) },
    ]);
    expect(await here.world.stateOf(waiting)).toBe('deposited');
    expect(Object.keys(await here.world.balances()).filter((name) => !name.includes(waiting))).toEqual([]);
  });

  test('is nothing new where it shows a transaction or a deposit that is known, or was there before the first look', async () => {
    const people = await here.world.people();
    await here.world.createPayment(people, '1500.00');
    here.desk.deposit(people.payer.depositClabe, '1500.00');
    const issuance = here.desk.issue(people.payer.depositClabe, '1500.00');
    await here.world.look();
    refund(issuance);
    await here.world.createPayment(people, '1600.00');
    here.desk.deposit(people.payer.depositClabe, '1600.00');
    here.desk.movement('1600.00');
    for (let n = 0; n < 2; n++) {
      await here.world.look();
      await here.world.age(LONG_S);
    }
    await here.world.look();
    expect(await suspended()).toEqual([]);
    // The deposit whose ISSUANCE a movement named is shown; another of its amount is something else.
    const other = here.desk.movement('1500.00');
    await here.world.look();
    await here.world.age(LONG_S);
    await here.world.look();
    expect(await suspended()).toMatchObject([{ depositId: `movement:${other}` }]);
  });

  test('is no payer’s deposit although all is read at once, newest first: the ISSUANCE that came after it has shown that one', async () => {
    const people = await here.world.people();
    await here.world.createPayment(people, '1500.00');
    here.desk.deposit(people.payer.depositClabe, '1500.00');
    refund(here.desk.issue(people.payer.depositClabe, '1500.00'));
    const returned = here.desk.movement('1500.00', { funding: { tracking_key: 'RETURN' } });
    here.desk.fails.add('financial_movements');
    await here.world.look();
    here.desk.fails.clear();
    await here.world.look();
    await here.world.age(LONG_S);
    await here.world.look();
    expect(await suspended()).toMatchObject([{ depositId: `movement:${returned}`, reason: 'unexplained' }]);
  });

  test('in another currency is told, and moves no money', async () => {
    here.desk.movement('100.00', { currency: 'USD' });
    here.desk.movement('100.00', { currency: 'MXNB' });
    await here.world.look();
    await here.world.age(LONG_S);
    for (let n = 0; n < 2; n++) await here.world.look();
    expect(await suspended()).toEqual([]);
    expect(here.world.logged.filter((line) => line.includes('movement_unexplained'))).toHaveLength(2);
  });
});

describe('an ISSUANCE that nobody claims', () => {
  test('goes to suspense after its bound, and a deposit that comes later still is its twin', async () => {
    const people = await here.world.people();
    const clabe = people.payer.depositClabe;
    const issuance = here.desk.issue(clabe, '1500.00');
    await here.world.look();
    await here.world.age(3_000);
    await here.world.look();
    expect(await here.world.db.select().from(suspense)).toEqual([]);
    await here.world.age(3_700);
    await here.world.look();
    const item = { depositId: `issuance:${issuance}`, reason: 'unexplained', issuanceId: issuance, closedAt: null };
    expect(await here.world.db.select().from(suspense)).toMatchObject([item]);
    const booked = { 'juno_pool general MXNB': '1500000000', 'suspense general MXN': '-150000' };
    expect(await here.world.balances()).toMatchObject(booked);
    here.desk.deposit(clabe, '1500.00');
    await here.world.look();
    expect(await here.world.db.select().from(suspense)).toMatchObject([item]);
    expect(await here.world.balances()).toMatchObject(booked);
    const rows = await here.world.db.select().from(junoDeposit);
    expect(rows.filter(({ twinOf }) => twinOf !== null)).toHaveLength(1);
  });
});
