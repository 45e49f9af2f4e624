/** Breaks as people and programs see them, and what people note on them. */
import { and, asc, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Currency, formatDecimal, money } from '../../money/money.ts';
import type { Db, Tx } from '../db/client.ts';
import { auditLog, heartbeat, reconciliationBreak } from '../db/schema.ts';
import { type Actor, audit } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { reasonTo } from '../people/words.ts';
import type { BreakKind } from './kinds.ts';
import { MARK } from './mark.ts';

const NOTE = 'break note';
const MOST_NOTES = 100;
type Row = typeof reconciliationBreak.$inferSelect;

export type ListBreaksParameters = Readonly<{
  limit: number;
  /** The last one of the page before. */
  before?: { at: Date; id: string } | undefined;
  status: 'open' | 'closed' | 'all';
  kind?: BreakKind | undefined;
  paymentId?: string | undefined;
}>;

/** Breaks, newest first, and when the sides were last compared: none that is open says nothing where nobody looked. */
export async function listBreaks(db: Db, { limit, before, status, kind, paymentId }: ListBreaksParameters) {
  const at = before && sql`${before.at.toISOString()}::timestamptz`;
  const rows = await db
    .select()
    .from(reconciliationBreak)
    .where(
      and(
        status === 'open' ? isNull(reconciliationBreak.closedAt) : undefined,
        status === 'closed' ? isNotNull(reconciliationBreak.closedAt) : undefined,
        kind === undefined ? undefined : eq(reconciliationBreak.kind, kind),
        paymentId === undefined ? undefined : eq(reconciliationBreak.paymentId, paymentId),
        before && sql`(${reconciliationBreak.openedAt}, ${reconciliationBreak.id}) < (${at}, ${before.id}::uuid)`,
      ),
    )
    .orderBy(desc(reconciliationBreak.openedAt), desc(reconciliationBreak.id))
    .limit(limit + 1);
  const [mark] = await db.select({ at: heartbeat.at }).from(heartbeat).where(eq(heartbeat.name, MARK));
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(shown),
    next: rows.length > limit && last ? { at: last.openedAt, id: last.id } : null,
    reconciledAt: mark?.at.toISOString() ?? null,
  };
}

/** One break with all that was noted on it, the oldest first. Throws a Refusal `break_not_found`. */
export async function showBreak(db: Db | Tx, id: string, canReadReasons: boolean) {
  const row = await find(db, id);
  const notes = await db
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.subject, `break:${row.id}`), eq(auditLog.command, NOTE)))
    .orderBy(asc(auditLog.id))
    .limit(MOST_NOTES);
  return {
    ...shown(row),
    notes: notes.map(({ at, actor, reason }) => ({
      at: at.toISOString(),
      by: actor,
      note: reasonTo(canReadReasons, reason),
    })),
  };
}

/** Keeps what a person found out. It changes nothing of the break: only what is compared closes it. Throws a Refusal `break_not_found`. */
export async function noteBreak(tx: Tx, { actor, id, note }: { actor: Actor; id: string; note: string }) {
  const row = await find(tx, id);
  await audit(tx, { actor, command: NOTE, subject: `break:${row.id}`, reason: note });
  return { id: row.id, kind: row.kind };
}

async function find(db: Db | Tx, id: string): Promise<Row> {
  const isId = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id);
  const [row] = isId ? await db.select().from(reconciliationBreak).where(eq(reconciliationBreak.id, id)) : [];
  if (row) return row;
  throw new Refusal({
    code: 'break_not_found',
    status: 404,
    title: 'There is no such break',
    detail: 'GET /api/v1/breaks lists those that are open. Nothing was changed.',
  });
}

const amount = (currency: Currency, units: bigint | null) =>
  units === null ? null : formatDecimal(money(currency, units));

function shown(row: Row) {
  const { id, kind, account, paymentId, currency, evidence, nextStep, stopped, closedBecause } = row;
  return {
    ...{ id, kind, account, paymentId, currency },
    books: amount(currency, row.books),
    chain: amount(currency, row.chain),
    juno: amount(currency, row.juno),
    shortfall: formatDecimal(money(currency, row.shortfall)),
    ...{ evidence, nextStep, stopped },
    firstSeenAt: row.firstSeenAt.toISOString(),
    openedAt: row.openedAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
    closedBecause,
  };
}

const OPEN = z.array(z.object({ kind: z.string(), count: z.int(), oldest_s: z.number() }));

/** How many breaks of each kind are open, and for how long the oldest is. */
export async function countOpenBreaks(db: Pick<Db, 'execute'>) {
  const { rows } = await db.execute(sql`
    SELECT kind, count(*)::int AS count, extract(epoch FROM reactor.now() - min(opened_at))::float8 AS oldest_s
    FROM reactor.reconciliation_break WHERE closed_at IS NULL GROUP BY kind ORDER BY kind`);
  return OPEN.parse(rows);
}
