/** The closing of a business day: its figures, what the outside said, and whether it can be called closed. */
import { desc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { type Db, databaseNow, SNAPSHOT, type Tx } from '../db/client.ts';
import { closedDay, heartbeat } from '../db/schema.ts';
import { Refusal } from '../people/refusal.ts';
import { dayOf, nextDay, startOf } from './day.ts';
import { figuresOf, hashOf } from './figures.ts';
import { type Figures, SIDES_OF_DAY, type SidesOfDay } from './shapes.ts';

/** After midnight: what is still being written, and what looks like a break and is only under way, is over by then. */
const CLOSE_AFTER_MS = 900_000;

/** Where reconciliation keeps what the sides last said. */
export const SIDES_MARK = 'reconcile:sides';

export type Closing = Readonly<{
  day: string;
  /** `running`: not over yet; `open`: over, and something is not explained; `closed`: kept with its figures. */
  state: 'running' | 'open' | 'closed';
  closedAt: string | null;
  hash: string;
  /** Null while it is not closed. False: the ledger says something else of the day than when it was closed. */
  isUnchanged: boolean | null;
  openBreaks: number;
  figures: Figures;
  sides: SidesOfDay | null;
}>;

/** A day’s closing, computed now. Throws a Refusal `day_not_begun`. */
export async function closingOf(db: Db, day: string): Promise<Closing> {
  return db.transaction(async (tx) => {
    const now = await databaseNow(tx);
    if (startOf(day) > now) throw notBegun(day);
    const figures = await figuresOf(tx, day);
    const hash = hashOf(figures);
    const [kept] = await tx.select().from(closedDay).where(eq(closedDay.day, day));
    return {
      ...{ day, hash, figures },
      state: kept ? 'closed' : startOf(nextDay(day)) > now ? 'running' : 'open',
      closedAt: kept?.closedAt.toISOString() ?? null,
      isUnchanged: kept ? kept.hash === hash : null,
      openBreaks: await breaksAt(tx, startOf(nextDay(day))),
      sides: kept ? SIDES_OF_DAY.parse(kept.sides) : await sidesNow(tx),
    };
  }, SNAPSHOT);
}

/** Breaks that were open at the end of a day, or are while it lasts. */
async function breaksAt(tx: Db | Tx, end: Date): Promise<number> {
  const { rows } = await tx.execute<{ count: number }>(sql`
    SELECT count(*)::int AS count FROM reactor.reconciliation_break
    WHERE first_seen_at < ${end.toISOString()}::timestamptz AND closed_at IS NULL`);
  return rows[0]?.count ?? 0;
}

async function sidesNow(tx: Tx): Promise<SidesOfDay | null> {
  const [mark] = await tx.select().from(heartbeat).where(eq(heartbeat.name, SIDES_MARK));
  return mark ? SIDES_OF_DAY.parse(mark.detail) : null;
}

/**
 * Closes the days that are over, the oldest first, each once nothing of it is open any more. What was closed is kept with its figures and
 * their hash, and never edited.
 */
export async function closeDays(
  ctx: Context,
  { now, sides }: Readonly<{ now: Date; sides: SidesOfDay }>,
): Promise<void> {
  const { db, log } = ctx;
  for (
    let day = await firstOpen(db);
    day !== null && startOf(nextDay(day)).getTime() + CLOSE_AFTER_MS <= now.getTime();
    day = nextDay(day)
  ) {
    // Asked at each look for as long as one is open: its figures are not needed to know that.
    if ((await breaksAt(db, startOf(nextDay(day)))) > 0) return;
    const { figures, hash } = await closingOf(db, day);
    await db.insert(closedDay).values({ day, figures, sides, hash }).onConflictDoNothing();
    log.info({ event: 'day_closed', day, hash }, 'a business day is closed: nothing of it is unexplained');
  }
}

/** The day after the last one that is closed; else that of the first entry. Null where nothing was ever booked. */
async function firstOpen(db: Db): Promise<string | null> {
  const [last] = await db.select({ day: closedDay.day }).from(closedDay).orderBy(desc(closedDay.day)).limit(1);
  if (last) return nextDay(last.day);
  const { rows } = await db.execute<{ at: string | null }>(
    sql`SELECT min(created_at)::text AS at FROM reactor.ledger_entry`,
  );
  const at = rows[0]?.at;
  return at ? dayOf(new Date(at)) : null;
}

const notBegun = (day: string) =>
  new Refusal({
    code: 'day_not_begun',
    status: 422,
    title: 'That day has not begun',
    detail: `${day} in Mexico City is still to come. Ask for today or for an earlier day.`,
  });
