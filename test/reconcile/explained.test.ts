/** What a send whose answer is out explains of what Juno did: one act of its own, and only until its answer is known. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { encodeRedemption } from '../../src/juno/createRedemption.ts';
import { centavos } from '../../src/money/money.ts';
import { destination, effect, heartbeat, junoObservation, junoTransaction, leg } from '../../src/reactor/db/schema.ts';
import { type Mark, readLast } from '../../src/reactor/reconcile/mark.ts';
import { readBooks } from '../../src/reactor/reconcile/read-books.ts';
import { usePayment } from '../db/use-payment.ts';

const here = usePayment();
const ACCOUNT = randomUUID();
const BEGAN = new Date(Date.now() - 86_400_000);
/** Of each test another one: what the tests before it left is not its own. */
let amount = 150_000n;
let mark: Mark;

beforeAll(async () => void (await here.db.insert(heartbeat).values({ name: 'intake:began', at: BEGAN, detail: {} })));
beforeEach(async () => {
  amount += 1n;
  mark = await readLast(here.db, BEGAN);
  await inTheMeantime(0);
});

/** A redemption of ours whose answer is out. */
async function sent() {
  const { db } = here;
  const body = encodeRedemption({ amount: centavos(amount), bankAccountId: ACCOUNT, amountAs: 'text' });
  const e = here.anEffect({ kind: 'juno_redemption', amount, currency: 'MXN', request: { body } });
  await db.insert(effect).values(e);
  const set = (given: object) => db.update(effect).set(given).where(eq(effect.id, e.id));
  await set({ state: 'sending', firstSentAt: new Date() });
  await set({ state: 'unknown' });
  return { answered: (externalId: string) => set({ state: 'confirmed', externalId }) };
}

/** A redemption that Juno shows; `told`: what its detail says of where it went, null where it was not asked for yet. */
async function shown(id: string, told: { clabe?: string; accountId?: string } | null = null) {
  const { db } = here;
  await db.insert(junoTransaction).values({
    ...{ id, type: 'REDEMPTION', status: 'complete', amount, occurredAt: new Date() },
    ...{ isDetailed: told !== null, clabe: told?.clabe ?? null },
  });
  const body = JSON.stringify({ destination_bank_account_id: told?.accountId });
  await db.insert(junoObservation).values({ resource: 'transaction', externalId: id, fingerprint: randomUUID(), body });
}

/** What a look tells as made by nobody, and keeps for the next one. */
async function look(): Promise<string[]> {
  const known = { acts: mark.explained, entries: [], payments: [] };
  const read = await readBooks(here.db, { mark, asked: new Date(), known, lost: [], overdue_ms: 1_800_000 });
  const { acts, observation, settled, explained } = read;
  mark = { ...mark, until: settled.until, totals: [...settled.totals], observation, explained: [...explained] };
  return acts.flatMap(({ id, units }) => (units === amount ? [id] : [])).sort();
}

const inTheMeantime = (seconds: number) =>
  here.db.execute(
    sql.raw(
      `CREATE OR REPLACE FUNCTION reactor.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp() + interval ''${seconds} seconds'''`,
    ),
  );

test('a redemption that no effect made is told at once, though another answer of its amount is out', async () => {
  const { answered } = await sent();
  await shown('one');
  await shown('another');
  const [told = '', ...more] = await look();
  expect(more).toEqual([]);
  await answered(told === 'one' ? 'another' : 'one');
  expect(await look()).toEqual([told]);
});

test('what an answer that was out had explained is told when that answer turns out to be another act, however late', async () => {
  const { answered } = await sent();
  await shown('explained');
  expect(await look()).toEqual([]);
  // Past it: nothing new is looked for there any more.
  for (const seconds of [300, 600]) {
    await inTheMeantime(seconds);
    expect(await look()).toEqual([]);
  }
  await answered('what it was');
  expect(await look()).toEqual(['explained']);
});

test('an answer that is out explains what went to its own account, and nothing of which Juno does not tell where it went', async () => {
  await sent();
  const [row] = await here.db.select().from(leg).where(eq(leg.id, here.given.legId));
  const [account] = await here.db
    .select()
    .from(destination)
    .where(eq(destination.id, row?.destinationId ?? ''));
  await shown('elsewhere', { clabe: '002010077777777771' });
  await shown('untold', {});
  expect(await look()).toEqual(['elsewhere', 'untold']);
  await shown('by its CLABE', { clabe: account?.clabe ?? '' });
  expect(await look()).not.toContain('by its CLABE');
});

test('an act that names the account of a send by its id alone may be that send’s', async () => {
  await sent();
  await shown('by its id', { accountId: ACCOUNT });
  await shown('of another id', { accountId: randomUUID() });
  expect(await look()).toEqual(['of another id']);
});
