/** The days that were closed are computed again, each from what the day before was closed with: what the ledger says of them now must be what it said then. */
import { desc } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { closedDay } from '../db/schema.ts';
import { describeError } from '../log.ts';
import { figuresOf, hashOf } from '../report/figures.ts';
import { type Finding, subjectOf } from './finding.ts';

const EVERY_MS = 3_600_000;
/** Each time the newest days, and some of the others in their turn: those of a year within eight days. */
const NEWEST = 2;
const OTHERS = 2;

/** What differs; null where it is not due, or could not be read. */
export async function checkDays(
  { db, log }: Context,
  { last, now }: Readonly<{ last: Date | null; now: Date }>,
): Promise<Finding[] | null> {
  if (last !== null && now.getTime() - last.getTime() < EVERY_MS) return null;
  const days = await db
    .select({ day: closedDay.day, hash: closedDay.hash })
    .from(closedDay)
    .orderBy(desc(closedDay.day));
  const older = days.slice(NEWEST);
  const turn = (Math.floor(now.getTime() / EVERY_MS) * OTHERS) % Math.max(1, older.length);
  const others = [...older, ...older].slice(turn, turn + Math.min(OTHERS, older.length));
  try {
    const found: Finding[] = [];
    for (const { day, hash } of [...days.slice(0, NEWEST), ...others]) {
      const is = hashOf(await figuresOf(db, day));
      if (is !== hash) found.push(changed(day, hash, is));
    }
    return found;
  } catch (error) {
    log.warn(
      { event: 'days_unread', error: describeError(error) },
      'the closed days could not be computed again; they are at the next look',
    );
    return null;
  }
}

const changed = (day: string, then: string, now: string): Finding => ({
  ...{ kind: 'past_changed', subject: subjectOf('past_changed', day), account: 'ledger', paymentId: null },
  ...{ currency: 'MXN', sums: { books: null, chain: null, juno: null }, shortfall: 0n, switches: [] },
  evidence: { day, hashWhenClosed: then, hashNow: now },
});
