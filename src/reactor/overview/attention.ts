import { and, desc, eq, inArray, isNotNull, notInArray, type SQL, sql } from 'drizzle-orm';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { leg, payment } from '../db/schema.ts';
import { FINAL } from '../payment/states.ts';

const WHICH = {
  attention: isNotNull(leg.attentionCode),
  returned: and(inArray(leg.state, ['payout_failed', 'payout_returned']), notInArray(leg.state, [...FINAL])),
} as const satisfies Record<string, SQL | undefined>;

export type ListAttentionParameters = Readonly<{
  which: keyof typeof WHICH;
  limit: number;
  /** The last one of the page before. */
  after?: Readonly<{ amount: bigint; since: Date; id: string }> | undefined;
}>;

/** Legs that wait for a person, the largest first, of equal ones the oldest. Whoever must act at 3 a.m. begins at the top. */
export async function listAttention(db: Db, { which, limit, after }: ListAttentionParameters) {
  const rows = await db
    .select({ leg, number: payment.number })
    .from(leg)
    .innerJoin(payment, eq(payment.id, leg.paymentId))
    .where(
      and(
        WHICH[which],
        after &&
          sql`(-${leg.amount}, ${leg.enteredAt}, ${leg.id}) > (-${after.amount.toString()}::numeric, ${after.since.toISOString()}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(desc(leg.amount), leg.enteredAt, leg.id)
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1)?.leg : undefined;
  return {
    legs: page.map(({ leg: one, number }) => ({
      ...{ id: one.id, paymentId: one.paymentId, number, kind: one.kind, state: one.state },
      amount: formatDecimal(centavos(one.amount)),
      since: one.enteredAt.toISOString(),
      ...{ code: one.attentionCode, sentence: one.attentionText, owner: one.attentionOwner },
    })),
    isAll: rows.length <= limit,
    next: last ? { amount: last.amount, since: last.enteredAt, id: last.id } : null,
  };
}
