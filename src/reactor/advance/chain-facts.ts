import { and, eq, exists, inArray, not, sql } from 'drizzle-orm';
import { readEscrowEvents } from '../../chain/indexed/readEscrowEvents.ts';
import { readTransfers } from '../../chain/indexed/readTransfers.ts';
import { readTransfersTo } from '../../chain/indexed/readTransfersTo.ts';
import type { IndexedEscrowEvent, IndexedTransfer } from '../../chain/indexed/types.ts';
import { isTransfer, paidTo, paysFor } from '../../chain/logs.ts';
import { centavos, toMxnb } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { effect, evidence, junoTransaction, type leg, walletTransaction } from '../db/schema.ts';
import type { FinalityStep } from '../finality/policy.ts';
import type { JunoFact, LegFacts } from '../payment/view.ts';
import { claimedIn } from './claimed.ts';
import { isNamed, namedPayment } from './named.ts';
import { contractOf, isOurWallet, paysIn, signedCreations } from './own-escrow.ts';
import { receiptOf, vouchFor } from './vouch.ts';

/** The chain's clock may be this much behind ours. */
const SKEW_S = 120;
const MOST_TRANSFERS = 1_000;
/** What a transfer to the bridge wallet is claimed as. */
const BRINGS: ReadonlySet<string> = new Set(['arrival', 'unlocked', 'carried']);

/**
 * The changes of a leg's escrow, as the indexer shows them. Where a contract takes a reference more than once, only those of the
 * id that the leg is bound to.
 */
export async function eventsOf(ctx: Context, row: typeof leg.$inferSelect): Promise<IndexedEscrowEvent[]> {
  const contract = contractOf(ctx, row);
  if (!contract) return [];
  const events = await readEscrowEvents(ctx.db.$client, { references: [row.reference] });
  const own = events.filter((event) => event.contract === contract.address.toLowerCase());
  return contract.funds === 'at_once' ? own : own.filter(({ escrowId }) => escrowId === row.escrowId);
}

/** The escrow that our own transaction made under a leg's reference: not any escrow that carries it. */
export async function findCreation(ctx: Context, row: typeof leg.$inferSelect): Promise<Pick<LegFacts, 'created'>> {
  const contract = contractOf(ctx, row);
  if (!contract) return {};
  const signed = await signedCreations(ctx, row.id);
  const amount = centavos(row.amount);
  const created = (await readEscrowEvents(ctx.db.$client, { references: [row.reference] })).find(
    (event) =>
      event.kind === 'created' &&
      event.contract === contract.address.toLowerCase() &&
      event.amount === toMxnb(amount).units &&
      signed.some(({ hash }) => hash === event.txHash),
  );
  if (!created) return {};
  const fact = await vouchFor(ctx, created, { amount, step: 'within' });
  return { created: { ...fact, contract: created.contract, escrowId: created.escrowId } };
}

/**
 * The newest dispute of a leg's escrow, and the newest end of one after it, as the indexer shows them. `claimed`: the transactions of
 * what is the leg's evidence already.
 */
export async function findDispute(
  ctx: Context,
  row: typeof leg.$inferSelect,
  claimed: ReadonlySet<string>,
): Promise<Pick<LegFacts, 'disputed' | 'resolved'>> {
  const events = await eventsOf(ctx, row);
  const at = events.findLastIndex(({ kind }) => kind === 'disputed');
  const disputed = events[at];
  const resolved = events.slice(at + 1).findLast(({ kind }) => kind === 'dispute_resolved');
  const stakes = { amount: centavos(row.amount), step: 'within' } as const;
  return {
    ...(disputed && {
      disputed: {
        ...(await vouchFor(ctx, disputed, stakes)),
        isClaimed: claimed.has(disputed.txHash),
        isOurs: await isSigned(ctx, disputed.txHash, row.id),
      },
    }),
    ...(resolved && {
      resolved: { ...(await vouchFor(ctx, resolved, stakes)), isClaimed: claimed.has(resolved.txHash) },
    }),
  };
}

/** Whether a transaction was signed here for a freeze of a leg's escrow. */
async function isSigned({ db }: Context, txHash: string, legId: string): Promise<boolean> {
  const rows = await db
    .select({ id: effect.id })
    .from(walletTransaction)
    .innerJoin(effect, eq(effect.id, walletTransaction.effectId))
    .where(and(eq(walletTransaction.hash, txHash), eq(effect.kind, 'chain_dispute'), eq(effect.subjectId, legId)));
  return rows.length > 0;
}

/**
 * The release of a leg's escrow, and the Transfer that brought its money to the bridge, as the indexer shows them; or, where that one
 * is seen to go elsewhere, who got it. One transaction may end several escrows of one amount, and pay each to another: the receipt tells
 * whose a Transfer is, or two people do.
 */
export async function findRelease(
  ctx: Context,
  row: typeof leg.$inferSelect,
  step: FinalityStep = 'return',
): Promise<Pick<LegFacts, 'released' | 'unlocked' | 'paidElsewhere' | 'isUntold'>> {
  const { db, settings } = ctx;
  const amount = centavos(row.amount);
  const event = (await eventsOf(ctx, row)).find(({ kind }) => kind === 'released' || kind === 'cancelled');
  if (!event) return {};
  const stakes = { amount, step };
  const released = await vouchFor(ctx, event, stakes);
  const { contract: escrow, escrowId, txHash, blockHash } = event;
  const value = toMxnb(amount).units;
  const payment = await paymentOf(ctx, event, { legId: row.id, value });
  if (payment === 'untold') return { released, isUntold: true };
  const paid = (await readTransfers(db.$client, { txHashes: [txHash] })).find((t) => t.logIndex === payment?.logIndex);
  if (!paid || paid.blockHash !== blockHash) return { released };
  const says = payment?.isNamed
    ? isTransfer({ token: settings.token, from: escrow, to: paid.to, value })
    : paidTo({
        ...{ token: settings.token, escrow, escrowId, to: paid.to, value },
        pays: paysIn(ctx.chain.escrowAt(escrow)),
      });
  const by = await vouchFor(ctx, paid, stakes, says);
  if (!isOurWallet(ctx, paid.to)) return { released, paidElsewhere: { to: paid.to, by } };
  return { released, unlocked: { ...by, bridge: paid.to } };
}

/**
 * The number of the log that paid an ended escrow: by the receipt, or where that does not tell as two people named it.
 * `untold` where neither tells; null where nobody answers.
 */
async function paymentOf(
  ctx: Context,
  { txHash, blockHash, contract: escrow, escrowId }: IndexedEscrowEvent,
  { legId, value }: Readonly<{ legId: string; value: bigint }>,
): Promise<{ logIndex: number; isNamed: boolean } | 'untold' | null> {
  const receipt = await receiptOf(ctx, txHash);
  if (receipt?.blockHash !== blockHash) return null;
  const pays = paysIn(ctx.chain.escrowAt(escrow));
  const want = { token: ctx.settings.token, escrow, escrowId, pays };
  const isPayment = paysFor(want);
  const told = receipt.logs.find((log) => isPayment(log, receipt.logs));
  if (told) return { logIndex: told.logIndex, isNamed: false };
  const named = await namedPayment(ctx.db, legId);
  const isIt = named?.txHash === txHash ? isNamed(named, { ...want, value }) : null;
  const meant = isIt && receipt.logs.find((log) => isIt(log, receipt.logs));
  return meant ? { logIndex: meant.logIndex, isNamed: true } : 'untold';
}

/**
 * The indexed Transfer that brought a withdrawal to the bridge: by the hash that Juno names; where it completed and names none,
 * by parties, exact amount and order. Those are interchangeable: each is claimed once, whoever takes which. So whose own transfer
 * was taken by one that named none takes another, for there is one for each.
 */
export async function findArrival(
  ctx: Context,
  { withdrawal, units, since }: { withdrawal: JunoFact & { txHash: string | null }; units: bigint; since: Date | null },
): Promise<IndexedTransfer | undefined> {
  const { db, settings } = ctx;
  const fits = (t: IndexedTransfer) => t.to === settings.bridge && t.value === units && t.token === settings.token;
  if (withdrawal.txHash) {
    const named = await readTransfers(db.$client, { txHashes: [withdrawal.txHash] });
    const own = named.filter(fits);
    const unclaimed = await firstUnclaimed(ctx, own);
    if (unclaimed || own.length === 0) return unclaimed;
  }
  if (withdrawal.status !== 'complete' || since === null) return undefined;
  const from_s = Math.floor(since.getTime() / 1000) - SKEW_S;
  const sinceBlock = await blockBefore(ctx, from_s);
  const all = await readTransfersTo(db.$client, {
    ...{ to: settings.bridge, token: settings.token, value: units },
    ...{ sinceBlock, limit: MOST_TRANSFERS },
  });
  // What a wallet of before sends is what people carry over.
  const isFromOurs = (t: IndexedTransfer) => ctx.chain.escrowAt(t.from) !== null || isOurWallet(ctx, t.from);
  const candidates = all.filter((t) => fits(t) && !isFromOurs(t) && t.blockTimestamp >= from_s);
  return firstUnclaimed(ctx, await notNamed(ctx, candidates));
}

/** A block that is no later than a moment, told from the head's clock: Arbitrum makes four a second, a local chain fewer. */
async function blockBefore(ctx: Context, at_s: number): Promise<bigint> {
  const { headNumber, headTimestamp } = ctx.watchdog.current();
  const back = BigInt(Math.max(0, headTimestamp - at_s)) * BLOCKS_PER_S;
  return headNumber > back ? headNumber - back : 0n;
}
const BLOCKS_PER_S = 10n;

/** Those that no withdrawal of Juno's names as its own, unless that is of a leg whose money has arrived already. */
async function notNamed(ctx: Context, transfers: readonly IndexedTransfer[]): Promise<IndexedTransfer[]> {
  if (transfers.length === 0) return [];
  const hasArrived = exists(
    ctx.db
      .select()
      .from(effect)
      .innerJoin(
        evidence,
        and(
          eq(evidence.source, 'chain'),
          eq(evidence.subjectKind, effect.subjectKind),
          eq(evidence.subjectId, effect.subjectId),
          sql`${evidence.detail} ->> 'as' = 'arrival'`,
        ),
      )
      .where(eq(effect.externalId, junoTransaction.id)),
  );
  const named = await ctx.db
    .select({ hash: junoTransaction.txHash })
    .from(junoTransaction)
    .where(
      and(
        inArray(
          junoTransaction.txHash,
          transfers.map(({ txHash }) => txHash),
        ),
        not(hasArrived),
      ),
    );
  return transfers.filter(({ txHash }) => !named.some(({ hash }) => hash === txHash));
}

/**
 * The first that nobody has claimed: one transaction may hold several equal ones, each of another leg. As many of them are kept back as
 * were claimed under a number that a reorganisation took away.
 */
export async function firstUnclaimed(
  ctx: Context,
  transfers: readonly IndexedTransfer[],
): Promise<IndexedTransfer | undefined> {
  if (transfers.length === 0) return undefined;
  const txHashes = transfers.map(({ txHash }) => txHash);
  const claimed = (await claimedIn(ctx.db, txHashes)).filter(({ as }) => BRINGS.has(as));
  const ids = new Set(transfers.map(({ id }) => id));
  const keptBack = new Map<string, number>();
  for (const { id, txHash, blockHash } of claimed) {
    const isMoved = !ids.has(id) && transfers.some((t) => t.txHash === txHash && t.blockHash !== blockHash);
    if (isMoved) keptBack.set(txHash, (keptBack.get(txHash) ?? 0) + 1);
  }
  return transfers.find((t) => {
    if (claimed.some((c) => c.id === t.id)) return false;
    const kept = keptBack.get(t.txHash) ?? 0;
    keptBack.set(t.txHash, kept - 1);
    return kept <= 0;
  });
}
