import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { Context } from '../../src/reactor/context.ts';
import { effect, leg, tally, tallyNews } from '../../src/reactor/db/schema.ts';
import { foldTally } from '../../src/reactor/metrics/tally.ts';
import { usePayment } from '../db/use-payment.ts';

const here = usePayment();
const fold = (holder = 'test') => foldTally({ db: here.db, holder } as Context);
const present = async (subject: 'leg' | 'payment', state: string) => {
  const rows = await here.db.select().from(tally).where(eq(tally.subject, subject));
  return rows.filter((row) => row.state === state).reduce((sum, row) => sum + row.present, 0);
};

test('every move is counted once, whoever folds, and its news is gone', async () => {
  const { legId } = here.given;
  await fold();
  const [waiting, deposited] = [await present('leg', 'requested'), await present('payment', 'deposited')];
  await here.db.update(leg).set({ state: 'deposited', cause: 'paid' }).where(eq(leg.id, legId));
  await Promise.all([fold('one'), fold('another'), fold('a third')]);
  await fold();
  expect(await present('leg', 'requested')).toBe(waiting - 1);
  expect(await present('payment', 'deposited')).toBe(deposited + 1);
  expect(await here.db.select().from(tallyNews)).toEqual([]);
  const { rows } = await here.db.execute(sql`SELECT state, count(*)::int FROM reactor.leg GROUP BY 1 ORDER BY 1`);
  const counted = await here.db.select().from(tally).where(eq(tally.subject, 'leg')).orderBy(tally.state);
  const there = counted.filter((row) => row.present !== 0).map((row) => ({ state: row.state, count: row.present }));
  expect(there).toEqual(rows);
});

test('how long it was in the state that it left', async () => {
  const { legId } = here.given;
  await here.db.execute(
    sql`UPDATE reactor.leg SET entered_at = reactor.now() - interval '40 seconds' WHERE id = ${legId}`,
  );
  const before = await here.db.select().from(tally).where(eq(tally.state, 'requested'));
  await here.db.update(leg).set({ state: 'deposited', cause: 'paid' }).where(eq(leg.id, legId));
  await fold();
  const [after] = await here.db.select().from(tally).where(sql`subject = 'leg' AND state = 'requested'`);
  const was = before.find(({ subject }) => subject === 'leg');
  expect((after?.stayed ?? 0) - (was?.stayed ?? 0)).toBeCloseTo(40, 0);
  expect((after?.left ?? 0) - (was?.left ?? 0)).toBe(1);
});

test('what became of an effect, and nothing of what is under way', async () => {
  const [made] = await here.db.insert(effect).values(here.anEffect()).returning();
  const id = made?.id ?? '';
  await here.db.update(effect).set({ state: 'sending' }).where(eq(effect.id, id));
  await here.db.update(effect).set({ state: 'unknown' }).where(eq(effect.id, id));
  await here.db.update(effect).set({ state: 'confirmed' }).where(eq(effect.id, id));
  await fold();
  const counted = await here.db.select().from(tally).where(eq(tally.subject, 'effect')).orderBy(tally.state);
  expect(counted.map(({ kind, state, entered }) => [kind, state, entered])).toEqual([
    ['juno_withdrawal', 'confirmed', 1],
    ['juno_withdrawal', 'unknown', 1],
  ]);
});
