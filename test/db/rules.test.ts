import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { centavos, mxnbUnits } from '../../src/money/money.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { cap, effect, effectMove, evidence, lane, leg, legHistory, legMove } from '../../src/reactor/db/schema.ts';
import { EFFECT_MOVES } from '../../src/reactor/effects/states.ts';
import { ACCOUNTS } from '../../src/reactor/ledger/accounts.ts';
import { JOURNEY, type Posting } from '../../src/reactor/ledger/journey.ts';
import { settleEntry, writeEntry } from '../../src/reactor/ledger/write.ts';
import { LEG_MOVES } from '../../src/reactor/payment/states.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';

const LANE = 'payment:of-these-tests';

const database = useDatabase();
let db: Db;
beforeAll(async () => {
  db = database();
  await db.insert(lane).values({ name: LANE, epoch: 1 });
});

const effectOf = (
  legId: string,
  paymentId: string,
  given: Partial<typeof effect.$inferInsert> = {},
): typeof effect.$inferInsert => ({
  id: randomUUID(),
  subjectKind: 'leg',
  subjectId: legId,
  kind: 'juno_withdrawal',
  attempt: 1,
  paymentId,
  key: randomUUID(),
  request: {},
  amount: 1n,
  currency: 'MXNB',
  lane: LANE,
  laneEpoch: 1,
  ...given,
});
const entry = (
  paymentId: string | null,
  postings: readonly Posting[],
  given: { key?: string; effectId?: string; state?: 'pending' | 'posted' } = {},
) =>
  db.transaction((tx) =>
    writeEntry(tx, {
      id: randomUUID(),
      key: given.key ?? randomUUID(),
      paymentId,
      effectId: given.effectId ?? null,
      state: given.state ?? 'posted',
      postings,
    }),
  );

describe('the database has one clock', () => {
  test('no default and no function reads another one than reactor.now()', async () => {
    const { rows } = await db.execute<{ place: string }>(sql`
      SELECT table_name || '.' || column_name AS place FROM information_schema.columns
      WHERE table_schema = 'reactor' AND column_default ~ '^(now\\(\\)|clock_timestamp\\(\\)|CURRENT_)'
      UNION ALL
      SELECT proname FROM pg_proc WHERE pronamespace = 'reactor'::regnamespace AND proname <> 'now' AND prosrc ~ 'clock_timestamp|[^.]now\\(\\)'`);
    expect(rows).toEqual([]);
  });

  test('it is inlined: it costs what the clock of Postgres costs', async () => {
    const { rows } = await db.execute<{ 'QUERY PLAN': string }>(sql`EXPLAIN VERBOSE SELECT reactor.now()`);
    expect(rows.map((row) => row['QUERY PLAN']).join()).toContain('clock_timestamp()');
  });
});

describe('the tables of moves are those of the code', () => {
  test('legs', async () => {
    const rows = (await db.select().from(legMove)).map((r) => `${r.kind}: ${r.fromState} → ${r.toState}`).sort();
    const wanted = Object.entries(LEG_MOVES).flatMap(([kind, moves]) =>
      Object.entries(moves).flatMap(([from, tos]) => tos.map((to) => `${kind}: ${from} → ${to}`)),
    );
    expect(rows).toEqual(wanted.sort());
  });
  test('effects', async () => {
    const rows = (await db.select().from(effectMove)).map((r) => `${r.fromState} → ${r.toState}`).sort();
    expect(rows).toEqual(
      Object.entries(EFFECT_MOVES)
        .flatMap(([from, tos]) => tos.map((to) => `${from} → ${to}`))
        .sort(),
    );
  });
  test('accounts', async () => {
    const { rows } = await db.execute<{ code: string; kind: string }>(
      sql`SELECT code, kind FROM reactor.ledger_account`,
    );
    expect(Object.fromEntries(rows.map((r) => [r.code, r.kind]))).toEqual(ACCOUNTS);
  });
});

describe('a leg', () => {
  test('moves only along a legal move, and each move leaves its line', async () => {
    const { legId } = await givePayment(db);
    await refused(
      db.update(leg).set({ state: 'completed', cause: 'x' }).where(eq(leg.id, legId)),
      /may not move from requested to completed/,
    );
    await db.update(leg).set({ state: 'deposited', cause: 'paid' }).where(eq(leg.id, legId));
    const history = await db.select().from(legHistory).where(eq(legHistory.legId, legId));
    expect(history.map((h) => [h.fromState, h.toState, h.cause])).toEqual([
      [null, 'requested', 'created'],
      ['requested', 'deposited', 'paid'],
    ]);
  });
  test('is immutable in its terms and never deleted; its history cannot be edited', async () => {
    const { legId } = await givePayment(db);
    await refused(db.update(leg).set({ amount: 1n }).where(eq(leg.id, legId)), /immutable in its terms/);
    await refused(db.delete(leg).where(eq(leg.id, legId)), /append-only/);
    await refused(db.update(legHistory).set({ cause: 'forged' }).where(eq(legHistory.legId, legId)), /append-only/);
  });
  test('live legs sum to the deposit', async () => {
    const { paymentId, legId } = await givePayment(db, { amount: 20_000n });
    const [first] = await db.select().from(leg).where(eq(leg.id, legId));
    if (!first) throw new Error('no leg');
    const { number: _, ...rest } = first;
    await refused(
      db.insert(leg).values({ ...rest, id: randomUUID(), reference: `0x${'ab'.repeat(32)}`, amount: 1n }),
      new RegExp(`live legs of payment ${paymentId} sum to 20001`),
    );
  });
});

describe('an effect', () => {
  test('two live ones of a subject and kind cannot be, whatever their attempt', async () => {
    const { legId, paymentId } = await givePayment(db);
    await db.insert(effect).values(effectOf(legId, paymentId));
    await refused(db.insert(effect).values(effectOf(legId, paymentId, { attempt: 2 })), /effect_one_live/);
    await refused(
      db.insert(effect).values(effectOf(legId, paymentId)),
      /effect_attempt|effect_one_live|does not follow/,
    );
  });
  test('moves along legal moves, under the present epoch of a lane only, and keeps what it does', async () => {
    const { legId, paymentId } = await givePayment(db);
    const [mineLane, walletLane] = [`payment:${paymentId}`, `wallet:${paymentId}`];
    await db.insert(lane).values([
      { name: mineLane, epoch: 5 },
      { name: walletLane, epoch: 2 },
    ]);
    await refused(
      db.insert(effect).values(effectOf(legId, paymentId, { lane: mineLane, laneEpoch: 4 })),
      /epoch 4 is not the present one/,
    );
    const row = effectOf(legId, paymentId, { lane: mineLane, laneEpoch: 5 });
    const mine = eq(effect.id, row.id);
    await db.insert(effect).values(row);
    await refused(db.update(effect).set({ state: 'unknown' }).where(mine), /may not move from recorded to unknown/);
    for (const laneEpoch of [1, 3]) {
      const stale = { state: 'sending', lane: walletLane, laneEpoch } as const;
      await refused(db.update(effect).set(stale).where(mine), /is not the present one of lane wallet/);
    }
    // Another lane may take it on: the wallet's sends what the payment's recorded, whatever the numbers of their epochs.
    await db.update(effect).set({ state: 'sending', lane: walletLane, laneEpoch: 2 }).where(mine);
    await refused(db.update(effect).set({ key: randomUUID() }).where(mine), /immutable in what it does/);
    await refused(
      db
        .update(effect)
        .set({ request: { other: true } })
        .where(mine),
      /immutable in what it does/,
    );
    await db.update(effect).set({ state: 'confirmed', externalId: 'juno-1' }).where(mine);
    await refused(db.update(effect).set({ externalId: 'juno-2' }).where(mine), /already has its name/);
  });
  test('gives back what it took of the day’s cap when it comes to nothing, once', async () => {
    const { legId, paymentId } = await givePayment(db);
    await db.insert(cap).values({ name: 'payouts:of-these-tests', used: 500n, limit: 1_000n });
    const used = async () => (await db.select().from(cap).where(eq(cap.name, 'payouts:of-these-tests')))[0]?.used;
    const row = effectOf(legId, paymentId, {
      kind: 'bitso_payout',
      caps: ['payouts:of-these-tests'],
      amount: 300n,
      currency: 'MXN',
    });
    await db.insert(effect).values(row);
    const to = (state: 'sending' | 'confirmed' | 'dead') =>
      db.update(effect).set({ state }).where(eq(effect.id, row.id));
    await to('sending');
    await to('confirmed');
    expect(await used()).toBe(500n);
    await to('dead');
    expect(await used()).toBe(200n);
  });
  test('a new attempt needs a dead one', async () => {
    const { legId, paymentId } = await givePayment(db);
    const first = effectOf(legId, paymentId);
    await db.insert(effect).values(first);
    await db.update(effect).set({ state: 'dead' }).where(eq(effect.id, first.id));
    await refused(
      db.insert(effect).values(effectOf(legId, paymentId, { attempt: 3 })),
      /attempt 3 .* does not follow 1/,
    );
    await db.insert(effect).values(effectOf(legId, paymentId, { attempt: 2 }));
  });
});

test('evidence is claimed once, by one subject', async () => {
  const [a, b] = [await givePayment(db), await givePayment(db)];
  const claim = (subjectId: string) =>
    db.insert(evidence).values({ source: 'juno_deposit', externalId: 'fid-1', subjectKind: 'leg', subjectId });
  await claim(a.legId);
  await refused(claim(b.legId), /evidence_source_external_id_block_hash_pk|duplicate key/);
});

test('a log is one of its block: in another its number may be that of another leg’s, unless nothing but the number tells whose it is', async () => {
  const [a, b] = [await givePayment(db), await givePayment(db)];
  const claim = (subjectId: string, as: string, blockHash: string) =>
    db.insert(evidence).values({
      ...{ source: 'chain', externalId: `421614:0x${as}:2`, subjectKind: 'leg', subjectId },
      detail: { as, txHash: `0x${as}`, blockNumber: '1', blockHash },
    });
  await claim(a.legId, 'unlocked', '0xone');
  await refused(claim(b.legId, 'unlocked', '0xone'), /evidence_source_external_id_block_hash_pk/);
  await claim(b.legId, 'unlocked', '0xother');
  await claim(a.legId, 'arrival', '0xone');
  await refused(claim(b.legId, 'arrival', '0xother'), /evidence_arrival_once/);
});

describe('the ledger', () => {
  const thousand = centavos(100_000n);
  test('an entry that is not zero in each currency is refused at commit', async () => {
    const { paymentId } = await givePayment(db);
    await refused(entry(paymentId, [{ account: 'spei_in', amount: thousand }]), /is out by 100000 MXN/);
    // Zero over all currencies together is not zero in each.
    await refused(
      entry(paymentId, [
        { account: 'spei_in', amount: thousand },
        { account: 'juno_pool', amount: mxnbUnits(-100_000n) },
      ]),
      /is out by/,
    );
  });
  test('the same entry cannot be written twice', async () => {
    const { paymentId } = await givePayment(db);
    const key = randomUUID();
    await entry(paymentId, JOURNEY.deposit(thousand), { key });
    await refused(entry(paymentId, JOURNEY.deposit(thousand), { key }), /ledger_entry_key/);
  });
  test('a second payout of a payment is refused: its liability would fall below zero, pending included', async () => {
    const { paymentId } = await givePayment(db);
    for (const step of ['deposit', 'issuance'] as const) await entry(paymentId, JOURNEY[step](thousand));
    await entry(paymentId, JOURNEY.juno_redemption(thousand), { state: 'pending' });
    await refused(entry(paymentId, JOURNEY.juno_redemption(thousand), { state: 'pending' }), /would be overdrawn/);
  });
  test('nobody is paid with another’s money, though the pool is full', async () => {
    const [rich, poor] = [await givePayment(db), await givePayment(db)];
    for (const step of ['deposit', 'issuance'] as const) await entry(rich.paymentId, JOURNEY[step](thousand));
    await refused(
      entry(poor.paymentId, JOURNEY.juno_withdrawal(thousand), { state: 'pending' }),
      new RegExp(`juno_pool of ${poor.paymentId} would be overdrawn`),
    );
  });
  test('pending is posted or voided once', async () => {
    const { paymentId, legId } = await givePayment(db);
    for (const step of ['deposit', 'issuance'] as const) await entry(paymentId, JOURNEY[step](thousand));
    const row = effectOf(legId, paymentId);
    await db.insert(effect).values(row);
    await entry(paymentId, JOURNEY.juno_withdrawal(thousand), { state: 'pending', effectId: row.id });
    await db.transaction((tx) => settleEntry(tx, row.id, 'voided'));
    await refused(
      db.transaction((tx) => settleEntry(tx, row.id, 'posted')),
      /has 0 pending ledger entries/,
    );
    const { rows } = await db.execute<{ posted: string; pending: string }>(
      sql`SELECT posted, pending FROM reactor.ledger_balance WHERE owner = ${paymentId} AND account = 'juno_pool'`,
    );
    expect(rows).toEqual([{ posted: '1000000000', pending: '0' }]);
  });
});

test('a cap cannot be exceeded, however many try at once', async () => {
  await db.insert(cap).values({ name: 'day', used: 0n, limit: 10n });
  const take = () =>
    db.execute(
      sql`UPDATE reactor.cap SET used_centavos = used_centavos + 3 WHERE name = 'day' AND used_centavos + 3 <= limit_centavos`,
    );
  const taken = (await Promise.all(Array.from({ length: 12 }, take)))
    .map((r) => r.rowCount ?? 0)
    .reduce((a, b) => a + b, 0);
  expect(taken).toBe(3);
  await refused(db.update(cap).set({ used: 11n }).where(eq(cap.name, 'day')), /cap_not_exceeded/);
});
