import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { clabeOf } from '../../src/local/drive.ts';
import {
  evidence,
  junoObservation,
  junoTransaction,
  ledgerEntry,
  leg,
  payment,
  settlementItem,
} from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { useIntakeWorld } from './use-world.ts';
import { PAYOUT, SENDER } from './world.ts';

const here = useIntakeWorld();

const reasonOf = async (depositId: string) => (await here.world.suspenseOf(depositId))?.reason;
describe('a payout that comes back', () => {
  const paid = async (amount = '1500.00') => {
    const people = await here.world.people();
    const id = await here.world.createPayment(people, amount);
    await here.world.complete(id);
    return { ...people, id };
  };

  test('is known by the list of returns alone, pays nobody who waits, and takes its leg out of its end', async () => {
    const { payer, recipient, id } = await paid();
    const waiting = await here.world.createPayment({ payer, recipient }, '1500.00');
    const returned = here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    await here.world.look();
    expect(await here.world.claimsOf(returned)).toMatchObject([{ detail: { paymentId: id, isReturn: true } }]);
    expect([await here.world.stateOf(id), await here.world.stateOf(waiting)]).toEqual(['payout_returned', 'requested']);
    expect((await here.world.legOf(id)).attentionCode).toBe('payout_returned');
    expect(await here.world.balances()).toEqual({
      [`returned ${id} MXN`]: '150000',
      [`liability ${id} MXN`]: '-150000',
    });
  });

  test('of a settlement wakes the payments that it had settled, whatever wake-up was lost', async () => {
    const [settled, settlement] = [await paid(), await paid()];
    const [{ id: legId }, { id: settlementLegId }] = [
      await here.world.legOf(settled.id),
      await here.world.legOf(settlement.id),
    ];
    await here.world.db.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL session_replication_role = replica`);
      await tx.insert(settlementItem).values({ legId, settlementLegId });
    });
    await here.world.db.update(leg).set({ state: 'payout_returned' }).where(eq(leg.id, settlementLegId));
    const queue = memoryQueue();
    await intake({ ...here.world.ctx, queue });
    expect(queue.pending()).toEqual([{ lane: 'payment', id: settled.id }]);
    await here.world.look();
    expect(await here.world.stateOf(settled.id)).toBe('accrued');
  });

  test('that is named in Bitso’s way is known by its parties, unless what it names is another payout of ours', async () => {
    const { id, payer } = await here.world.paid('juno-transaction-1');
    const known = { isRefund: true, sender_clabe: PAYOUT.clabe };
    const wid = (name: string) => ({ ...known, refunded_withdrawal: { wid: name, tracking_key: '0580000000000001' } });
    here.desk.deposit(payer.depositClabe, '1500.00', wid('an id of Bitso’s own'));
    await here.world.look();
    expect(await here.world.stateOf(id)).toBe('payout_returned');
    const later = await here.world.paid('juno-transaction-2');
    const again = here.desk.deposit(later.payer.depositClabe, '1500.00', wid('juno-transaction-1'));
    await here.world.look();
    expect([await here.world.stateOf(later.id), await reasonOf(again)]).toEqual(['completed', 'returned']);
  });

  test('is found by its parties only while one payout fits', async () => {
    const [one, two] = [await paid(), await paid()];
    const id = here.desk.deposit(one.payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    await here.world.look();
    expect(await reasonOf(id)).toBe('returned');
    expect([await here.world.stateOf(one.id), await here.world.stateOf(two.id)]).toEqual(['completed', 'completed']);
    expect(await here.world.balances()).toEqual({
      'returned general MXN': '150000',
      'suspense general MXN': '-150000',
    });
  });

  test('is found by the tracking key that its evidence names, whoever else fits', async () => {
    const [one, two] = [await paid(), await paid()];
    const { id: legId } = await here.world.legOf(two.id);
    await here.world.db.insert(evidence).values({
      source: 'bitso',
      externalId: 'wid',
      subjectKind: 'leg',
      subjectId: legId,
      detail: { trackingKey: 'TK2' },
    });
    here.desk.deposit(one.payer.depositClabe, '1500.00', { refunded_withdrawal: { tracking_key: 'TK2' } });
    await here.world.look();
    expect([await here.world.stateOf(one.id), await here.world.stateOf(two.id)]).toEqual([
      'completed',
      'payout_returned',
    ]);
  });

  test.each([false, true])(
    'that no list called a return when it came is taken out of suspense when one names it; issued: %s',
    async (isIssued) => {
      const { id } = await paid();
      const { id: legId } = await here.world.legOf(id);
      await here.world.db.insert(evidence).values({
        source: 'bitso',
        externalId: randomUUID(),
        subjectKind: 'leg',
        subjectId: legId,
        detail: { trackingKey: `TK${isIssued}` },
      });
      const hidden = clabeOf('710');
      const returned = here.desk.deposit(hidden, '1500.00');
      if (isIssued) here.desk.issue(hidden, '1500.00');
      await here.world.look();
      await here.world.look();
      expect(await here.world.suspenseOf(returned)).toMatchObject({ reason: 'unknown_clabe', closedAt: null });
      const shown = here.desk.deposits.find(({ fid }) => fid === returned);
      if (shown) Object.assign(shown, { isRefund: true, refunded_withdrawal: { tracking_key: `TK${isIssued}` } });
      await here.world.db.execute(
        sql`UPDATE reactor.heartbeat SET at = at - interval '1 minute' WHERE name LIKE 'intake:%'`,
      );
      for (let n = 0; n < 2; n++) await here.world.look();
      expect(await here.world.stateOf(id)).toBe('payout_returned');
      expect(await here.world.suspenseOf(returned)).toMatchObject({ explainedBy: `leg:${legId}` });
      const balances = await here.world.balances();
      expect(balances).toMatchObject({
        [`liability ${id} MXN`]: '-150000',
        ...(isIssued ? { [`juno_pool ${id} MXNB`]: '1500000000' } : { [`returned ${id} MXN`]: '150000' }),
      });
      expect(Object.keys(balances).filter((name) => /suspense|spei_in|general/.test(name))).toEqual([]);
    },
  );

  test('a second return of the same payout is nobody’s', async () => {
    const { payer, id } = await paid();
    const given = { isRefund: true, sender_clabe: PAYOUT.clabe };
    here.desk.deposit(payer.depositClabe, '1500.00', given);
    await here.world.look();
    const second = here.desk.deposit(payer.depositClabe, '1500.00', given);
    await here.world.look();
    expect([await here.world.stateOf(id), await reasonOf(second)]).toEqual(['payout_returned', 'returned']);
  });

  test('its ISSUANCE goes to a deposit of the same CLABE and amount that waits; what nobody wants in ten minutes is its own', async () => {
    const { payer, recipient, id } = await paid();
    here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    const issuance = here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.look();
    const claims = () => here.world.db.select().from(evidence).where(eq(evidence.source, 'juno_transaction'));
    expect(await claims()).toEqual([]);
    const waiting = await here.world.createPayment({ payer, recipient }, '1500.00');
    here.desk.deposit(payer.depositClabe, '1500.00');
    await here.world.look();
    expect(await here.world.stateOf(waiting)).toBe('deposited');
    expect(await claims()).toMatchObject([{ externalId: issuance }]);
    const own = here.desk.issue(payer.depositClabe, '1500.00');
    await here.world.look();
    await here.world.db
      .update(junoTransaction)
      .set({ updatedAt: sql`now() - interval '11 minutes'` })
      .where(eq(junoTransaction.id, own));
    await here.world.look();
    expect((await claims()).map(({ externalId }) => externalId)).toContain(own);
    expect(await here.world.balances()).toMatchObject({ [`juno_pool ${id} MXNB`]: '1500000000' });
  });

  test('Juno refuses to issue it: raised once, and its ISSUANCE is nobody else’s', async () => {
    const { payer, id } = await paid();
    here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    const refused = here.desk.issue(payer.depositClabe, '1500.00', 'FAILED');
    await here.world.look();
    await here.world.db.update(junoTransaction).set({ updatedAt: sql`now() - interval '11 minutes'` });
    for (let n = 0; n < 3; n++) await here.world.look();
    expect(here.world.logged.filter((line) => line.includes('return_not_issued'))).toHaveLength(1);
    const claims = await here.world.db.select().from(evidence).where(eq(evidence.externalId, refused));
    expect(claims).toMatchObject([{ subjectId: (await here.world.legOf(id)).id }]);
    expect(await here.world.balances()).toMatchObject({ [`returned ${id} MXN`]: '150000' });
  });

  test('a wake-up that was lost is made up for at the next look', async () => {
    const { payer, id } = await paid();
    here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
    await intake(here.world.ctx);
    const rung: string[] = [];
    await here.world.queue.work(async (job) => void rung.push(`${job.lane}:${job.id}`), { concurrency: 1 });
    await intake(here.world.ctx);
    expect(rung).toContain(`payment:${id}`);
  });

  test('a deposit that paid a payment and is called a return afterwards is raised, and nothing is taken back', async () => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    const id = here.desk.deposit(people.payer.depositClabe, '1500.00');
    await here.world.look();
    Object.assign(here.desk.deposits[0] ?? {}, { isRefund: true });
    await here.world.look();
    expect(await here.world.claimsOf(id)).toMatchObject([{ detail: { paymentId: wanted } }]);
    expect(here.world.logged.some((line) => line.includes('claimed_deposit_changed') && line.includes(id))).toBe(true);
  });
});

describe('a poison record', () => {
  test('that cannot be read is kept, raised once by its id alone, and the others go on', async () => {
    const people = await here.world.people();
    const wanted = await here.world.createPayment(people, '1500.00');
    here.desk.deposit(people.payer.depositClabe, 'a lot', { fid: 'poison', ...SENDER });
    here.desk.transactions.push({ id: 'odd' } as never);
    const good = here.desk.deposit(people.payer.depositClabe, '1500.00');
    here.desk.issue(people.payer.depositClabe, '1500.00');
    for (let n = 0; n < 3; n++) await here.world.look();
    expect(await here.world.claimsOf(good)).toHaveLength(1);
    expect(await here.world.stateOf(wanted)).toBe('deposited');
    const kept = await here.world.db.select().from(junoObservation).where(eq(junoObservation.externalId, 'poison'));
    expect(kept).toMatchObject([{ resource: 'deposit', body: expect.stringContaining('a lot') }]);
    const lines = here.world.logged.filter((line) => line.includes('unreadable'));
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain(SENDER.sender_clabe);
  });

  test('that the database refuses does not hide the one beside it', async () => {
    const people = await here.world.people();
    await here.world.createPayment(people, '1500.00');
    here.desk.deposit(people.payer.depositClabe, '900.00', { fid: 'poison', sender_name: 'nul\u0000byte' });
    here.desk.deposit(people.payer.depositClabe, '800.00', { fid: 'nul\u0000byte' });
    const good = here.desk.deposit(people.payer.depositClabe, '1500.00');
    await here.world.look();
    expect(await here.world.claimsOf(good)).toHaveLength(1);
    expect(here.world.logged.filter((line) => line.includes('deposit_not_stored'))[0]).toContain('poison');
    expect(here.world.logged.filter((line) => line.includes('deposit_unreadable'))).toHaveLength(1);
  });

  test('that cannot be applied stays unclaimed and holds up no other', async () => {
    const people = await here.world.people();
    const [poisoned, wanted] = [
      await here.world.createPayment(people, '1500.00'),
      await here.world.createPayment(people, '1600.00'),
    ];
    const bad = here.desk.deposit(people.payer.depositClabe, '1500.00');
    await here.world.db.insert(ledgerEntry).values({ id: crypto.randomUUID(), key: `deposit:${bad}`, state: 'posted' });
    const good = here.desk.deposit(people.payer.depositClabe, '1600.00');
    await here.world.look();
    expect(await here.world.claimsOf(bad)).toEqual([]);
    expect(await here.world.claimsOf(good)).toMatchObject([{ detail: { paymentId: wanted } }]);
    const [row] = await here.world.db.select().from(payment).where(eq(payment.id, poisoned));
    expect(row?.awaitsDeposit).toBe(true);
    expect(here.world.logged.some((line) => line.includes('deposit_not_claimed') && line.includes(bad))).toBe(true);
  });
});
