import { and, eq, sql } from 'drizzle-orm';
import { JunoError } from '../../juno/errors.ts';
import { listBalances } from '../../juno/listBalances.ts';
import type { Context } from '../context.ts';
import { ledgerBalance } from '../db/schema.ts';

/**
 * Whether the MXNB of a step that Juno says FAILED is in the pool again. The pool is one for all, so it is believed only when
 * Juno holds all that the books have posted there, as if nothing that is still under way had left: then none of it is missing,
 * whoever's it is. An answer that does not come is a no.
 */
export async function isSeenBack(ctx: Context): Promise<boolean> {
  const [booked] = await ctx.db
    .select({ posted: sql<string>`coalesce(sum(posted), 0)::text` })
    .from(ledgerBalance)
    .where(and(eq(ledgerBalance.account, 'juno_pool'), eq(ledgerBalance.currency, 'MXNB')));
  try {
    const { items } = await listBalances(ctx.juno);
    const available = items.reduce((total, { available: { units } }) => total + units, 0n);
    return available >= BigInt(booked?.posted ?? 0);
  } catch (error) {
    if (!(error instanceof JunoError)) throw error;
    ctx.log.warn({ event: 'balance_unread', err: error }, 'Juno’s balance could not be read; the failed step waits');
    return false;
  }
}
