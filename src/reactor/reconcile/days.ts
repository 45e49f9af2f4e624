/** The days that were closed are computed again, each from what the day before was closed with: what the ledger says of them now must be what it said then. */
import { desc } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { closedDay } from '../db/schema.ts';
import { describeError } from '../log.ts';
import { figuresOf, hashOf } from '../report/figures.ts';
import { type Finding, subjectOf } from './finding.ts';

const EVERY_MS = 3_600_000;
/** Each time the newest days, and those of the others whose hour has come: each has one in eight days, however many there are. */
const NEWEST = 2;
const HOURS = 192;
const DAY_MS = 86_400_000;

/** Whether the hour of a day has come since the days were last looked at. */
export function isItsTurn(day: string, last: Date | null, now: Date): boolean {
  const [until, own] = [Math.floor(now.getTime() / EVERY_MS), Date.parse(day) / DAY_MS];
  const since = last === null ? until - 1 : Math.floor(last.getTime() / EVERY_MS);
  return (((own - since - 1) % HOURS) + HOURS) % HOURS < until - since;
}

/** What differs; null where it is not due, or could not be read. `told`: the days of which that is known, each looked at until it is over. */
export async function checkDays(
  { db, log }: Context,
  { last, now, told }: Readonly<{ last: Date | null; now: Date; told: ReadonlySet<string> }>,
): Promise<Finding[] | null> {
  if (last !== null && now.getTime() - last.getTime() < EVERY_MS) return null;
  const days = await db
    .select({ day: closedDay.day, hash: closedDay.hash })
    .from(closedDay)
    .orderBy(desc(closedDay.day));
  const chosen = days.filter(({ day }, nth) => nth < NEWEST || told.has(day) || isItsTurn(day, last, now));
  try {
    const found: Finding[] = [];
    for (const { day, hash } of chosen) {
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
