import { eq } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { junoLimit } from '../db/schema.ts';

export type BreakerState = Readonly<{
  /** Closed: calls go. Open: nobody calls. Half open: one look at a time tries whether Juno is well. */
  state: 'closed' | 'open' | 'half_open';
  reason: 'throttled' | 'failing' | null;
  until: Date | null;
  /** Lock-outs by Juno, each within a day of the one before. */
  lockouts: number;
  /** Calls in a row that came to nothing. */
  failures: number;
}>;

/** What all processes know of Juno's health, for people and metrics. */
export async function readBreaker(db: Db, now: Date): Promise<BreakerState> {
  const [row] = await db.select().from(junoLimit).where(eq(junoLimit.name, 'juno'));
  if (!row) return { state: 'closed', reason: null, until: null, lockouts: 0, failures: 0 };
  const { openUntil: until, openReason: reason, lockouts, failures } = row;
  return { state: until === null ? 'closed' : until > now ? 'open' : 'half_open', reason, until, lockouts, failures };
}
