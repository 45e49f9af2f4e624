import { eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { heartbeat } from '../db/schema.ts';
import { withLane } from '../effects/lane.ts';
import { claimDeposits } from './claim.ts';
import { observeDeposits, observeTransactions } from './observe.ts';
import { observeBitso } from './observe-bitso.ts';

/**
 * One look at Juno by one process: what it did, what arrived, whose it is. Wakes the payments that something changed for.
 * Answers `busy` when another process is looking.
 */
export async function intake(ctx: Context): Promise<'busy' | 'done'> {
  const result = await withLane(ctx.db, 'intake:juno', ctx.holder, async (lane) => {
    // By the database's clock, which is also the one that dates what is stored.
    const { rows } = await ctx.db.execute<{ waiting: boolean; since: string }>(
      sql`SELECT EXISTS (SELECT 1 FROM reactor.payment WHERE awaits_deposit) AS waiting, clock_timestamp() AS since`,
    );
    const [{ waiting, since } = { waiting: true, since: '-infinity' }] = rows;
    if (waiting) await observeDeposits(ctx);
    await observeTransactions(ctx);
    const paid = await claimDeposits(ctx, lane);
    const paidOut = await observeBitso(ctx);
    const touched = new Set([...paid, ...paidOut, ...(await paymentsTouched(ctx, since))]);
    for (const id of touched) await ctx.queue.enqueue({ lane: 'payment', id });
    await ctx.db
      .insert(heartbeat)
      .values({ name: 'intake', at: ctx.now(), detail: {} })
      .onConflictDoUpdate({ target: heartbeat.name, set: { at: ctx.now() } });
    return 'done' as const;
  });
  return result;
}

/** Payments whose leg waits on a Juno transaction that was seen anew. */
async function paymentsTouched(ctx: Context, since: string): Promise<string[]> {
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    SELECT DISTINCT l.payment_id AS id FROM reactor.leg l
    WHERE (l.state IN ('withdrawing', 'redeeming') AND EXISTS (
        SELECT 1 FROM reactor.effect e JOIN reactor.juno_transaction t ON t.id = e.external_id
        WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND t.updated_at >= ${since}::timestamptz))
      OR (l.state = 'requested' AND EXISTS (
        SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_deposit' AND v.subject_id = l.id::text) AND EXISTS (
        SELECT 1 FROM reactor.juno_transaction t WHERE t.type = 'ISSUANCE' AND t.amount_units = l.amount_centavos AND t.updated_at >= ${since}::timestamptz))
      OR (l.state = 'returning' AND EXISTS (
        SELECT 1 FROM reactor.juno_transaction t WHERE t.type = 'CRYPTO_DEPOSIT' AND t.amount_units = l.amount_centavos AND t.updated_at >= ${since}::timestamptz))`);
  return rows.map((row) => row.id);
}

/** When the last look succeeded. */
export async function lastIntake(ctx: Context): Promise<Date | null> {
  const [row] = await ctx.db.select().from(heartbeat).where(eq(heartbeat.name, 'intake'));
  return row?.at ?? null;
}
