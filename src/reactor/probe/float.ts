import { and, eq, inArray, sql } from 'drizzle-orm';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { ledgerBalance } from '../db/schema.ts';

/** One peso of Kustodia's own MXNB: no leg is so small, so no leg's credit can be taken for the probe's. */
export const PROBE = centavos(100n);
/** Base units of MXNB that one proof of Juno’s deposit address takes. */
export const PROOF_UNITS = toMxnb(PROBE).units;

/**
 * Base units of MXNB in the bridge wallet that are Kustodia’s own: what the chain has less what the books say is the payments’. What is
 * on its way there counts as theirs, so that it is never more than is free.
 */
export async function readFloat({ db, chain, settings }: Pick<Context, 'db' | 'chain' | 'settings'>): Promise<bigint> {
  const [booked] = await db
    .select({ total: sql<string>`coalesce(sum(posted + pending), 0)::text` })
    .from(ledgerBalance)
    .where(and(inArray(ledgerBalance.account, ['bridge', 'in_transit']), eq(ledgerBalance.currency, 'MXNB')));
  return (await chain.tokenBalance(settings.bridge)) - BigInt(booked?.total ?? 0);
}
