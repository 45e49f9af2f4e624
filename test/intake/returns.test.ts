import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { evidence, junoObservation, junoTransaction, ledgerEntry, payment } from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { startPostgres } from '../support/postgres.ts';
import { openDesk } from './desk.ts';
import { type IntakeWorld, openIntakeWorld, PAYOUT, SENDER } from './world.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let desk: Awaited<ReturnType<typeof openDesk>>;
let world: IntakeWorld;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  desk = await openDesk();
  world = await openIntakeWorld(await postgres.createDatabase(), desk.juno);
});
afterEach(async () => {
  await world?.close();
  await desk?.close();
});

const stateOf = async (paymentId: string) => (await world.legOf(paymentId)).state;
const reasonOf = async (depositId: string) => (await world.suspenseOf(depositId))?.reason;
describe('a payout that comes back', () => {
  const paid = async (amount = '1500.00') => {
    const people = await world.people();
    const id = await world.createPayment(people, amount);
    await world.complete(id);
    return { ...people, id };
  };

  test('is known by the list of returns alone, pays nobody who waits, and takes its leg out of its end', async () => {
    const { payer, recipient, id } = await paid();
    const waiting = await world.createPayment({ payer, recipient }, '1500.00');
    const returned = desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    await world.look();
    expect(await world.claimsOf(returned)).toMatchObject([{ detail: { paymentId: id, isReturn: true } }]);
    expect([await stateOf(id), await stateOf(waiting)]).toEqual(['payout_returned', 'requested']);
    expect((await world.legOf(id)).attentionCode).toBe('payout_returned');
    expect(await world.balances()).toEqual({ [`returned ${id} MXN`]: '150000', [`liability ${id} MXN`]: '-150000' });
  });

  test('is found by its parties only while one payout fits', async () => {
    const [one, two] = [await paid(), await paid()];
    const id = desk.deposit(one.payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    await world.look();
    expect(await reasonOf(id)).toBe('returned');
    expect([await stateOf(one.id), await stateOf(two.id)]).toEqual(['completed', 'completed']);
    expect(await world.balances()).toEqual({ 'returned general MXN': '150000', 'suspense general MXN': '-150000' });
  });

  test('is found by the tracking key that its evidence names, whoever else fits', async () => {
    const [one, two] = [await paid(), await paid()];
    const { id: legId } = await world.legOf(two.id);
    await world.db.insert(evidence).values({
      source: 'bitso',
      externalId: 'wid',
      subjectKind: 'leg',
      subjectId: legId,
      detail: { trackingKey: 'TK2' },
    });
    desk.deposit(one.payer.depositClabe, '1500.00', { refunded_withdrawal: { tracking_key: 'TK2' } });
    await world.look();
    expect([await stateOf(one.id), await stateOf(two.id)]).toEqual(['completed', 'payout_returned']);
  });

  test('a second return of the same payout is nobody’s', async () => {
    const { payer, id } = await paid();
    const given = { isRefund: true, sender_clabe: PAYOUT.clabe };
    desk.deposit(payer.depositClabe, '1500.00', given);
    await world.look();
    const second = desk.deposit(payer.depositClabe, '1500.00', given);
    await world.look();
    expect([await stateOf(id), await reasonOf(second)]).toEqual(['payout_returned', 'returned']);
  });

  test('its ISSUANCE goes to a deposit of the same CLABE and amount that waits; what nobody wants in ten minutes is its own', async () => {
    const { payer, recipient, id } = await paid();
    desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    const issuance = desk.issue(payer.depositClabe, '1500.00');
    await world.look();
    await world.look();
    const claims = () => world.db.select().from(evidence).where(eq(evidence.source, 'juno_transaction'));
    expect(await claims()).toEqual([]);
    const waiting = await world.createPayment({ payer, recipient }, '1500.00');
    desk.deposit(payer.depositClabe, '1500.00');
    await world.look();
    expect(await stateOf(waiting)).toBe('deposited');
    expect(await claims()).toMatchObject([{ externalId: issuance }]);
    const own = desk.issue(payer.depositClabe, '1500.00');
    await world.look();
    await world.db
      .update(junoTransaction)
      .set({ updatedAt: sql`now() - interval '11 minutes'` })
      .where(eq(junoTransaction.id, own));
    await world.look();
    expect((await claims()).map(({ externalId }) => externalId)).toContain(own);
    expect(await world.balances()).toMatchObject({ [`juno_pool ${id} MXNB`]: '1500000000' });
  });

  test('Juno refuses to issue it: raised once, and its ISSUANCE is nobody else’s', async () => {
    const { payer, id } = await paid();
    desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    const refused = desk.issue(payer.depositClabe, '1500.00', 'FAILED');
    await world.look();
    await world.db.update(junoTransaction).set({ updatedAt: sql`now() - interval '11 minutes'` });
    for (let n = 0; n < 3; n++) await world.look();
    expect(world.logged.filter((line) => line.includes('return_not_issued'))).toHaveLength(1);
    const claims = await world.db.select().from(evidence).where(eq(evidence.externalId, refused));
    expect(claims).toMatchObject([{ subjectId: (await world.legOf(id)).id }]);
    expect(await world.balances()).toMatchObject({ [`returned ${id} MXN`]: '150000' });
  });

  test('a wake-up that was lost is made up for at the next look', async () => {
    const { payer, id } = await paid();
    desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    await intake(world.ctx);
    const rung: string[] = [];
    await world.queue.work(async (job) => void rung.push(`${job.lane}:${job.id}`), { concurrency: 1 });
    await intake(world.ctx);
    expect(rung).toContain(`payment:${id}`);
  });

  test('a deposit that paid a payment and is called a return afterwards is raised, and nothing is taken back', async () => {
    const people = await world.people();
    const wanted = await world.createPayment(people, '1500.00');
    const id = desk.deposit(people.payer.depositClabe, '1500.00');
    await world.look();
    Object.assign(desk.deposits[0] ?? {}, { isRefund: true });
    await world.look();
    expect(await world.claimsOf(id)).toMatchObject([{ detail: { paymentId: wanted } }]);
    expect(world.logged.some((line) => line.includes('claimed_deposit_changed') && line.includes(id))).toBe(true);
  });
});

describe('a poison record', () => {
  test('that cannot be read is kept, raised once by its id alone, and the others go on', async () => {
    const people = await world.people();
    const wanted = await world.createPayment(people, '1500.00');
    desk.deposit(people.payer.depositClabe, 'a lot', { fid: 'poison', ...SENDER });
    desk.transactions.push({ id: 'odd' } as never);
    const good = desk.deposit(people.payer.depositClabe, '1500.00');
    desk.issue(people.payer.depositClabe, '1500.00');
    for (let n = 0; n < 3; n++) await world.look();
    expect(await world.claimsOf(good)).toHaveLength(1);
    expect(await stateOf(wanted)).toBe('deposited');
    const kept = await world.db.select().from(junoObservation).where(eq(junoObservation.externalId, 'poison'));
    expect(kept).toMatchObject([{ resource: 'deposit', body: expect.stringContaining('a lot') }]);
    const lines = world.logged.filter((line) => line.includes('unreadable'));
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain(SENDER.sender_clabe);
  });

  test('that the database refuses does not hide the one beside it', async () => {
    const people = await world.people();
    await world.createPayment(people, '1500.00');
    desk.deposit(people.payer.depositClabe, '900.00', { fid: 'poison', sender_name: 'nul\u0000byte' });
    desk.deposit(people.payer.depositClabe, '800.00', { fid: 'nul\u0000byte' });
    const good = desk.deposit(people.payer.depositClabe, '1500.00');
    await world.look();
    expect(await world.claimsOf(good)).toHaveLength(1);
    expect(world.logged.filter((line) => line.includes('deposit_not_stored'))[0]).toContain('poison');
    expect(world.logged.filter((line) => line.includes('deposit_unreadable'))).toHaveLength(1);
  });

  test('that cannot be applied stays unclaimed and holds up no other', async () => {
    const people = await world.people();
    const [poisoned, wanted] = [
      await world.createPayment(people, '1500.00'),
      await world.createPayment(people, '1600.00'),
    ];
    const bad = desk.deposit(people.payer.depositClabe, '1500.00');
    await world.db.insert(ledgerEntry).values({ id: crypto.randomUUID(), key: `deposit:${bad}`, state: 'posted' });
    const good = desk.deposit(people.payer.depositClabe, '1600.00');
    await world.look();
    expect(await world.claimsOf(bad)).toEqual([]);
    expect(await world.claimsOf(good)).toMatchObject([{ detail: { paymentId: wanted } }]);
    const [row] = await world.db.select().from(payment).where(eq(payment.id, poisoned));
    expect(row?.awaitsDeposit).toBe(true);
    expect(world.logged.some((line) => line.includes('deposit_not_claimed') && line.includes(bad))).toBe(true);
  });
});
