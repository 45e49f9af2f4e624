import { and, eq, lt, sql } from 'drizzle-orm';
import { BaseError, type Hex } from 'viem';
import type { Context } from '../context.ts';
import { effect, walletTransaction } from '../db/schema.ts';
import { FAILURES_BEFORE_ASKING } from '../payment/step.ts';
import { plain } from '../words.ts';
import { workOn } from '../work.ts';
import type { SignedRow } from './store.ts';

const MOST_WORDS = 300;

/**
 * Hands the stored bytes to the node. Whatever it answers, or if it answers at all, the receipt decides: “already known” and
 * “nonce too low” are said of our own earlier broadcast, and after a time-out it may have them. Its words are kept for people.
 */
export async function broadcast(ctx: Context, row: Pick<SignedRow, 'hash' | 'raw' | 'effectId'>): Promise<void> {
  await workOn(ctx, 'chain.broadcast', {}, () => handOver(ctx, row), { hash: row.hash });
}

async function handOver(
  { db, chain, log }: Context,
  { hash, raw, effectId }: Pick<SignedRow, 'hash' | 'raw' | 'effectId'>,
): Promise<void> {
  await db
    .update(walletTransaction)
    .set({ lastBroadcastAt: sql`reactor.now()` })
    .where(eq(walletTransaction.hash, hash));
  try {
    await chain.broadcast(raw as Hex);
  } catch (error) {
    // The node's own words: viem's around them name the address of the RPC, which may hold a key.
    const text =
      (error instanceof BaseError && plain(error.details.slice(0, MOST_WORDS))) || 'the node did not take it';
    log.debug({ event: 'broadcast_answered', hash }, text);
    await db
      .update(effect)
      .set({ error: { code: 'broadcast_answered', text } })
      // What a person has been told stays; it has the node's last words in it.
      .where(and(eq(effect.id, effectId), eq(effect.state, 'sending'), lt(effect.failures, FAILURES_BEFORE_ASKING)));
  }
}
