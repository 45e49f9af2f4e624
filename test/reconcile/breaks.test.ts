/** Each kind of break made for real: seen, stopped for where it is a shortfall, cured, and closed by itself. */
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JunoUnavailableError } from '../../src/juno/errors.ts';
import { centavos } from '../../src/money/money.ts';
import { evidence, reconciliationBreak } from '../../src/reactor/db/schema.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { BRIDGE, JUNO, STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openReconcileWorld, type ReconcileWorld } from './world.ts';

const AMOUNT = 150_000n;
const UNITS = AMOUNT * 10_000n;

let postgres: TestPostgres;
let world: ReconcileWorld;
let legId: string;
let paymentId: string;
/** One world, with one payment in custody, for the whole file: breaks of other kinds stay apart. */
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openReconcileWorld(postgres);
  ({ legId, paymentId } = await world.givePayment({ amount: AMOUNT, custodySeconds: 100_000 }));
  await world.until(paymentId, 'in_custody');
  await world.look();
}, 480_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const walletSwitch = () => `wallet:${world.settings.bridge}`;
const letGo = (name: string) =>
  world.db.execute(sql`UPDATE reactor.guard_switch SET is_stopped = false WHERE name = ${name}`);

test('a stray Transfer to the bridge stops nothing, and closes by itself when a day is over', {
  timeout: 240_000,
}, async () => {
  await world.contracts.mint(JUNO, STRANGER.address, 10n * UNITS);
  await world.transfer(STRANGER, world.settings.bridge, 1_230_000n);
  await world.look();
  expect(await world.open()).toEqual([]);
  await world.later(61);
  const [found, ...others] = await world.open();
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    ...{ kind: 'unclaimed_transfer', account: 'bridge', currency: 'MXNB', chain: 1_230_000n, books: 0n, shortfall: 0n },
    evidence: { from: STRANGER.address.toLowerCase(), to: world.settings.bridge },
  });
  // Once, and the same one later.
  await world.later(400);
  expect((await world.open()).map(({ id }) => id)).toEqual([found?.id]);
  expect((await world.open())[0]?.lastSeenAt.getTime()).toBeGreaterThan(found?.lastSeenAt.getTime() ?? 0);
  expect(await world.stopped()).toEqual([]);
  await world.later(86_400);
  expect(await world.open('unclaimed_transfer')).toEqual([]);
  expect((await world.breaks()).find(({ id }) => id === found?.id)?.closedBecause).toContain('nobody claimed it');
});

test('MXNB that left the bridge without an effect of ours stop the wallet after the bound, once, until they are back', {
  timeout: 240_000,
}, async () => {
  const hash = await world.transfer(BRIDGE, STRANGER.address, UNITS);
  await world.look();
  await world.later(61);
  const [found] = await world.open('transfer_without_effect');
  expect(found).toMatchObject({ shortfall: UNITS, stopped: [], evidence: { txHash: hash } });
  expect(await world.stopped()).toEqual([]);
  await world.later(300);
  expect(await world.stopped()).toEqual([walletSwitch()]);
  expect(await world.switchOf(walletSwitch())).toMatchObject({
    changedBy: 'reconciliation',
    reason: expect.stringContaining('transfer_without_effect'),
  });
  expect((await world.open('transfer_without_effect'))[0]).toMatchObject({ id: found?.id, stopped: [walletSwitch()] });
  // What two people opened is not thrown again for the same shortfall.
  await letGo(walletSwitch());
  await world.later(60);
  expect(await world.stopped()).toEqual([]);

  await world.transfer(STRANGER, world.settings.bridge, UNITS);
  await world.look();
  expect(await world.open('transfer_without_effect')).toEqual([]);
  expect((await world.breaks()).find(({ id }) => id === found?.id)?.closedBecause).toContain('came back');
  await world.later(120);
  expect(await world.open('unclaimed_transfer')).toEqual([]);
});

test('an escrow contract that holds less than the books say stops the wallet and new money into it', {
  timeout: 240_000,
}, async () => {
  const contract = world.settings.escrow;
  await world.transfer(contract, STRANGER.address, 10_000n);
  await world.look();
  await world.later(61);
  expect(await world.open('account_short')).toMatchObject([
    { account: `escrow ${contract}`, books: UNITS, chain: UNITS - 10_000n, juno: null, shortfall: 10_000n },
  ]);
  await world.later(300);
  expect(await world.stopped()).toEqual([`contract:${contract}`, walletSwitch()]);
  await world.transfer(STRANGER, contract, 10_000n);
  await world.look();
  expect(await world.open('account_short')).toEqual([]);
  for (const name of await world.stopped()) await letGo(name);
});

test('a Juno balance that is short, and a redemption that no effect of ours is, stop Juno’s rail', {
  timeout: 240_000,
}, async () => {
  // The pool has what the books say, and this payment’s pesos are in it.
  const waiting = await world.givePayment({ amount: 200_000n });
  await world.stopMoney(true);
  await world.until(waiting.paymentId, 'deposited');
  await world.stopMoney(false);
  await world.look();
  const id = await world.sandbox.payOut('500.00');
  await intake(world.ctx);
  await world.look();
  expect(await world.open()).toEqual([]);
  await world.later(61);
  expect(await world.open('account_short')).toMatchObject([
    { account: 'juno_pool', currency: 'MXNB', chain: null, shortfall: 500_000_000n },
  ]);
  expect(await world.open('juno_act_without_effect')).toMatchObject([
    { juno: 50_000n, shortfall: 50_000n, evidence: { transaction: id, type: 'REDEMPTION' } },
  ]);
  await world.later(300);
  expect(await world.stopped()).toEqual(['rail:juno']);
  // Kustodia puts it back from its own.
  await world.sandbox.fund('500.00');
  await world.look();
  expect(await world.open('account_short')).toEqual([]);
  // What is known to be nobody’s here is no break any more.
  await world.db.execute(
    sql`INSERT INTO reactor.foreign_act (source, external_id, reason) VALUES ('juno_transaction', ${id}, 'recovered')`,
  );
  await world.look();
  expect(await world.open('juno_act_without_effect')).toEqual([]);
  await letGo('rail:juno');
});

test('a posting without evidence is seen, stops what it concerns, and is over once it is proved', {
  timeout: 240_000,
}, async () => {
  const id = randomUUID();
  await world.db.transaction((tx) =>
    writeEntry(tx, {
      ...{ id, key: `arrival:${legId}:9`, paymentId, effectId: null, state: 'posted' },
      postings: [...JOURNEY.arrival(centavos(100n)), ...JOURNEY.arrival(centavos(-100n))],
    }),
  );
  const forged = randomUUID();
  await world.db.transaction((tx) =>
    writeEntry(tx, {
      ...{ id: forged, key: `chain_release:${legId}:1`, paymentId, effectId: null, state: 'posted' },
      postings: JOURNEY.chain_release(centavos(AMOUNT)),
    }),
  );
  await world.look();
  await world.later(61);
  // The arrival of this leg is proved, and its release is not.
  expect(await world.open('posting_without_evidence')).toMatchObject([
    { paymentId, shortfall: UNITS, evidence: { entry: forged, key: `chain_release:${legId}:1` } },
  ]);
  await world.later(300);
  expect(await world.stopped()).toEqual([walletSwitch()]);
  await world.db.insert(evidence).values({
    ...{ source: 'chain', externalId: `31337:0x${'1'.repeat(64)}:7`, subjectKind: 'leg', subjectId: legId },
    detail: { as: 'released', blockHash: '0x1', blockNumber: '1', txHash: `0x${'1'.repeat(64)}` },
  });
  await world.look();
  expect(await world.open('posting_without_evidence')).toEqual([]);
  await letGo(walletSwitch());
});

test('an ISSUANCE that nobody is credited for is a break when its time is over, until it is booked', {
  timeout: 240_000,
}, async () => {
  const id = await world.sandbox.fund('321.00');
  // Juno shows its transactions, and not the deposits: the ISSUANCE is seen, and nobody can claim it.
  const { juno } = world.ctx;
  const halfDeaf = {
    ...juno,
    call: ((asked, schema) =>
      asked.route.startsWith('/spei')
        ? Promise.reject(new JunoUnavailableError('not now', { endpoint: 'GET /spei/v1/deposits' }))
        : juno.call(asked, schema)) as typeof juno.call,
  };
  await expect(intake({ ...world.ctx, juno: halfDeaf })).rejects.toThrow();
  const isOpen = async () => (await world.open('credit_not_booked')).some((one) => one.evidence['transaction'] === id);
  await world.look();
  expect(await isOpen()).toBe(false);
  await world.later(1_801);
  const found = (await world.open('credit_not_booked')).find((one) => one.evidence['transaction'] === id);
  expect(found).toMatchObject({ juno: 32_100n, books: 0n, shortfall: 0n, evidence: { type: 'ISSUANCE' } });
  expect(await world.stopped()).toEqual([]);
  await intake(world.ctx);
  await world.look();
  expect(await isOpen()).toBe(false);
  expect((await world.breaks()).find((one) => one.id === found?.id)?.closedBecause).toBe('it is booked now');
});

test('a side that is silent for longer than its bound is a break, closes none, and is over when it is read again', {
  timeout: 240_000,
}, async () => {
  const { juno } = world.ctx;
  const silent = { juno: { ...juno, call: () => Promise.reject(new Error('nobody answers')) } as typeof juno };
  await world.later(60, silent);
  expect(await world.open('side_not_read')).toEqual([]);
  await world.later(601, silent);
  expect(await world.open('side_not_read')).toMatchObject([{ account: 'juno', evidence: { side: 'juno' } }]);
  await world.look();
  expect(await world.open('side_not_read')).toEqual([]);
});

test('a break is opened once, keeps what it is, and is neither reopened nor deleted', { timeout: 60_000 }, async () => {
  const now = new Date();
  const closed = {
    ...{ id: randomUUID(), subject: 'account_short:drill', account: 'drill', currency: 'MXNB' as const },
    kind: 'account_short' as const,
    ...{ shortfall: 1n, stoppedFor: 0n, evidence: {}, nextStep: 'none', closedBecause: 'the drill is over' },
    ...{ firstSeenAt: now, lastSeenAt: now, openedAt: now, closedAt: now },
  };
  await world.db.insert(reconciliationBreak).values(closed);
  const { closedAt: _, closedBecause: __, ...open } = closed;
  await world.db.insert(reconciliationBreak).values({ ...open, id: randomUUID() });
  await expect(world.db.insert(reconciliationBreak).values({ ...open, id: randomUUID() })).rejects.toThrow();
  const change = (set: string) =>
    world.db.execute(sql.raw(`UPDATE reactor.reconciliation_break SET ${set} WHERE id = '${closed.id}'`));
  await expect(change('closed_at = NULL, closed_because = NULL')).rejects.toThrow();
  await expect(change(`kind = 'books_differ'`)).rejects.toThrow();
  await expect(world.db.execute(sql`DELETE FROM reactor.reconciliation_break`)).rejects.toThrow();
});

test('a break is closed with a reason, and nothing less than nothing is missing', async () => {
  const now = new Date();
  const one = () => ({
    ...{ id: randomUUID(), subject: randomUUID(), account: 'drill', currency: 'MXNB' as const, evidence: {} },
    ...{ kind: 'account_short' as const, shortfall: 1n, stoppedFor: 0n, nextStep: 'none' },
    ...{ firstSeenAt: now, lastSeenAt: now, openedAt: now },
  });
  const insert = (more: object) => world.db.insert(reconciliationBreak).values({ ...one(), ...more });
  await insert({ closedAt: now, closedBecause: 'it is explained' });
  await expect(insert({ closedAt: now })).rejects.toThrow();
  await expect(insert({ closedBecause: 'never' })).rejects.toThrow();
  await expect(insert({ shortfall: -1n })).rejects.toThrow();
});
