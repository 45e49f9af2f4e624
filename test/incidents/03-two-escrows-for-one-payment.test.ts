import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { leg } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { recordFor, useDatabase } from './support.ts';

const db = useDatabase();

test('a retry beside the primary flow: at most one funding is alive, and a second one cannot be recorded', async () => {
  const payment = await givePayment(db());
  const both = await Promise.allSettled([
    recordFor(db(), payment, 'chain_fund'),
    recordFor(db(), payment, 'chain_fund'),
  ]);
  expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await refused(recordFor(db(), payment, 'chain_fund', 2), /effect_one_live/);
});

test('one leg has one reference for ever, which the contract takes once: even two sends make one escrow', async () => {
  const { legId } = await givePayment(db());
  const [row] = await db().select().from(leg).where(eq(leg.id, legId));
  expect(row?.reference).toBe(deriveReference(KEY_SECRET, legId));
  expect(deriveReference(KEY_SECRET, legId)).toBe(deriveReference(KEY_SECRET, legId));
  await refused(
    db()
      .update(leg)
      .set({ reference: deriveReference(KEY_SECRET, randomUUID()) })
      .where(eq(leg.id, legId)),
    /immutable/,
  );
  const other = await givePayment(db());
  const [second] = await db().select().from(leg).where(eq(leg.id, other.legId));
  if (!second) throw new Error('no leg');
  const { number: _, ...rest } = second;
  await refused(
    db()
      .insert(leg)
      .values({
        ...rest,
        ...(row && { reference: row.reference }),
        id: randomUUID(),
        state: 'requested',
      }),
    /leg_reference/,
  );
});
