/** What database and chain say when they are asked: for /metrics, and for the alerts. */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { EFFECT_KINDS, EFFECT_STATES } from '../effects/states.ts';
import { PROOF_UNITS, readFloat } from '../probe/float.ts';
import { readDepositAddress } from '../probe/trust.ts';
import { type BreakerState, readBreaker } from '../rate/state.ts';

/** Longer than any of these statements takes; a scrape never holds a connection for longer. */
const MOST_MS = 2_000;
/** Counted no further: that there are more says enough. */
const MOST_COUNTED = 10_000;

const COUNT = z.number().int();
const BOOKS = z.object({
  tally: z.array(
    z.object({
      subject: z.enum(['payment', 'leg', 'effect']),
      kind: z.string(),
      state: z.string(),
      present: COUNT,
      amount: z.string().transform(BigInt),
      entered: COUNT,
      left: COUNT,
      stayed_s: z.number(),
      within: z.array(COUNT),
    }),
  ),
  uncounted: COUNT,
  effects: z.array(z.object({ kind: z.enum(EFFECT_KINDS), state: z.enum(EFFECT_STATES), count: COUNT })),
  oldest_unknown_s: z.number().nullable(),
  attention: z.array(z.object({ code: z.string(), count: COUNT })),
  suspense: z.object({ count: COUNT, centavos: z.string().transform(BigInt) }),
  holds: COUNT,
  lanes: COUNT,
  in_flight: COUNT,
  calls: COUNT,
  tokens: z.array(z.number()),
});
export type Books = z.output<typeof BOOKS> & Readonly<{ breaker: BreakerState }>;

/**
 * One bounded statement. It reads `tally` and indexes that hold only what is open (effects under way, legs that need a person, suspense,
 * holds, lanes, transactions in no block): none of it grows with the payments that there ever were.
 */
export async function readBooks({ db, now }: Pick<Context, 'db' | 'now'>): Promise<Books> {
  const { rows } = await db.transaction(async (tx) => {
    await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${MOST_MS}`));
    return tx.execute(sql`SELECT
      (SELECT coalesce(json_agg(json_build_object('subject', subject, 'kind', kind, 'state', state, 'present', present, 'amount', amount_centavos::text,
        'entered', entered, 'left', left_count, 'stayed_s', stayed_seconds, 'within', within)), '[]') FROM reactor.tally) AS tally,
      (SELECT count(*)::int FROM (SELECT 1 FROM reactor.tally_news LIMIT ${MOST_COUNTED}) n) AS uncounted,
      (SELECT coalesce(json_agg(e), '[]') FROM (SELECT kind, state, count(*)::int FROM reactor.effect
        WHERE state IN ('recorded', 'sending', 'unknown') GROUP BY 1, 2) e) AS effects,
      (SELECT extract(epoch FROM reactor.now() - min(coalesce(first_sent_at, created_at)))::float8 FROM reactor.effect
        WHERE state IN ('recorded', 'sending', 'unknown') AND state = 'unknown') AS oldest_unknown_s,
      (SELECT coalesce(json_agg(a), '[]') FROM (SELECT attention_code AS code, count(*)::int FROM reactor.leg
        WHERE attention_code IS NOT NULL GROUP BY 1) a) AS attention,
      (SELECT json_build_object('count', count(*), 'centavos', coalesce(sum(amount_centavos), 0)::text) FROM reactor.suspense
        WHERE closed_at IS NULL) AS suspense,
      (SELECT count(*)::int FROM reactor.hold WHERE closed_at IS NULL) AS holds,
      (SELECT count(*)::int FROM reactor.lane WHERE holder IS NOT NULL AND held_until > reactor.now()) AS lanes,
      (SELECT count(*)::int FROM reactor.wallet_transaction WHERE succeeded IS NULL) AS in_flight,
      coalesce((SELECT (SELECT sum(n) FROM unnest(calls) AS n) FROM reactor.juno_limit WHERE name = 'juno'), 0)::int AS calls,
      coalesce((SELECT to_json(tokens) FROM reactor.juno_limit WHERE name = 'juno'), '[]') AS tokens`);
  });
  return { ...BOOKS.parse(rows[0]), breaker: await readBreaker(db, now()) };
}

export type Funds = Readonly<{
  /** Wei of the bridge wallet. */
  gas: bigint;
  /** Transactions that this pays for: at today's fee, each with so much gas as the wallet's most expensive call of a payment. */
  gasTransactions: number;
  /** MXNB of the bridge wallet, in base units. */
  mxnb: bigint;
  /** Of these, what is Kustodia's own, and how many proofs of a deposit address it pays for. */
  floatProofs: number;
  /** Whether Juno's deposit address is proved, so that no float is needed for it. */
  isAddressProved: boolean;
  /** Blocks between the head and what the node calls finalized; null where it knows no such tag. */
  finalityGap: number | null;
}>;

/** Creating an escrow takes some 250,000 (test/contracts); the rest is room. */
const GAS_OF_A_TRANSACTION = 400_000n;

/** What the chain says of the bridge wallet. Throws where the RPC does not answer. */
export async function readFunds(ctx: Pick<Context, 'db' | 'chain' | 'settings'>): Promise<Funds> {
  const { chain, settings } = ctx;
  const [gas, mxnb, float, fees, head, finalized, address] = await Promise.all([
    chain.balance(settings.bridge),
    chain.tokenBalance(settings.bridge),
    readFloat(ctx),
    chain.fees(),
    chain.blockNumber(),
    chain.witnesses.first.finalized(),
    readDepositAddress(ctx),
  ]);
  const { maxFeePerGas } = fees;
  const gasTransactions = Number(gas / (GAS_OF_A_TRANSACTION * (maxFeePerGas > 0n ? maxFeePerGas : 1n)));
  const finalityGap = finalized === null ? null : Number(head - finalized);
  const floatProofs = float < 0n ? 0 : Number(float / PROOF_UNITS);
  return { gas, gasTransactions, mxnb, floatProofs, isAddressProved: address.isProved, finalityGap };
}

/** The same reading for all who ask within `keep_ms`; one at a time. One that fails is not kept. */
export function keptFor<T>(keep_ms: number, monotonic: () => number, read: () => Promise<T>): () => Promise<T> {
  let kept: { at_ms: number; value: Promise<T> } | undefined;
  return () => {
    const at_ms = monotonic();
    if (kept && at_ms - kept.at_ms < keep_ms) return kept.value;
    const value = read();
    const fresh = { at_ms, value };
    kept = fresh;
    value.catch(() => {
      if (kept === fresh) kept = undefined;
    });
    return value;
  };
}
