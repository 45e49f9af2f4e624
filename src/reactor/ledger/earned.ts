import { type AnyColumn, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { ledgerEntry } from '../db/schema.ts';

const keyOf = (legId: string) => `earned:${legId}:1`;

/** Whether the books have a commission as earned. One that takes the place of another earns it anew. */
export async function isEarned(db: Db | Tx, legId: string): Promise<boolean> {
  const [entry] = await db
    .select({ id: ledgerEntry.id })
    .from(ledgerEntry)
    .where(eq(ledgerEntry.key, keyOf(legId)));
  return entry !== undefined;
}

/** The same, as a part of a larger question. */
export const isEarnedBy = (legId: AnyColumn) =>
  sql<boolean>`EXISTS (SELECT 1 FROM reactor.ledger_entry b WHERE b.key = 'earned:' || ${legId} || ':1')`;
