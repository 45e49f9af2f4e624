/** Whether what a leg stands on is still on the chain: read again from the RPC itself before each step that builds on it. */
import { and, desc, eq, ne } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Hash, Hex } from 'viem';
import { z } from 'zod';
import { isEscrowChange, isTransfer } from '../../chain/logs.ts';
import type { LogPlace } from '../../chain/witness.ts';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { evidence, junoTransaction, type leg, walletTransaction } from '../db/schema.ts';
import type { FinalityStep } from '../finality/policy.ts';
import type { ChainFact, EvidenceName, JunoFact, LegFacts } from '../payment/view.ts';
import { verdictOn } from './vouch.ts';

type LegRow = typeof leg.$inferSelect;
type EscrowNow = { escrowId: bigint; deadline: number } | null;

const DETAIL = z.object({
  as: z.enum(['arrival', 'funded', 'released', 'unlocked', 'sentBack']),
  txHash: z.string(),
  blockNumber: z.string(),
  blockHash: z.string(),
});

/** What each state is built on, and what is built on that next. A redemption cannot be undone: all that led to it is read again. */
const BUILT_ON = {
  withdrawn: { needs: ['arrival'], step: 'within' },
  in_custody: { needs: ['funded'], step: 'within' },
  releasing: { needs: ['funded'], step: 'within' },
  released: { needs: ['released', 'unlocked'], step: 'return' },
  returning: { needs: ['funded', 'released', 'unlocked'], step: 'return' },
  /** Nothing is built on it any more; but what was undone is made again. */
  beyond: { needs: ['funded', 'released', 'unlocked'], step: 'return' },
  returned: { needs: ['arrival', 'funded', 'released', 'unlocked', 'sentBack'], step: 'redemption' },
} as const satisfies Partial<
  Record<LegRow['state'] | 'beyond', { needs: readonly EvidenceName[]; step: FinalityStep }>
>;

/**
 * The chain's own word on all that a leg stands on. The reference decides which escrow is the leg's, never an id: after a
 * reorganisation the same transaction may have made another one (incident 9). What was claimed and is not there at all is a
 * `mismatch`.
 */
export async function readStanding(ctx: Context, row: LegRow, state: keyof typeof BUILT_ON): Promise<LegFacts> {
  const { step } = BUILT_ON[state];
  // What was never in an escrow stands on no escrow's events.
  const needs = BUILT_ON[state].needs.filter(
    (name) => row.escrowId !== null || name === 'arrival' || name === 'sentBack',
  );
  const stakes = { amount: centavos(row.amount), step };
  const claimed = await chainEvidence(ctx, row.id);
  const escrow = state === 'withdrawn' ? null : await escrowNow(ctx, row);
  if (escrow === 'unreachable') return { standing: [{ ...NOTHING, as: 'funded', verdict: 'unreachable' }] };
  const standing = await Promise.all(
    needs.map(async (name): Promise<ChainFact & { as: EvidenceName }> => {
      const found = claimed.find(({ as }) => as === name);
      const says = contentOf(ctx, row, name, escrow);
      if (!found || !says) return { ...(found ?? { ...NOTHING, as: name }), verdict: 'mismatch' };
      const verdict = await verdictOn(ctx, { txHash: found.txHash as Hash, at: null, says }, stakes);
      if (verdict !== 'mismatch') return { ...found, verdict };
      for (const txHash of await otherVersions(ctx, found.txHash)) {
        const other = await verdictOn(ctx, { txHash, at: null, says }, stakes);
        if (other !== 'mismatch') return { ...found, txHash, verdict: other };
      }
      return { ...found, verdict };
    }),
  );
  const isMoved = escrow && (escrow.escrowId !== row.escrowId || escrow.deadline !== row.deadline);
  return {
    standing,
    ...(state === 'withdrawn' ? {} : { hasEscrow: escrow !== null }),
    ...(isMoved ? { moved: { contract: ctx.settings.escrow, ...escrow } } : {}),
    ...(state === 'returned' ? await creditOf(ctx, row.id) : {}),
  };
}

/** The other transactions that were signed for the same nonce: a reorganisation may put one of them in the place of the first. */
async function otherVersions({ db }: Context, txHash: string): Promise<Hash[]> {
  const one = alias(walletTransaction, 'one');
  const { chainId, wallet, nonce, hash, isNoop } = walletTransaction;
  const isSameNonce = and(eq(one.chainId, chainId), eq(one.wallet, wallet), eq(one.nonce, nonce), ne(one.hash, hash));
  const rows = await db
    .select({ hash })
    .from(walletTransaction)
    .innerJoin(one, isSameNonce)
    .where(and(eq(one.hash, txHash), eq(isNoop, false)));
  return rows.map((row) => row.hash as Hash);
}

const NOTHING = { id: 'none', txHash: 'none', blockNumber: 0n, blockHash: '' } as const;

async function chainEvidence(
  ctx: Context,
  legId: string,
): Promise<(Omit<ChainFact, 'verdict'> & { as: EvidenceName })[]> {
  const rows = await ctx.db
    .select({ id: evidence.externalId, detail: evidence.detail })
    .from(evidence)
    .where(and(eq(evidence.source, 'chain'), eq(evidence.subjectKind, 'leg'), eq(evidence.subjectId, legId)))
    // Of a step that a reorganisation undid, what its next attempt brought.
    .orderBy(desc(evidence.claimedAt));
  return rows.map(({ id, detail }) => {
    const { as, txHash, blockNumber, blockHash } = DETAIL.parse(detail);
    return { id, as, txHash, blockNumber: BigInt(blockNumber), blockHash };
  });
}

async function escrowNow(ctx: Context, row: LegRow): Promise<EscrowNow | 'unreachable'> {
  // Of an escrow in a contract that is not driven here, nothing is known.
  if (row.escrowContract?.toLowerCase() !== ctx.settings.escrow) return null;
  try {
    return await ctx.chain.escrow.byReference(row.reference as Hex);
  } catch (error) {
    ctx.log.warn({ event: 'rpc_unreachable', legId: row.id, err: error }, 'the RPC gave no answer; the step waits');
    return 'unreachable';
  }
}

/** What a log must say to be this leg's; null where no log can, because the contract has no escrow under its reference. */
function contentOf({ settings }: Context, row: LegRow, name: EvidenceName, escrow: EscrowNow): LogPlace['says'] | null {
  const { token, bridge, junoDepositAddress } = settings;
  const value = toMxnb(centavos(row.amount)).units;
  const change = { escrow: settings.escrow };
  switch (name) {
    case 'arrival':
      return isTransfer({ token, from: null, to: bridge, value });
    case 'unlocked':
      return isTransfer({ token, from: settings.escrow, to: bridge, value });
    case 'sentBack':
      return isTransfer({ token, from: bridge, to: junoDepositAddress, value });
    case 'funded':
      return escrow && isEscrowChange({ ...change, kinds: ['funded'], escrowId: escrow.escrowId, amount: value });
    case 'released':
      return (
        escrow &&
        isEscrowChange({ ...change, kinds: ['released', 'cancelled'], escrowId: escrow.escrowId, amount: null })
      );
  }
}

/** Juno's own credit of the return, as Juno shows it now. */
async function creditOf(ctx: Context, legId: string): Promise<{ credit?: JunoFact }> {
  const [row] = await ctx.db
    .select({ id: junoTransaction.id, status: junoTransaction.status })
    .from(evidence)
    .innerJoin(junoTransaction, eq(junoTransaction.id, evidence.externalId))
    .where(
      and(
        eq(evidence.source, 'juno_transaction'),
        eq(evidence.subjectKind, 'leg'),
        eq(evidence.subjectId, legId),
        eq(junoTransaction.type, 'CRYPTO_DEPOSIT'),
      ),
    );
  return row ? { credit: { id: row.id, status: row.status as JunoFact['status'] } } : {};
}
