/** To whom a payout goes that is not made as it was agreed: the payer where it goes back, else who was to be paid. */
import { eq, isNull, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { destination, leg, proposal, suspensePart } from '../../src/reactor/db/schema.ts';
import { replaceLeg } from '../../src/reactor/replace/replace.ts';
import { clabeOf } from '../http/world.ts';
import { useIntakeWorld } from '../intake/use-world.ts';
import { SENDER } from '../intake/world.ts';

const here = useIntakeWorld();
const reason = 'another account';
const NEW = clabeOf('64618011041239999');

const proposing = async (paymentId: string, body: object, query = '?dryRun=true') => {
  const response = await here.world.post(`/api/v1/payments/${paymentId}/proposals${query}`, { reason, ...body });
  return {
    status: response.status,
    body: (await response.json()) as { code?: string; anotherHolder?: boolean; money?: object },
  };
};
const refund = async (paymentId: string, clabe: string, legalName: string = SENDER.sender_name) => {
  const { status, body } = await proposing(paymentId, { do: 'refund', what: 'full', payout: { clabe, legalName } });
  return body.code ?? status;
};
const paidIn = async (clabe: string, amount: string, given: object = SENDER) => {
  const id = here.desk.deposit(clabe, amount, given);
  here.desk.issue(clabe, amount);
  await here.world.look();
  await here.world.cameLater(id);
  return id;
};

describe('a refund', () => {
  test('goes to the account that the deposit came from, in whatever name, and to no other', async () => {
    const people = await here.world.people();
    const id = await here.world.createPayment(people, '1500.00');
    await paidIn(people.payer.depositClabe, '1500.00');
    expect((await here.world.legOf(id)).state).toBe('deposited');
    expect(await refund(id, SENDER.sender_clabe)).toBe(200);
    expect(await refund(id, NEW)).toBe('not_the_payers_account');
    expect(await refund(id, NEW, 'ana  TORRES')).toBe(200);
    const to = { clabe: NEW, legalName: 'Ana Torres' };
    // Whoever proposes sees whom it pays now and whom it would pay, in full.
    const seen = await proposing(id, { do: 'refund', what: 'full', payout: to });
    expect(seen.body).toMatchObject({
      parts: [{ amount: '1500.00', when: expect.stringContaining('before any escrow') }],
      money: {
        ...{ payments: [{ id }], accounts: [to] },
        parts: [{ amount: '1500.00', account: { clabe: expect.stringMatching(/^\d{18}$/) } }],
      },
    });
    const { money } = seen.body;
    expect((await proposing(id, { do: 'refund', what: 'full', payout: to }, '')).status).toBe(201);
    const response = await here.world.get(`/api/v1/proposals?subject=payment:${id}`);
    const { proposals } = (await response.json()) as { proposals: { money: object }[] };
    expect(proposals.map((one) => one.money)).toEqual([money]);
  });

  test('goes to no account that Juno shows masked', async () => {
    const people = await here.world.people();
    const id = await here.world.createPayment(people, '1500.00');
    await paidIn(people.payer.depositClabe, '1500.00', { ...SENDER, sender_clabe: `${'*'.repeat(14)}4567` });
    expect((await here.world.legOf(id)).state).toBe('deposited');
    expect(await refund(id, SENDER.sender_clabe)).toBe('not_the_payers_account');
  });

  test('goes to who sent what the payment was given out of suspense', async () => {
    const people = await here.world.people();
    const item = await paidIn(people.payer.depositClabe, '1700.00');
    const id = await here.world.createPayment(people, '1500.00');
    const back = { refund: { clabe: SENDER.sender_clabe, legalName: SENDER.sender_name }, amount: '200.00' };
    const parts = [{ paymentId: id }, back];
    expect((await here.world.post(`/api/v1/suspense/${item}/split`, { parts, reason })).status).toBe(201);
    await here.world.advance(id);
    expect(await refund(id, SENDER.sender_clabe)).toBe(200);
    expect(await refund(id, NEW)).toBe('not_the_payers_account');
  });
});

describe('another account', () => {
  /** A payment whose custody leg waits to be paid; `kind`: another leg took its place, to an account in the payer’s name. */
  const waiting = async (kind: 'custody' | 'refund') => {
    const people = await here.world.people();
    const id = await here.world.createPayment(people, '1500.00');
    await paidIn(people.payer.depositClabe, '1500.00');
    const { id: legId, destinationId } = await here.world.legOf(id);
    for (const state of ['withdrawing', 'withdrawn', 'returning', 'returned'] as const)
      await here.world.db.update(leg).set({ state }).where(eq(leg.id, legId));
    await here.world.db.update(destination).set({ junoAccountId: crypto.randomUUID(), verifiedAt: new Date() });
    const heirs = [{ kind, amount: centavos(150_000n), destinationId }];
    const [heir = ''] = await here.world.db.transaction((tx) =>
      replaceLeg(tx, here.world.ctx, { legId, heirs, cause: 'the test' }),
    );
    return { id, legId: heir };
  };
  const repay = ({ id, legId }: { id: string; legId: string }, legalName: string, more: object = {}, query?: string) =>
    proposing(id, { do: 'repay', legId, payout: { clabe: NEW, legalName }, ...more }, query);

  test('of what goes back is the payer’s own, whatever is said', async () => {
    const back = await waiting('refund');
    for (const more of [{}, { anotherHolder: true }])
      expect((await repay(back, 'Juan López', more)).body.code).toBe('not_the_payers_account');
    expect(await repay(back, 'Ana Torres')).toMatchObject({ status: 200, body: { anotherHolder: false } });
  });

  test('of a deposit that two people gave to somebody is that one’s, and of one that one person gave it is not', async () => {
    const people = await here.world.people();
    const back = async (amount: string, account: object, asked = 'Rita Recipiente') => {
      const item = await paidIn(people.payer.depositClabe, amount);
      const given = await here.world.post(`/api/v1/suspense/${item}/refund`, { ...account, reason });
      const { proposal: made } = (await given.json()) as { proposal: string | null };
      const approved = { key: here.world.keys.approver };
      if (made) await here.world.post(`/api/v1/proposals/${made}/approve`, { reason }, approved);
      const [row] = await here.world.db.select().from(suspensePart).where(eq(suspensePart.depositId, item));
      const id = row?.paymentId ?? '';
      await here.world.db
        .update(destination)
        .set({ junoAccountId: sql`gen_random_uuid()`, verifiedAt: new Date() })
        .where(isNull(destination.verifiedAt));
      await here.world.advance(id);
      const { id: legId, state } = await here.world.legOf(id);
      expect([made !== null, state]).toEqual([account !== OWN, 'reserved']);
      return (await repay({ id, legId }, asked)).body.code;
    };
    const OWN = { clabe: SENDER.sender_clabe, legalName: 'Rita Recipiente' };
    const hers = { clabe: clabeOf('64618011041239998'), legalName: 'Rita Recipiente' };
    expect(await back('1501.00', hers)).toBe(undefined);
    expect(await back('1502.00', hers, 'Omar Operador')).toBe('not_the_payers_account');
    expect(await back('1503.00', OWN)).toBe('not_the_payers_account');
  });

  test('of what is paid on is the payee’s own, or said to be another’s, which both people see', async () => {
    const paid = await waiting('custody');
    expect((await repay(paid, 'Omar Operador')).body.code).toBe('not_the_payees_account');
    expect(await repay(paid, 'JUAN LOPEZ')).toMatchObject({ status: 200, body: { anotherHolder: false } });
    const asked = await repay(paid, 'Omar Operador', { anotherHolder: true }, '');
    expect(asked).toMatchObject({ status: 201, body: { anotherHolder: true } });
    const [made] = await here.world.db.select().from(proposal);
    expect(made?.parameters).toMatchObject({ anotherHolder: true });
  });
});
