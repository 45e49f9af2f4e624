import { and, desc, eq, inArray, isNotNull, notInArray, type SQL } from 'drizzle-orm';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { leg, payment } from '../db/schema.ts';
import { FINAL } from '../payment/states.ts';

const WHICH = {
  attention: isNotNull(leg.attentionCode),
  returned: and(inArray(leg.state, ['payout_failed', 'payout_returned']), notInArray(leg.state, [...FINAL])),
} as const satisfies Record<string, SQL | undefined>;

/** Legs that wait for a person, the largest first. Whoever must act at 3 a.m. begins at the top. */
export async function listAttention(db: Db, { which, limit }: Readonly<{ which: keyof typeof WHICH; limit: number }>) {
  const rows = await db
    .select({ leg, number: payment.number })
    .from(leg)
    .innerJoin(payment, eq(payment.id, leg.paymentId))
    .where(WHICH[which])
    .orderBy(desc(leg.amount), leg.enteredAt)
    .limit(limit + 1);
  return {
    legs: rows.slice(0, limit).map(({ leg: one, number }) => ({
      ...{ id: one.id, paymentId: one.paymentId, number, kind: one.kind, state: one.state },
      amount: formatDecimal(centavos(one.amount)),
      since: one.enteredAt.toISOString(),
      ...{ code: one.attentionCode, sentence: one.attentionText, owner: one.attentionOwner },
    })),
    isAll: rows.length <= limit,
  };
}
