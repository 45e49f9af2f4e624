import { and, eq, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { ledgerEntry, ledgerPosting } from '../db/schema.ts';
import type { EntryState } from './accounts.ts';
import type { Posting } from './journey.ts';

export type EntryParameters = Readonly<{
  id: string;
  /** Names the entry for ever: a second one under the same key is refused by the database. */
  key: string;
  paymentId: string | null;
  effectId: string | null;
  state: Exclude<EntryState, 'voided'>;
  postings: readonly Posting[];
}>;

/** Writes one entry with its postings. The database refuses, at commit, one that is not zero-sum or overdraws anybody. */
export async function writeEntry(tx: Tx, entry: EntryParameters): Promise<void> {
  const { id, key, paymentId, effectId, state, postings } = entry;
  await tx.insert(ledgerEntry).values({ id, key, paymentId, effectId, state });
  await tx.insert(ledgerPosting).values(
    postings.map(({ account, owner, amount }, line) => ({
      entryId: id,
      line,
      account,
      owner: owner ?? paymentId ?? 'general',
      currency: amount.currency,
      amount: amount.units,
    })),
  );
}

/** Settles the pending entry of an effect: `posted` on evidence, `voided` when the effect is dead and its money was seen back. */
export async function settleEntry(tx: Tx, effectId: string, state: 'posted' | 'voided'): Promise<void> {
  const settled = await tx
    .update(ledgerEntry)
    .set({ state, settledAt: sql`reactor.now()` })
    .where(and(eq(ledgerEntry.effectId, effectId), eq(ledgerEntry.state, 'pending')));
  if (settled.rowCount !== 1)
    throw new Error(`effect ${effectId} has ${settled.rowCount} pending ledger entries, not one`);
}
