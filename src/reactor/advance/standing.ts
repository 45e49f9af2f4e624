/** Whether what a leg stands on is still on the chain: read again from the RPC itself before each step that builds on it. */
import { and, desc, eq, ne } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Hash } from 'viem';
import { z } from 'zod';
import type { EscrowRecord } from '../../chain/escrow.ts';
import { createdId, isEscrowChange, isTransfer, paidTo } from '../../chain/logs.ts';
import type { LogPlace } from '../../chain/witness.ts';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { evidence, junoTransaction, type leg, payment, walletTransaction } from '../db/schema.ts';
import type { FinalityStep } from '../finality/policy.ts';
import type { ChainFact, EvidenceName, JunoFact, LegFacts } from '../payment/view.ts';
import { findRelease } from './chain-facts.ts';
import { isNamed, namedPayment } from './named.ts';
import { contractOf, nameOf, ownEscrow, paysIn } from './own-escrow.ts';
import { type Stakes, verdictOn } from './vouch.ts';

type LegRow = typeof leg.$inferSelect;
type EscrowNow =
  | (Pick<EscrowRecord, 'escrowId' | 'isHeld' | 'isPending' | 'isDisputed' | 'payee'> & {
      deadline: number | null;
      unfundable: string | null;
      unfreezable: string | null;
    })
  | null;

const DETAIL = z.object({
  as: z.enum(['arrival', 'created', 'funded', 'disputed', 'resolved', 'released', 'unlocked', 'sentBack']),
  txHash: z.string(),
  blockNumber: z.string(),
  blockHash: z.string(),
  /** The bridge wallet when it was claimed. The wallet may change while a leg is in custody; what it stands on does not. */
  bridge: z.string().optional(),
});

/** What each state is built on, and what is built on that next. A redemption cannot be undone: all that led to it is read again. */
const BUILT_ON = {
  withdrawn: { needs: ['arrival'], step: 'within' },
  created: { needs: ['arrival', 'created'], step: 'within' },
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
  const fundedBy = claimed.find(({ fact }) => fact.as === 'funded')?.fact.txHash;
  const escrow = state === 'withdrawn' ? null : await escrowNow(ctx, row, fundedBy);
  if (escrow === 'unreachable') return { standing: [{ ...NOTHING, as: 'funded', verdict: 'unreachable' }] };
  const standing = await Promise.all(
    needs.map(async (name): Promise<ChainFact & { as: EvidenceName }> => {
      const found = claimed.find(({ fact }) => fact.as === name);
      const says = contentOf(ctx, row, name, escrow, found?.bridge);
      if (!found || !says) return { ...(found?.fact ?? { ...NOTHING, as: name }), verdict: 'mismatch' };
      const { fact } = found;
      const verdict = await verdictOn(ctx, { txHash: fact.txHash as Hash, at: null, says }, stakes);
      if (verdict !== 'mismatch') return { ...fact, verdict };
      if (name === 'unlocked') {
        const again = await namedAgain(ctx, row, { txHash: fact.txHash, escrow }, stakes);
        if (again) return { ...fact, verdict: again };
      }
      for (const txHash of await otherVersions(ctx, fact.txHash)) {
        const other = await verdictOn(ctx, { txHash, at: null, says }, stakes);
        if (other !== 'mismatch') return { ...fact, txHash, verdict: other };
      }
      return { ...fact, verdict };
    }),
  );
  const isMoved = escrow && (escrow.escrowId !== row.escrowId || escrow.deadline !== row.deadline);
  return {
    standing,
    ...(state === 'withdrawn' ? {} : { wasFunded: escrow !== null && !escrow.isPending }),
    ...(isMoved
      ? { moved: { contract: contractAddress(row), escrowId: escrow.escrowId, deadline: escrow.deadline } }
      : {}),
    ...(escrow?.unfundable ? { unfundable: escrow.unfundable } : {}),
    ...(escrow ? { isDisputed: escrow.isDisputed } : {}),
    ...(escrow && !escrow.isHeld && !escrow.isPending ? { isEnded: true } : {}),
    ...(state === 'in_custody' && escrow?.isHeld ? paysAnother(ctx, row, escrow.payee) : {}),
    ...((await isReleaseLost(ctx, row, standing, escrow)) ? { isReleaseLost: true } : {}),
    ...(escrow?.unfreezable ? { unfreezable: escrow.unfreezable } : {}),
    ...(state === 'returned' ? await creditOf(ctx, row.id) : {}),
  };
}

/** Told as soon as it is so, though the escrow may be due in years only. */
const paysAnother = ({ settings: { bridge } }: Context, row: LegRow, to: string | null): LegFacts =>
  to === null || to === bridge ? {} : { paysAnother: { escrow: nameOf(row), to, bridge } };

/**
 * A release of ours that is gone is followed by the wallet until it is known what became of it. Nobody follows somebody else's: that it
 * is undone is told by the contract, which holds the escrow again, or by another end of it.
 */
async function isReleaseLost(
  ctx: Context,
  row: LegRow,
  standing: NonNullable<LegFacts['standing']>,
  escrow: EscrowNow,
): Promise<boolean> {
  const gone = standing.find(({ as, verdict }) => as === 'released' && verdict === 'mismatch');
  if (!gone || !escrow || escrow.isPending || gone.id === NOTHING.id || (await isOurs(ctx, gone.txHash))) return false;
  // A node that is behind has neither the release nor its block: that is no reorganisation.
  const inItsPlace = await ctx.chain.blockHash(gone.blockNumber);
  if (inItsPlace === null || inItsPlace === gone.blockHash) return false;
  if (escrow.isHeld) return true;
  const { released } = await findRelease(ctx, row);
  return released?.verdict === 'final' && released.txHash !== gone.txHash;
}

async function isOurs({ db }: Context, txHash: string): Promise<boolean> {
  const rows = await db
    .select({ hash: walletTransaction.hash })
    .from(walletTransaction)
    .where(eq(walletTransaction.hash, txHash));
  return rows.length > 0;
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

/** What the chain says of the Transfer that two people named, in whatever block it stands now. Null where they named none. */
async function namedAgain(
  ctx: Context,
  row: LegRow,
  { txHash, escrow }: Pick<ChainFact, 'txHash'> & { escrow: EscrowNow },
  stakes: Stakes,
): Promise<ChainFact['verdict'] | null> {
  const named = await namedPayment(ctx.db, row.id);
  if (named?.txHash !== txHash || !escrow) return null;
  const says = isNamed(named, {
    ...{ token: ctx.settings.token, escrow: contractAddress(row), escrowId: escrow.escrowId },
    ...{ pays: paysIn(contractOf(ctx, row)), value: toMxnb(stakes.amount).units },
  });
  return verdictOn(ctx, { txHash: txHash as Hash, at: null, says }, stakes);
}

const NOTHING = { id: 'none', txHash: 'none', blockNumber: 0n, blockHash: '' } as const;

async function chainEvidence(
  ctx: Context,
  legId: string,
): Promise<{ fact: Omit<ChainFact, 'verdict'> & { as: EvidenceName }; bridge: string | undefined }[]> {
  const rows = await ctx.db
    .select({ id: evidence.externalId, detail: evidence.detail })
    .from(evidence)
    .where(and(eq(evidence.source, 'chain'), eq(evidence.subjectKind, 'leg'), eq(evidence.subjectId, legId)))
    // Of a step that a reorganisation undid, what its next attempt brought.
    .orderBy(desc(evidence.claimedAt));
  return rows.map(({ id, detail }) => {
    const { as, txHash, blockNumber, blockHash, bridge } = DETAIL.parse(detail);
    return { fact: { id, as, txHash, blockNumber: BigInt(blockNumber), blockHash }, bridge };
  });
}

async function escrowNow(ctx: Context, row: LegRow, fundedBy: string | undefined): Promise<EscrowNow | 'unreachable'> {
  // Of an escrow in a contract that the settings do not name, nothing is known.
  if (row.escrowContract === null) return null;
  const contract = contractOf(ctx, row);
  try {
    const record = await ownEscrow(ctx, row);
    if (!record || contract?.funds === 'at_once') return record && { ...record, unfundable: null, unfreezable: null };
    const deadline = fundedBy === undefined ? null : await custodyEnd(ctx, row, fundedBy);
    return {
      escrowId: record.escrowId,
      deadline: deadline ?? row.deadline,
      isHeld: record.isHeld,
      isPending: record.isPending,
      isDisputed: record.isDisputed,
      payee: record.payee,
      unfundable: unfundableBy(ctx, row, record),
      unfreezable: unfreezableBy(ctx, row, record),
    };
  } catch (error) {
    ctx.log.warn({ event: 'rpc_unreachable', leg: row.id, err: error }, 'the RPC gave no answer; the step waits');
    return 'unreachable';
  }
}

/** Custody is counted from the block that funded the escrow, whatever deadline its contract was told. Null where none did. */
export async function custodyEnd(ctx: Context, row: LegRow, fundedBy: string): Promise<number | null> {
  const minedAt = await ctx.chain.minedAt(fundedBy as Hash);
  const [terms] = await ctx.db
    .select({ custodySeconds: payment.custodySeconds })
    .from(payment)
    .where(eq(payment.id, row.paymentId));
  if (!terms) throw new Error(`no payment ${row.paymentId}`);
  return minedAt === null ? null : minedAt + terms.custodySeconds;
}

/** Why an escrow that was made can never be funded any more; null while it can be, or was. */
function unfundableBy(ctx: Context, row: LegRow, record: EscrowRecord): string | null {
  const { escrowId, isPending, deadline } = record;
  // One that is not pending was funded, be it by what a restored database has forgotten: another beside it could be paid twice.
  if (row.state !== 'created' || !isPending) return null;
  const isLate = contractOf(ctx, row)?.version === 'v2-pausable' && ctx.watchdog.current().headTimestamp >= deadline;
  return isLate ? `escrow ${escrowId} was not funded before its deadline and can be no more` : null;
}

/** Version 2 takes a dispute only before the deadline that it was told; our own freeze needs none. Null while it takes one. */
function unfreezableBy(ctx: Context, row: LegRow, { escrowId, isDisputed, deadline }: EscrowRecord): string | null {
  const isLate = contractOf(ctx, row)?.version === 'v2' && ctx.watchdog.current().headTimestamp >= deadline;
  return isLate && !isDisputed ? `escrow ${escrowId} can be disputed no more in its contract, and is held here` : null;
}

const contractAddress = ({ id, escrowContract }: LegRow): string => {
  if (escrowContract === null) throw new Error(`leg ${id} is in no contract`);
  return escrowContract;
};

/**
 * What a log must say to be this leg's, of the bridge wallet of its time; null where no log can, because the contract has no escrow under
 * its reference.
 */
function contentOf(
  ctx: Context,
  row: LegRow,
  name: EvidenceName,
  escrow: EscrowNow,
  bridge: string = ctx.settings.bridgesBefore[0] ?? ctx.settings.bridge,
): LogPlace['says'] | null {
  const { token, junoDepositAddress, escrow: inUse } = ctx.settings;
  const value = toMxnb(centavos(row.amount)).units;
  const contract = row.escrowContract ?? inUse;
  const change = { escrow: contract };
  switch (name) {
    case 'arrival':
      return isTransfer({ token, from: null, to: bridge, value });
    case 'unlocked':
      return (
        escrow &&
        paidTo({
          ...{ token, escrow: contract, escrowId: escrow.escrowId, to: bridge, value },
          pays: paysIn(contractOf(ctx, row)),
        })
      );
    case 'sentBack':
      return isTransfer({ token, from: bridge, to: junoDepositAddress, value });
    case 'created':
      return escrow && madeUnder({ escrow: contract, reference: row.reference, units: value }, escrow.escrowId);
    case 'funded':
      return escrow && isEscrowChange({ ...change, kinds: ['funded'], escrowId: escrow.escrowId, amount: value });
    case 'disputed':
      return escrow && isEscrowChange({ ...change, kinds: ['disputed'], escrowId: escrow.escrowId, amount: null });
    case 'resolved':
      return (
        escrow && isEscrowChange({ ...change, kinds: ['dispute_resolved'], escrowId: escrow.escrowId, amount: null })
      );
    case 'released':
      return (
        escrow &&
        isEscrowChange({ ...change, kinds: ['released', 'cancelled'], escrowId: escrow.escrowId, amount: null })
      );
  }
}

/** Whether a log is of the creation of this very escrow. */
const madeUnder = (want: Parameters<typeof createdId>[0], escrowId: bigint): LogPlace['says'] => {
  const idIn = createdId(want);
  return (log) => idIn(log) === escrowId;
};

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
