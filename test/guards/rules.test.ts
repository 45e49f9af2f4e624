import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { capLimit, hold, screening, wideHold } from '../../src/reactor/db/schema.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';

const db = useDatabase();
const AS = { reasonCode: 'drill', sentence: 'a drill', owner: 'operations' };

test('a hold keeps its terms, is closed once, and is never deleted', async () => {
  const { paymentId, payerId } = await givePayment(db());
  const [one, wide] = [randomUUID(), randomUUID()];
  await db()
    .insert(hold)
    .values({ id: one, paymentId, kind: 'hold', ...AS });
  await db()
    .insert(wideHold)
    .values({ id: wide, switchName: `user:${payerId}`, ...AS });
  for (const [table, id] of [
    [hold, one],
    [wideHold, wide],
  ] as const) {
    await refused(db().update(table).set({ owner: 'nobody' }).where(eq(table.id, id)), /stays as it is/);
    await db().update(table).set({ closedAt: new Date() }).where(eq(table.id, id));
    await refused(db().update(table).set({ closedAt: null }).where(eq(table.id, id)), /stays as it is/);
    await refused(db().delete(table).where(eq(table.id, id)), /append-only/);
  }
  await refused(db().execute(sql`DELETE FROM reactor.guard_switch WHERE name = 'all'`), /append-only/);
});

test('a screening is of the past and ends', async () => {
  const { payerId } = await givePayment(db());
  const found = { userId: payerId, kyc: 'verified', blacklist: 'clear', reference: 'x', source: 'x' } as const;
  const at = (minutes: number) => new Date(Date.now() + minutes * 60_000);
  await refused(
    db()
      .insert(screening)
      .values({ ...found, checkedAt: at(0), validUntil: at(-1) }),
    /screening_age/,
  );
  await refused(
    db()
      .insert(screening)
      .values({ ...found, checkedAt: at(60), validUntil: at(120) }),
    /screening_age/,
  );
});

test('a limit is not below nothing', async () => {
  const below = db().insert(capLimit).values({ name: 'day', hundredths: -1n, unit: 'MXN', changedBy: 'test' });
  await refused(below, /cap_limit_amount/);
  expect(await db().select().from(capLimit)).toEqual([]);
});
