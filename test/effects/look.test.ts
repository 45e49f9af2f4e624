import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { centavos, toMxnb } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { effect, evidence, junoTransaction, lane } from '../../src/reactor/db/schema.ts';
import type { EffectRow } from '../../src/reactor/effects/driver.ts';
import { driverOf } from '../../src/reactor/effects/drivers/index.ts';
import { type Desk, openDesk } from '../intake/desk.ts';
import { clientOf, json, startPeer } from '../juno/peer.ts';
import { givePayment, KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const LANE = 'payment:of-these-tests';
const BRIDGE = `0x${'b'.repeat(40)}`;
const ACCOUNT = '646180157042875763';
const HOUR_MS = 3_600_000;

let postgres: TestPostgres;
let db: Db;
let desk: Desk;
let ctx: Context;
let given: Awaited<ReturnType<typeof givePayment>>;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  db = await openTestDatabase(await postgres.createDatabase());
  await db.insert(lane).values({ name: LANE, epoch: 1 });
  desk = await openDesk();
  given = await givePayment(db);
  // The rest of a context is for other parts; touching it here would throw.
  ctx = { db, juno: desk.juno, settings: { keySecret: KEY_SECRET, bridge: BRIDGE } } as unknown as Context;
});
afterEach(async () => {
  await db?.$client.end();
  await desk?.close();
});

async function sent(kind: 'juno_withdrawal' | 'juno_redemption', legId = given.legId): Promise<EffectRow> {
  const isWithdrawal = kind === 'juno_withdrawal';
  const amount = centavos(given.amount);
  const [row] = await db
    .insert(effect)
    .values({
      ...{ id: randomUUID(), subjectKind: 'leg', subjectId: legId, kind, attempt: 1, paymentId: given.paymentId },
      ...{ key: randomUUID(), request: {}, lane: LANE, laneEpoch: 1, firstSentAt: new Date() },
      amount: isWithdrawal ? toMxnb(amount).units : amount.units,
      currency: isWithdrawal ? 'MXNB' : 'MXN',
    })
    .returning();
  if (!row) throw new Error('no effect');
  return row;
}

/** What Juno shows of a send: in its list, as intake has stored it, and in its detail. */
async function shown(
  type: 'CRYPTO_WITHDRAWAL' | 'REDEMPTION',
  details: object,
  { amount = given.amount, at_ms = 0, id = randomUUID() as string } = {},
): Promise<string> {
  const occurredAt = new Date(Date.now() + at_ms);
  desk.transactions.push({
    ...{ id, amount: '1500.00', transaction_type: type, summary_status: 'COMPLETE', details },
    created_at: occurredAt.toISOString(),
  });
  await db.insert(junoTransaction).values({ id, type, status: 'complete', amount, occurredAt });
  return id;
}
const toBridge = { receiver: { address: BRIDGE } };
const look = (row: EffectRow) => driverOf(row.kind).look(ctx, row);

describe('a withdrawal whose answer was lost', () => {
  test('of which there is no trace is not found', async () => {
    expect(await look(await sent('juno_withdrawal'))).toEqual({ found: 'none' });
  });
  test('is the one of its amount that went to the bridge wallet', async () => {
    const row = await sent('juno_withdrawal');
    const id = await shown('CRYPTO_WITHDRAWAL', toBridge);
    expect(await look(row)).toEqual({ found: 'one', externalId: id });
  });
  test('is neither of two', async () => {
    const row = await sent('juno_withdrawal');
    for (let i = 0; i < 2; i++) await shown('CRYPTO_WITHDRAWAL', toBridge);
    expect(await look(row)).toEqual({ found: 'several' });
  });
  test('is not one that went elsewhere', async () => {
    const row = await sent('juno_withdrawal');
    await shown('CRYPTO_WITHDRAWAL', { receiver: { address: `0x${'c'.repeat(40)}` } });
    expect(await look(row)).toEqual({ found: 'none' });
  });
  test('may be one that does not say where it went, which proves nothing', async () => {
    const row = await sent('juno_withdrawal');
    await shown('CRYPTO_WITHDRAWAL', {});
    expect(await look(row)).toEqual({ found: 'several' });
  });
  test('is not one of another amount, nor of another type, nor of another day', async () => {
    const row = await sent('juno_withdrawal');
    await shown('CRYPTO_WITHDRAWAL', toBridge, { amount: given.amount + 1n });
    await shown('REDEMPTION', toBridge);
    await shown('CRYPTO_WITHDRAWAL', toBridge, { at_ms: -HOUR_MS });
    await shown('CRYPTO_WITHDRAWAL', toBridge, { at_ms: 25 * HOUR_MS });
    expect(await look(row)).toEqual({ found: 'none' });
  });
  test('is not one that somebody has claimed', async () => {
    const row = await sent('juno_withdrawal');
    const externalId = await shown('CRYPTO_WITHDRAWAL', toBridge);
    await db.insert(evidence).values({ source: 'juno_transaction', externalId, subjectKind: 'leg', subjectId: 'x' });
    expect(await look(row)).toEqual({ found: 'none' });
  });
  test('is not one that another effect made', async () => {
    const other = await givePayment(db);
    const theirs = await sent('juno_withdrawal', other.legId);
    const row = await sent('juno_withdrawal');
    const externalId = await shown('CRYPTO_WITHDRAWAL', toBridge);
    for (const change of [{ state: 'sending' }, { state: 'confirmed', externalId }] as const)
      await db.update(effect).set(change).where(eq(effect.id, theirs.id));
    expect(await look(row)).toEqual({ found: 'none' });
  });
  test.each([
    ['is on its way', ['sending']],
    ['was lost as well', ['sending', 'unknown']],
  ] as const)('may be another’s of the same amount whose answer %s (incident 6)', async (_, states) => {
    const theirs = await sent('juno_withdrawal', (await givePayment(db)).legId);
    const row = await sent('juno_withdrawal');
    await shown('CRYPTO_WITHDRAWAL', toBridge);
    for (const state of states) await db.update(effect).set({ state }).where(eq(effect.id, theirs.id));
    expect(await look(row)).toEqual({ found: 'several' });
  });
});

test('a payout over Bitso whose origin id two withdrawals carry is neither of them', async () => {
  const row = await sent('juno_redemption');
  const peer = await startPeer();
  const bitso = clientOf(peer.url).client;
  const details = { origin_id: row.key };
  const withdrawal = { status: 'complete', amount: '1500.00', currency: 'mxn', details };
  const [one, other] = ['wid-1', 'wid-2'].map((wid) => ({ wid, ...withdrawal }));
  peer.answers.push(json([one]), json([one, other]), json([]));
  const lookAtBitso = () => driverOf('bitso_payout').look({ ...ctx, bitso }, row);
  expect(await lookAtBitso()).toEqual({ found: 'one', externalId: 'wid-1' });
  expect(await lookAtBitso()).toEqual({ found: 'several' });
  expect(await lookAtBitso()).toEqual({ found: 'none' });
  await peer.close();
});

describe('a redemption whose answer was lost', () => {
  test('is the one that went to the payout account', async () => {
    const row = await sent('juno_redemption');
    await shown('REDEMPTION', { receiver: { clabe: '012180015040777777' } });
    const id = await shown('REDEMPTION', { receiver: { clabe: ACCOUNT } });
    expect(await look(row)).toEqual({ found: 'one', externalId: id });
  });
});
