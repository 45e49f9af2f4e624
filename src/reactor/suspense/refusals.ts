import { eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { type suspense, suspensePart } from '../db/schema.ts';
import { Refusal } from '../people/refusal.ts';

/** Why an item cannot be given away, in the words for whoever tried. */
export async function refuseUnopen(
  tx: Tx,
  depositId: string,
  row: typeof suspense.$inferSelect | undefined,
): Promise<Refusal> {
  if (!row) return noItem();
  if (row.closedAt) {
    const parts = await tx.select().from(suspensePart).where(eq(suspensePart.depositId, depositId));
    const how =
      parts.length > 0
        ? `given to ${parts.map(({ paymentId }) => `payment ${paymentId}`).join(', ')}`
        : row.explainedBy !== null
          ? `found to be ${row.explainedBy}, and is booked as such`
          : 'sent back to its sender by Juno itself';
    return new Refusal({
      code: 'suspense_closed',
      status: 409,
      title: 'This deposit is no longer in suspense',
      detail: `It was ${how} at ${row.closedAt.toISOString()}. Nothing was done now.`,
    });
  }
  const why: Record<string, string> = {
    below_minimum: 'It is less than Juno issues; Juno sends it back to the sender by itself, and the item closes then.',
    unexplained:
      'Juno shows that it came in, and neither who sent it nor MXNB for it so far. If that lasts, ask Juno’s support.',
    returned:
      'It is a payout that came back, and Juno shows no MXNB for it so far. If that lasts, its pesos lie at Juno or Bitso: ask their support.',
  };
  return new Refusal({
    code: 'not_issued',
    status: 409,
    title: 'Juno has not issued MXNB for this deposit',
    detail: `${why[row.reason] ?? 'That usually takes seconds.'} Nothing was done. Not issued yet: repeat in a moment.`,
  });
}

export const noItem = (): Refusal =>
  new Refusal({
    code: 'suspense_not_found',
    status: 404,
    title: 'There is no such deposit in suspense',
    detail: 'No item has this id. GET /api/v1/suspense lists them.',
  });
