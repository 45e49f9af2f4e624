/** The audit log as it is looked up: who did what, to what, when and why. */
import { and, desc, eq, gte, ilike, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { auditLog } from '../db/schema.ts';
import { numbersOf } from '../payment/numbers.ts';
import { csv } from '../report/csv.ts';
import { nextDay, startOf } from '../report/day.ts';
import { reasonTo } from './words.ts';

/** `#9` or `payment:9`. */
const NUMBERED = /^(?:payment:)?#?([1-9]\d{0,14})$/;
const PAGE = 500;

export type WhichAudit = Readonly<{
  /** One thing, as `payment:<id>`; `#9` is the payment of that number with its legs, effects and disputes. */
  subject?: string | undefined;
  /** A part of the name of whoever did it. */
  who?: string | undefined;
  /** What was done; of what needs two people also to propose, approve and withdraw it. */
  command?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}>;
type Page = WhichAudit & Readonly<{ limit: number; before?: number | undefined; canReadReasons: boolean }>;

/** Newest first. Why, in people’s words, for those who are on duty. */
export async function listAudit(db: Db, { limit, before, canReadReasons, ...which }: Page) {
  const rows = await db
    .select()
    .from(auditLog)
    .where(and(...asked(which), before === undefined ? undefined : lt(auditLog.id, before)))
    .orderBy(desc(auditLog.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const numbers = await numbersOf(
    db,
    page.map(({ subject }) => subject),
  );
  return {
    lines: page.map(({ at, detail, reason, ...rest }) => ({
      ...rest,
      at: at.toISOString(),
      reason: reasonTo(canReadReasons, reason),
      detail: detail as Record<string, unknown>,
      payment: numbers.get(rest.subject) ?? null,
    })),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

function asked({ subject, who, command, from, to }: WhichAudit): (SQL | undefined)[] {
  return [
    subject === undefined ? undefined : ofSubject(subject),
    who === undefined ? undefined : ilike(auditLog.actor, `%${who.replaceAll(/[\\%_]/g, '\\$&')}%`),
    command === undefined
      ? undefined
      : inArray(auditLog.command, [command, ...['propose', 'approve', 'withdraw'].map((step) => `${step} ${command}`)]),
    from === undefined ? undefined : gte(auditLog.at, startOf(from)),
    to === undefined ? undefined : lt(auditLog.at, startOf(nextDay(to))),
  ];
}

function ofSubject(subject: string): SQL {
  const [, number] = NUMBERED.exec(subject) ?? [];
  if (number === undefined) return eq(auditLog.subject, subject);
  return sql`${auditLog.subject} IN (
    SELECT 'payment:' || id FROM reactor.payment WHERE number = ${number}::bigint
    UNION ALL SELECT 'leg:' || l.id FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id WHERE p.number = ${number}::bigint
    UNION ALL SELECT 'effect:' || f.id FROM reactor.effect f JOIN reactor.payment p ON p.id = f.payment_id WHERE p.number = ${number}::bigint
    UNION ALL SELECT 'dispute:' || d.id FROM reactor.dispute d JOIN reactor.payment p ON p.id = d.payment_id WHERE p.number = ${number}::bigint)`;
}

/** The newest lines that fit, at most so many, as a table. */
export async function auditCsv(db: Db, most: number, { before: first, ...which }: Omit<Page, 'limit'>) {
  const rows: string[][] = [];
  let before = first;
  do {
    const { lines, next } = await listAudit(db, { ...which, limit: Math.min(PAGE, most - rows.length), before });
    rows.push(
      ...lines.map((one) => [
        ...[String(one.id), one.at, one.actor, one.role, one.command, one.subject, String(one.payment ?? '')],
        ...[one.reason, JSON.stringify(one.detail)],
      ]),
    );
    before = next ?? undefined;
  } while (before !== undefined && rows.length < most);
  return csv([['id', 'at', 'who', 'role', 'what', 'to', 'payment', 'why', 'detail'], ...rows]);
}
