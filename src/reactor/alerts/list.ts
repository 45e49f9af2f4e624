import { and, desc, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { alert } from '../db/schema.ts';
import { numbersOf } from '../payment/numbers.ts';
import type { AlertKind } from './kinds.ts';
import { runbookOf } from './notice.ts';

type Place = Readonly<{ at: Date; id: string }>;

/** Which payment a sentence tells of. */
const PAYMENT = /\b[Pp]ayment ([0-9a-f-]{36})\b/;
const paymentIn = (sentence: string): string | null => PAYMENT.exec(sentence)?.[1] ?? null;

/** Alerts, open or gone, newest first. */
export async function listAlerts(
  { db, settings }: Pick<Context, 'db' | 'settings'>,
  { isOpen, limit, before }: Readonly<{ isOpen: boolean; limit: number; before?: Place | undefined }>,
) {
  const at = isOpen ? alert.openedAt : alert.closedAt;
  const rows = await db
    .select()
    .from(alert)
    .where(
      and(
        isOpen ? isNull(alert.closedAt) : isNotNull(alert.closedAt),
        before && sql`(${at}, ${alert.id}) < (${before.at.toISOString()}::timestamptz, ${before.id}::uuid)`,
      ),
    )
    .orderBy(desc(at), desc(alert.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const place = last && { at: (isOpen ? last.openedAt : last.closedAt) ?? last.openedAt, id: last.id };
  const numbers = await numbersOf(
    db,
    page.map(({ sentence }) => `payment:${paymentIn(sentence)}`),
  );
  return {
    alerts: page.map(({ id, key, kind, severity, sentence, openedAt, closedAt }) => ({
      ...{ id, key, kind, severity, sentence },
      payment: numbers.get(`payment:${paymentIn(sentence)}`) ?? null,
      openedAt: openedAt.toISOString(),
      closedAt: closedAt?.toISOString() ?? null,
      runbook: runbookOf(kind as AlertKind, settings.operate.runbookUrl),
    })),
    next: rows.length > limit ? place : undefined,
  };
}
