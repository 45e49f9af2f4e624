import { and, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { guardSwitch } from '../db/schema.ts';
import { RECOVERY_SWITCH } from '../guards/scope.ts';

/** Whether money is off because acts of ours are known outside and not here: the sentence that says which, null when it is on. */
export async function recoveryNeeded(db: Db | Tx): Promise<string | null> {
  const [row] = await db.select().from(guardSwitch).where(eq(guardSwitch.name, RECOVERY_SWITCH));
  if (!row) return 'the switch “recovery” is missing from the database, and what is missing counts as closed';
  return row.isStopped ? (row.reason ?? 'no reason given') : null;
}

/** Null: recovery has ended, and the moment says so to whoever slept meanwhile; where money was on, nothing has. */
export async function setRecovery(tx: Tx | Db, ctx: Pick<Context, 'holder'>, reason: string | null): Promise<void> {
  await tx
    .update(guardSwitch)
    .set({ isStopped: reason !== null, reason, changedBy: ctx.holder, changedAt: sql`reactor.now()` })
    .where(and(eq(guardSwitch.name, RECOVERY_SWITCH), reason === null ? eq(guardSwitch.isStopped, true) : undefined));
}
