import { eq } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { ledgerEntry } from '../db/schema.ts';

/** Whether the books have a commission as earned. One that takes the place of another earns it anew. */
export async function isEarned(db: Db | Tx, legId: string): Promise<boolean> {
  const [entry] = await db
    .select({ id: ledgerEntry.id })
    .from(ledgerEntry)
    .where(eq(ledgerEntry.key, `earned:${legId}:1`));
  return entry !== undefined;
}
