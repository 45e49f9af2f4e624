/** The days that were closed are computed again: what the ledger says of them now must be what it said then. */
import { desc } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { closedDay } from '../db/schema.ts';
import { describeError } from '../log.ts';
import { figuresOf, hashOf } from '../report/figures.ts';
import { type Finding, subjectOf } from './finding.ts';

const EVERY_MS = 3_600_000;
/** The balances of a day hold all that was before it: each time the newest days, and one of the others in its turn. */
const NEWEST = 3;

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
  const turn = older[Math.floor(now.getTime() / EVERY_MS) % Math.max(1, older.length)];
  try {
    const found: Finding[] = [];
    for (const { day, hash } of [...days.slice(0, NEWEST), ...(turn ? [turn] : [])]) {
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
