/** Whether the sweep would find a payment, whatever wake-up was lost. */
import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../src/reactor/db/client.ts';
import { leg } from '../../src/reactor/db/schema.ts';

/** Nothing looks at it for a day by itself. */
export const rest = (db: Db, paymentId: string) =>
  db.update(leg).set({ dueAt: sql`reactor.now() + interval '1 day'` }).where(eq(leg.paymentId, paymentId));

export const isDue = async (db: Db, paymentId: string): Promise<boolean> =>
  (await db.$count(leg, and(eq(leg.paymentId, paymentId), sql`${leg.dueAt} <= reactor.now()`))) > 0;
