/** Hostile review r4: a thousand payments whose look fails keep the sweep from all others. */
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { Context } from '../../src/reactor/context.ts';
import { sweep } from '../../src/reactor/watch/rescan.ts';
import { givePayment } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();

test('a payment whose wake-up was lost is found by the sweep, however many others fail at each look', async () => {
  const db = database();
  const poison = await givePayment(db);
  // A thousand more like it, due for an hour: whatever looks at them throws, so that nobody says when they are due again.
  await db.transaction(async (tx) => {
    await tx.execute(sql`SET LOCAL session_replication_role = replica`);
    await tx.execute(sql`
      INSERT INTO reactor.payment OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'number', p.number + 1000000 + n, 'amount_centavos', 10000 + n))).*
      FROM reactor.payment p, generate_series(1, 1000) AS n WHERE p.id = ${poison.paymentId}`);
    await tx.execute(sql`
      INSERT INTO reactor.leg OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'number', 1000000 + p.number, 'payment_id', p.id,
        'reference', '0x' || md5(p.id::text) || md5(p.id::text), 'due_at', reactor.now() - interval '1 hour'))).*
      FROM reactor.leg l, reactor.payment p WHERE l.id = ${poison.legId} AND p.id <> ${poison.paymentId}`);
  });
  const lost = await givePayment(db);
  await db.execute(sql`UPDATE reactor.leg SET due_at = reactor.now() - interval '1 minute' WHERE id = ${lost.legId}`);
  const woken = new Set<string>();
  const ctx = { db, queue: { enqueue: async ({ id }: { id: string }) => void woken.add(id) } } as unknown as Context;
  for (let n = 0; n < 5; n++) await sweep(ctx);
  expect(woken.size).toBeGreaterThanOrEqual(1_000);
  expect(woken.has(lost.paymentId)).toBe(true);
});
