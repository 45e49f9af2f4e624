import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { advance } from '../../src/reactor/advance/advance.ts';
import {
  auditLog,
  destination,
  evidence,
  guardSwitch,
  leg,
  payment,
  person,
  suspensePart,
} from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { provideClabe } from '../../src/reactor/intake/subjects.ts';
import { sweep } from '../../src/reactor/watch/rescan.ts';
import { clabeOf } from '../http/world.ts';
import { openDesk } from '../intake/desk.ts';
import { type IntakeWorld, openIntakeWorld, PAYOUT, SENDER } from '../intake/world.ts';
import { startPostgres } from '../support/postgres.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let desk: Awaited<ReturnType<typeof openDesk>>;
let world: IntakeWorld;
let people: Awaited<ReturnType<IntakeWorld['people']>>;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  desk = await openDesk();
  world = await openIntakeWorld(await postgres.createDatabase(), desk.juno);
  people = await world.people();
});
afterEach(async () => {
  await world?.close();
  await desk?.close();
});

type Body = {
  proposal: string | null;
  code: string;
  detail: string;
  errors?: { field: string }[];
  status: string;
  parts: { paymentId: string; kind: string; amount: string }[];
  items: { id: string; depositClabe: string; sender: { clabe: string | null } }[];
  nextCursor: string | null;
};
const reason = 'the payer called';
const command = async (
  id: string,
  verb: string,
  body: object,
  options: Parameters<IntakeWorld['post']>[2] & { query?: string } = {},
) => {
  const response = await world.post(
    `/api/v1/suspense/${id}/${verb}${options.query ?? ''}`,
    { reason, ...body },
    options,
  );
  return { status: response.status, body: (await response.json()) as Body };
};
const read = async (path: string, key?: string) =>
  (await (await world.get(`/api/v1/suspense${path}`, key)).json()) as Body;
/** A deposit in suspense that is MXNB already. */
const held = async (amount: string, given: object = SENDER, clabe = people.payer.depositClabe) => {
  const id = desk.deposit(clabe, amount, given);
  desk.issue(clabe, amount);
  await world.look();
  await world.cameLater(id);
  return id;
};
const advanced = async (paymentId: string) => {
  await advance(world.ctx, { wallet: () => undefined }, paymentId);
  return world.legOf(paymentId);
};

describe('assign', () => {
  test('gives the whole deposit to a payment, whose leg moves on this evidence', async () => {
    const id = await held('1500.00');
    const wanted = await world.createPayment(people, '1500.00');
    const { status, body } = await command(id, 'assign', { paymentId: wanted });
    expect([status, body.parts]).toMatchObject([201, [{ paymentId: wanted, kind: 'payment', amount: '1500.00' }]]);
    expect((await world.legOf(wanted)).state).toBe('requested');
    expect(await advanced(wanted)).toMatchObject({ state: 'deposited' });
    const { rows } = await world.db.execute<{ cause: string }>(
      sql`SELECT cause FROM reactor.leg_history WHERE payment_id = ${wanted} AND to_state = 'deposited'`,
    );
    expect(rows).toEqual([{ cause: 'assigned from suspense' }]);
    expect(await world.balances()).toMatchObject({
      [`juno_pool ${wanted} MXNB`]: '1500000000',
      [`liability ${wanted} MXN`]: '-150000',
    });
    expect(Object.keys(await world.balances()).filter((name) => /suspense|juno_pool general/.test(name))).toEqual([]);
    const [line] = await world.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.subject, `suspense:${id}`));
    expect(line).toMatchObject({ command: 'suspense assign', reason, role: 'operator' });
    expect(await read(`/${id}`)).toMatchObject({ status: 'given', parts: [{ paymentId: wanted }] });
  });

  test('makes the payment due at once, so that a lost wake-up costs a sweep and no more', async () => {
    const id = await held('1500.00');
    const wanted = await world.createPayment(people, '1500.00');
    await world.db.update(leg).set({ dueAt: sql`reactor.now() + interval '1 hour'` });
    expect(await command(id, 'assign', { paymentId: wanted })).toMatchObject({ status: 201 });
    const due = await world.db.select({ paymentId: leg.paymentId }).from(leg).where(sql`${leg.dueAt} <= reactor.now()`);
    expect(due).toEqual([{ paymentId: wanted }]);
  });

  test('two operators at once on one deposit: one wins, the other is told to whom it went', async () => {
    const id = await held('1500.00');
    const wanted = await world.createPayment(people, '1500.00');
    const answers = await Promise.all([command(id, 'assign', { paymentId: wanted }), command(id, 'refund', {})]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const winner = answers.find(({ status }) => status === 201)?.body.parts[0]?.paymentId ?? '';
    const loser = answers.find(({ status }) => status === 409)?.body;
    expect([loser?.code, loser?.detail]).toEqual(['suspense_closed', expect.stringContaining(winner)]);
    expect(await world.db.$count(suspensePart)).toBe(1);
  });

  test('two deposits for one payment at once: one wins', async () => {
    const [one, two] = [await held('1500.00'), await held('1500.00')];
    const wanted = await world.createPayment(people, '1500.00');
    const answers = await Promise.all([one, two].map((id) => command(id, 'assign', { paymentId: wanted })));
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      expect.arrayContaining([
        [201, undefined],
        [409, 'payment_not_open'],
      ]),
    );
  });

  test('a deposit that arrives as the payment is being given another one: the payment is paid once', async () => {
    const id = await held('1500.00');
    const wanted = await world.createPayment(people, '1500.00');
    const own = desk.deposit(people.payer.depositClabe, '1500.00');
    world.wait(60_000);
    await Promise.all([command(id, 'assign', { paymentId: wanted }), intake(world.ctx)]);
    await world.look();
    const paidBy = (await world.db.select().from(evidence).where(eq(evidence.subjectId, wanted))).filter(
      ({ source }) => source !== 'juno_transaction',
    );
    expect(paidBy).toHaveLength(1);
    const isOwn = paidBy[0]?.externalId === own;
    expect(await world.suspenseOf(own)).toEqual(
      isOwn ? undefined : expect.objectContaining({ reason: 'duplicate_amount' }),
    );
    expect(await read(`/${id}`)).toMatchObject({ status: isOwn ? 'open' : 'given' });
  });

  test('another amount is refused, with what to do instead', async () => {
    const id = await held('1500.00');
    const wanted = await world.createPayment(people, '1499.99');
    const { status, body } = await command(id, 'assign', { paymentId: wanted });
    expect([status, body.code, body.detail]).toEqual([422, 'amount_differs', expect.stringContaining('Split it')]);
  });

  test('a late deposit: the expired payment is refused, a new one over the same amount may be made and takes it', async () => {
    const expired = await world.createPayment(people, '1500.00');
    await world.expire(expired);
    const id = await held('1500.00');
    expect(await read(`/${id}`)).toMatchObject({ reason: 'late' });
    const { status, body } = await command(id, 'assign', { paymentId: expired });
    expect([status, body.code, body.detail]).toEqual([
      409,
      'payment_expired',
      expect.stringContaining('Create a new payment'),
    ]);
    const anew = await world.createPayment(people, '1500.00');
    expect((await command(id, 'assign', { paymentId: anew })).status).toBe(201);
    expect((await advanced(anew)).state).toBe('deposited');
  });

  test('nothing is given before Juno has issued it', async () => {
    const id = desk.deposit(people.payer.depositClabe, '1500.00');
    await world.look();
    const wanted = await world.createPayment(people, '1500.00');
    const { status, body } = await command(id, 'assign', { paymentId: wanted });
    expect([status, body.code, body.detail]).toEqual([
      409,
      'not_issued',
      expect.stringContaining('repeat in a moment'),
    ]);
    expect(await read(`/${id}`)).toMatchObject({ status: 'not_issued' });
  });

  test('?dryRun=true checks everything and does nothing', async () => {
    const id = await held('1500.00');
    const wanted = await world.createPayment(people, '1500.00');
    const before = await world.balances();
    const dry = await command(id, 'assign', { paymentId: wanted }, { query: '?dryRun=true' });
    expect(dry).toMatchObject({ status: 200, body: { dryRun: true, parts: [{ paymentId: wanted }] } });
    expect((await command(id, 'assign', { paymentId: people.payer.id }, { query: '?dryRun=true' })).body.code).toBe(
      'payment_not_found',
    );
    expect(await world.balances()).toEqual(before);
    expect(await read(`/${id}`)).toMatchObject({ status: 'open' });
  });

  test('a repeat with the same Idempotency-Key gets the same answer and gives nothing twice', async () => {
    const id = await held('1500.00');
    const wanted = await world.createPayment(people, '1500.00');
    const key = { idempotencyKey: 'once' };
    const [first, second] = [
      await command(id, 'assign', { paymentId: wanted }, key),
      await command(id, 'assign', { paymentId: wanted }, key),
    ];
    expect(second).toEqual(first);
    expect(await world.db.$count(suspensePart)).toBe(1);
  });
});

describe('split', () => {
  test('gives a payment what it waits for and the rest back, to the centavo', async () => {
    const id = await held('1700.00');
    const wanted = await world.createPayment(people, '1500.00');
    const refund = { clabe: SENDER.sender_clabe, legalName: 'Paula Pagadora' };
    const { status, body } = await command(id, 'split', {
      parts: [{ paymentId: wanted }, { refund, amount: '200.00' }],
    });
    expect([status, body.parts.map((p) => [p.kind, p.amount])]).toEqual([
      201,
      [
        ['payment', '1500.00'],
        ['refund', '200.00'],
      ],
    ]);
    const back = body.parts[1]?.paymentId ?? '';
    expect((await advanced(wanted)).state).toBe('deposited');
    expect(await advanced(back)).toMatchObject({ kind: 'refund', state: 'reserved', amount: 20_000n });
    expect(await world.balances()).toMatchObject({
      [`juno_pool ${wanted} MXNB`]: '1500000000',
      [`juno_pool ${back} MXNB`]: '200000000',
    });
  });

  test.each([
    ['not a centavo less', '199.99'],
    ['nor more', '200.01'],
  ])('%s', async (_, amount) => {
    const id = await held('1700.00');
    const wanted = await world.createPayment(people, '1500.00');
    const { status, body } = await command(id, 'split', { parts: [{ paymentId: wanted }, { refund: PAYOUT, amount }] });
    expect([status, body.code, await world.db.$count(suspensePart)]).toEqual([422, 'amount_differs', 0]);
  });

  test('one payment twice is refused, and so is a part that is both or neither', async () => {
    const id = await held('3000.00');
    const wanted = await world.createPayment(people, '1500.00');
    expect((await command(id, 'split', { parts: [{ paymentId: wanted }, { paymentId: wanted }] })).body.code).toBe(
      'amount_differs',
    );
    const odd = await command(id, 'split', { parts: [{ paymentId: wanted, amount: '1.00' }, {}] });
    expect(odd.body.errors?.map(({ field }) => field)).toEqual(['parts.0', 'parts.1']);
  });
});

describe('refund', () => {
  test('goes to the sender as Juno shows it, by a leg that waits for its account to be registered', async () => {
    const id = await held('1500.00');
    const { body } = await command(id, 'refund', {});
    const back = body.parts[0]?.paymentId ?? '';
    const row = await advanced(back);
    expect(row).toMatchObject({ kind: 'refund', state: 'reserved', rail: 'bank_redemption' });
    const [account] = await world.db.select().from(destination).where(eq(destination.id, row.destinationId));
    expect(account).toMatchObject({ clabe: SENDER.sender_clabe, legalName: 'Paula Pagadora', userId: people.payer.id });
    const [made] = await world.db.select().from(payment).where(eq(payment.id, back));
    expect(made).toMatchObject({
      kind: 'refund',
      payerId: people.payer.id,
      recipientId: people.payer.id,
      awaitsDeposit: false,
    });
  });

  test.each([
    ['masked', { sender_clabe: '*****0606032******', sender_name: 'Paula' }],
    ['mistyped', { sender_clabe: '012180015040777777', sender_name: 'Paula' }],
    ['not shown', {}],
    ['without a name', { sender_clabe: SENDER.sender_clabe }],
  ])('a sender that is %s is asked for', async (_, given) => {
    const id = await held('1500.00', given);
    expect((await command(id, 'refund', {})).body).toMatchObject({ code: 'sender_unknown' });
    expect((await command(id, 'refund', PAYOUT)).body).toMatchObject({ proposal: expect.any(String) });
  });

  test('a CLABE of prefix 710 is refused', async () => {
    const id = await held('1500.00', { ...SENDER, sender_clabe: people.recipient.depositClabe });
    expect((await command(id, 'refund', {})).body).toMatchObject({
      code: 'payout_clabe_unreachable',
      errors: [{ field: 'clabe' }],
    });
  });

  test('of a deposit to nobody’s CLABE makes a user without a person, with a switch, and asks Juno for no CLABE', async () => {
    const nobody = clabeOf('71096911111111111');
    const [one, two] = [await held('1500.00', SENDER, nobody), await held('1600.00', SENDER, nobody)];
    const [first, second] = [await command(one, 'refund', {}), await command(two, 'refund', {})];
    const owners = await world.db.select().from(payment);
    expect(new Set(owners.map(({ payerId }) => payerId)).size).toBe(1);
    const owner = owners[0]?.payerId ?? '';
    expect(await world.db.select().from(person).where(eq(person.userId, owner))).toEqual([]);
    expect(
      await world.db
        .select()
        .from(guardSwitch)
        .where(eq(guardSwitch.name, `user:${owner}`)),
    ).toHaveLength(1);
    const rung: string[] = [];
    await world.queue.work(async (job) => void rung.push(`${job.lane}:${job.id}`), { concurrency: 1 });
    await sweep(world.ctx);
    await provideClabe(world.ctx, owner);
    expect(rung).not.toContain(`user:${owner}`);
    expect(desk.urls.filter((url) => url.includes('clabes'))).toEqual([]);
    for (const { body } of [first, second])
      expect((await advanced(body.parts[0]?.paymentId ?? '')).state).toBe('reserved');
  });
});
