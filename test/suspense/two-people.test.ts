import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { destination, leg, suspensePart } from '../../src/reactor/db/schema.ts';
import { assertGuards } from '../../src/reactor/guards/check.ts';
import { rouse } from '../../src/reactor/guards/rouse.ts';
import { heldAmong, holdsOver, scopeOf, stoppedOver } from '../../src/reactor/guards/scope.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { listUnscreened } from '../../src/reactor/people/screening.ts';
import { clabeOf } from '../http/world.ts';
import { openDesk } from '../intake/desk.ts';
import { type IntakeWorld, openIntakeWorld, PAYOUT, SENDER } from '../intake/world.ts';
import { startPostgres } from '../support/postgres.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let desk: Awaited<ReturnType<typeof openDesk>>;
let world: IntakeWorld;
let people: Awaited<ReturnType<IntakeWorld['people']>>;
let second: string;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  desk = await openDesk();
  world = await openIntakeWorld(await postgres.createDatabase(), desk.juno);
  people = await world.people();
  second = (await createApiKey(world.db, { name: 'somebody else', role: 'approver' })).secret;
});
afterEach(async () => {
  await world?.close();
  await desk?.close();
});

const reason = 'the payer called';
const STRANGER = { clabe: clabeOf('01218001504077777'), legalName: 'Omar Operador' };
type Body = {
  code?: string;
  proposal: string | null;
  because: string[];
  needs?: string | null;
  status: string;
  parts: { kind: string; paymentId?: string; amount: string; to?: string }[];
};
const answer = async (response: Response | Promise<Response>) => {
  const got = await response;
  return { status: got.status, body: (await got.json()) as Body };
};
const command = (id: string, verb: string, body: object) =>
  answer(world.post(`/api/v1/suspense/${id}/${verb}`, { reason, ...body }));
const approve = (id: string | null, key = second) =>
  answer(world.post(`/api/v1/proposals/${id}/approve`, { reason: 'both called' }, { key }));
const shown = async (id: string) => (await answer(world.get(`/api/v1/suspense/${id}`))).body;
/** A deposit in suspense that is MXNB already. */
const held = async (amount: string, given: object = SENDER) => {
  const id = desk.deposit(people.payer.depositClabe, amount, given);
  desk.issue(people.payer.depositClabe, amount);
  await world.look();
  return id;
};
/** A payout that came back and that nobody can say of which it was. */
const returned = async (amount: string) => {
  const id = await held(amount, { ...SENDER, isRefund: true });
  await world.db.execute(sql`UPDATE reactor.juno_transaction SET updated_at = now() - interval '1 hour'`);
  await world.look();
  expect(await shown(id)).toMatchObject({ reason: 'returned', status: 'open' });
  return id;
};
const paymentOfAnother = async (amount: string) => {
  const others = { payer: await world.createUser('Otro Pagador'), recipient: await world.createUser('Omar Operador') };
  return world.createPayment(others, amount, { custodyBasisPoints: 0, custodySeconds: undefined, payout: STRANGER });
};
/** What one person asked for is written down, and nothing has moved. */
const expectProposed = async (id: string, { status, body }: { status: number; body: Body }, why: RegExp) => {
  expect([status, body.because]).toEqual([201, [expect.stringMatching(why)]]);
  expect(body.proposal).toEqual(expect.any(String));
  expect(await shown(id)).toMatchObject({ status: 'open', parts: [] });
  expect(await world.db.$count(suspensePart)).toBe(0);
};

describe('a refund', () => {
  test('to an account that is neither the sender’s nor the owner’s before needs a second person, who sees where it goes', async () => {
    const id = await held('90000.00');
    // A name is typed by whoever asks: the owner’s proves nothing.
    const path = `/api/v1/suspense/${id}/refund?dryRun=true`;
    const named = await answer(world.post(path, { ...STRANGER, legalName: 'ana torres', reason }));
    expect(named.body).toMatchObject({ needs: 'a second person' });
    const asked = await command(id, 'refund', STRANGER);
    await expectProposed(id, asked, /^012…7775 is neither the sender’s account/);
    const { proposal } = asked.body;
    expect(await approve(proposal, world.keys.operator)).toMatchObject({ status: 403 });
    const { proposals } = (await (await world.get(`/api/v1/proposals?subject=suspense:${id}`)).json()) as {
      proposals: { parameters: object }[];
    };
    expect(proposals).toMatchObject([
      { command: 'suspense give', parameters: { parts: [{ to: '012…7775', amount: '90000.00' }] } },
    ]);
    expect(await approve(proposal)).toMatchObject({ status: 201 });
    expect(await shown(id)).toMatchObject({ status: 'given', parts: [{ amount: '90000.00' }] });
    const accounts = await world.db.select().from(destination).where(eq(destination.clabe, STRANGER.clabe));
    expect(accounts.find(({ legalName }) => legalName === STRANGER.legalName)).toMatchObject({
      legalName: STRANGER.legalName,
      userId: people.payer.id,
    });
  });

  test('to the owner’s own account takes one person, where it was verified and paid before the deposit came', async () => {
    const others = { payer: await world.createUser('Otro Pagador'), recipient: people.payer };
    const unpaid = { clabe: clabeOf('64618011041238888'), legalName: 'Ana Torres' };
    await world.createPayment(others, '1400.00', { payout: unpaid });
    const paid = await world.createPayment(others, '1500.00', { payout: PAYOUT });
    await world.complete(paid);
    const needs = async (id: string, account: object = PAYOUT) =>
      (await answer(world.post(`/api/v1/suspense/${id}/refund?dryRun=true`, { ...account, reason }))).body.needs;
    const early = await held('1500.00');
    await world.db.update(destination).set({ junoAccountId: sql`gen_random_uuid()`, verifiedAt: sql`reactor.now()` });
    const late = await held('1501.00');
    expect([await needs(early), await needs(late), await needs(late, unpaid)]).toEqual([
      ...['a second person', null, 'a second person'],
    ]);
    await world.db.update(destination).set({ differs: true });
    expect(await needs(late)).toBe('a second person');
  });

  test('of a payout that came back needs a second person, whoever it goes to', async () => {
    const id = await returned('90000.00');
    const own = { clabe: SENDER.sender_clabe, legalName: 'Ana Torres' };
    expect((await command(id, 'refund', {})).body.code).toBe('sender_unknown');
    const asked = await command(id, 'refund', own);
    await expectProposed(id, asked, /a payout that came back/);
    expect(await approve(asked.body.proposal)).toMatchObject({ status: 201 });
    expect(await shown(id)).toMatchObject({ status: 'given' });
  });

  test('is checked when it is approved as when it was proposed: what was given away meanwhile is not given again', async () => {
    const id = await held('1500.00');
    const asked = await command(id, 'refund', STRANGER);
    expect((await command(id, 'refund', {})).body).toMatchObject({ proposal: null });
    expect(await approve(asked.body.proposal)).toMatchObject({ status: 409, body: { code: 'suspense_closed' } });
    expect(await world.db.$count(suspensePart)).toBe(1);
  });

  test('with ?dryRun=true says that a second person is needed, and writes nothing', async () => {
    const id = await held('1500.00');
    const { status, body } = await answer(
      world.post(`/api/v1/suspense/${id}/refund?dryRun=true`, { ...STRANGER, reason }),
    );
    expect([status, body]).toMatchObject([200, { needs: 'a second person', parts: [{ kind: 'refund' }] }]);
    expect((await (await world.get('/api/v1/proposals')).json()) as object).toEqual({ proposals: [] });
  });
});

describe('the owner’s own payment', () => {
  const own = async (amount: string, key = world.keys.admin) => {
    const payout = { ...STRANGER };
    const terms = { payerId: people.payer.id, recipientId: people.recipient.id, amount, custodySeconds: 5, payout };
    const made = await world.post('/api/v1/payments', { ...terms, concept: 'Renta' }, { key });
    return ((await made.json()) as { id: string }).id;
  };

  test('is given a deposit by two people, if it was made after the deposit came', async () => {
    const id = await held('90000.00');
    const after = await own('90000.00');
    const asked = await command(id, 'assign', { paymentId: after });
    await expectProposed(id, asked, /was made after the deposit came/);
    expect(await approve(asked.body.proposal)).toMatchObject({ status: 201 });
    expect(await shown(id)).toMatchObject({ status: 'given', parts: [{ paymentId: after }] });
  });

  test('is given a deposit by another person than who made it, with whichever key', async () => {
    const twin = (await createApiKey(world.db, { name: 'the operator', role: 'operator' })).secret;
    for (const [key, amount, whole] of [
      [world.keys.operator, '1500.00', '1600.00'],
      [twin, '1510.00', '1610.00'],
    ] as const) {
      const made = await own(amount, key);
      const id = await held(whole);
      const refund = { clabe: SENDER.sender_clabe, legalName: SENDER.sender_name };
      const parts = [{ paymentId: made }, { refund, amount: '100.00' }];
      await expectProposed(id, await command(id, 'split', { parts }), /was not made by another person/);
      const path = `/api/v1/suspense/${id}/split?dryRun=true`;
      const other = await answer(world.post(path, { reason, parts }, { key: world.keys.admin }));
      expect(other.body).toMatchObject({ needs: null });
      expect((await world.post(`/api/v1/payments/${made}/cancel`, { reason })).status).toBe(200);
    }
  });
});

describe('somebody else’s payment', () => {
  test('is given a deposit by two people: assign', async () => {
    const id = await held('90000.00');
    const theirs = await paymentOfAnother('90000.00');
    const asked = await command(id, 'assign', { paymentId: theirs });
    await expectProposed(id, asked, /is of another payer/);
    expect((await world.legOf(theirs)).state).toBe('requested');
    expect(await approve(asked.body.proposal)).toMatchObject({ status: 201 });
    expect(await shown(id)).toMatchObject({ status: 'given', parts: [{ paymentId: theirs }] });
  });

  test('is given a deposit by two people: split, also where the rest goes back to its sender', async () => {
    const id = await held('1700.00');
    const theirs = await paymentOfAnother('1500.00');
    const refund = { clabe: SENDER.sender_clabe, legalName: SENDER.sender_name };
    const asked = await command(id, 'split', { parts: [{ paymentId: theirs }, { refund, amount: '200.00' }] });
    await expectProposed(id, asked, /is of another payer/);
    expect(await approve(asked.body.proposal)).toMatchObject({ status: 201 });
    expect((await shown(id)).parts.map(({ amount }) => amount).sort()).toEqual(['1500.00', '200.00']);
  });

  test('is given none by the database either, without a proposal of this very deposit that two people made', async () => {
    const id = await held('90000.00');
    const paymentId = await paymentOfAnother('90000.00');
    const part = { id: crypto.randomUUID(), depositId: id, paymentId, amount: 9_000_000n };
    await expect(world.db.insert(suspensePart).values(part)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('no two people gave it') },
    });
  });

  test('stands under the screening, the switch and the holds of whose deposit it was', async () => {
    const id = await held('90000.00');
    const theirs = await paymentOfAnother('90000.00');
    await approve((await command(id, 'assign', { paymentId: theirs })).body.proposal);
    const [own] = await world.db.select().from(leg).where(eq(leg.paymentId, theirs));
    const guards = () =>
      world.db
        .transaction((tx) => assertGuards(tx, { paymentId: theirs, legId: own?.id ?? null, switches: [] }))
        .then(
          () => 'open',
          ({ code }: { code: string }) => code,
        );
    const owner = people.payer.id;
    const { rows: before } = await world.db.execute(
      sql`SELECT ${holdsOver(scopeOf(theirs))} AS holds, ${stoppedOver(scopeOf(theirs), '')} AS stopped`,
    );
    expect([await guards(), before]).toEqual(['open', [{ holds: [], stopped: [] }]]);

    await world.db.execute(
      sql`UPDATE reactor.guard_switch SET is_stopped = true, reason = 'stopped' WHERE name = ${`user:${owner}`}`,
    );
    const { rows: stopped } = await world.db.execute(sql`SELECT ${stoppedOver(scopeOf(theirs), '')} AS stopped`);
    expect([await guards(), stopped]).toMatchObject(['switch', [{ stopped: [{ name: `user:${owner}` }] }]]);
    await world.db.execute(
      sql`UPDATE reactor.guard_switch SET is_stopped = false, reason = NULL WHERE name = ${`user:${owner}`}`,
    );

    const hold = await world.post('/api/v1/holds', {
      on: `user:${owner}`,
      reasonCode: 'fraud_report',
      sentence: 'Asked by the bank.',
      owner: 'operations',
    });
    const { rows: kept } = await world.db.execute(sql`SELECT ${holdsOver(scopeOf(theirs))} AS holds`);
    expect([hold.status, await guards(), kept]).toMatchObject([201, 'hold', [{ holds: [{ over: `user:${owner}` }] }]]);
    expect(await heldAmong(world.db, [theirs])).toEqual(new Set([theirs]));
    await world.db.execute(sql`UPDATE reactor.wide_hold SET closed_at = reactor.now()`);

    await world.db.execute(sql`
      INSERT INTO reactor.screening (user_id, kyc, blacklist, checked_at, valid_until, reference, source)
      VALUES (${owner}, 'pending', 'clear', reactor.now() + interval '1 second', reactor.now() + interval '1 day', 'r', 's')`);
    expect(await guards()).toBe('screening');
    expect((await listUnscreened(world.db, { within_days: 1, limit: 100 })).users.map(({ userId }) => userId)).toEqual([
      owner,
    ]);
    expect(await rouse(world.db, `user:${owner}`)).toEqual([{ lane: 'payment', id: theirs }]);
    const erase = await answer(world.post(`/api/v1/users/${owner}/erase?dryRun=true`, { reason }));
    expect(erase).toMatchObject({ status: 409, body: { code: 'user_not_at_rest' } });
  });
});
