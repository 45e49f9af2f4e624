import { and, eq, sql } from 'drizzle-orm';
import { isNvioClabe, parseClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { depositClabe, destination, evidence, leg, payment, standingTerms, suspense } from '../db/schema.ts';
import { assertLane, type Lane, LaneLostError } from '../effects/lane.ts';
import type { SubjectKind } from '../effects/states.ts';
import { JOURNEY } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { describeError } from '../log.ts';
import { layOut } from '../payment/lay-out.ts';
import { type Actor, audit } from '../people/audit.ts';
import { feeOf } from '../people/standing-terms.ts';
import { traceWebhooks } from '../trace/webhooks.ts';
import { workOn } from '../work.ts';
import { isBarred, loadMatchFacts, unclaimedDeposits } from './facts.ts';
import { type Match, matchDeposits, type Payout } from './match.ts';

type MatchTo<To extends Match['to']> = Extract<Match, { to: To }>;

/** After this long people are asked all the same. */
const HELD_MS = 3_600_000;

const AUTOMATION: Actor = { id: 'reactor', name: 'standing terms', role: 'operator' };

/**
 * Gives each complete deposit that nobody has claimed to its payment, the payout that it is the return of, standing terms or
 * suspense, each in a transaction of its own: one that cannot be given is raised, stays unclaimed and holds up no other. While
 * not every list of returns could be read, only what a payment waits for and what names its payout is given, for an hour: what
 * is not known to be a return, or of which payout, may be told there. Answers the payments to look at.
 */
export async function claimDeposits(ctx: Context, lane: Lane, areReturnsRead: boolean): Promise<string[]> {
  const deposits = await unclaimedDeposits(ctx);
  if (deposits.length === 0) return [];
  const touched: string[] = [];
  const readBefore = ctx.now().getTime() - HELD_MS;
  for (const match of matchDeposits(deposits, await loadMatchFacts(ctx, deposits))) {
    const { id, seenAt } = match.deposit;
    const isSure = match.to === 'payment' || (match.to === 'payout' && match.isNamed);
    if (!areReturnsRead && !isSure && seenAt > readBefore) continue;
    try {
      const paymentId = await ctx.db.transaction(async (tx) => {
        await assertLane(tx, lane);
        return give(tx, ctx, match);
      });
      if (paymentId) {
        touched.push(paymentId);
        await noteClaim(ctx, paymentId, match);
      }
      if (match.to === 'suspense')
        ctx.log.warn(
          { event: 'deposit_in_suspense', depositId: id, reason: match.reason },
          'a deposit that no payment claims waits in suspense for a person: kustodia suspense list',
        );
    } catch (error) {
      if (error instanceof LaneLostError) throw error;
      ctx.log.error(
        { event: 'deposit_not_claimed', depositId: id, to: match.to, error: describeError(error) },
        'A deposit could not be given to anybody; it stays unclaimed and is tried again at the next look. Tell engineering if it stays.',
      );
    }
  }
  return touched;
}

/** For whoever follows the payment: standing terms have made it in this very moment. */
async function noteClaim(ctx: Context, payment: string, { to, deposit: { id } }: Match): Promise<void> {
  if (to === 'terms') ctx.tracer?.begin(payment);
  await workOn(ctx, 'deposit.claim', { payment }, async () => {
    ctx.log.info({ event: 'deposit_claimed', depositId: id, as: to });
    await traceWebhooks(ctx, payment, [id]);
  });
}

/** Carries out a match. Answers the payment that it changes; null for none, and where the facts have changed meanwhile. */
async function give(tx: Tx, ctx: Context, match: Match): Promise<string | null> {
  switch (match.to) {
    case 'payment':
      return pay(tx, ctx, match);
    case 'payout':
      return bringBack(tx, match);
    case 'terms':
      return payByTerms(tx, ctx, match);
    case 'suspense':
      return suspend(tx, ctx, match);
  }
}

async function pay(tx: Tx, ctx: Context, { deposit, payment: { id } }: MatchTo<'payment'>): Promise<string | null> {
  const [open] = await tx
    .update(payment)
    .set({ awaitsDeposit: false })
    .where(and(eq(payment.id, id), eq(payment.awaitsDeposit, true)))
    .returning({ id: payment.id });
  // It expired or was given money between the look and the lock: the next look takes the deposit elsewhere.
  if (!open) return null;
  // Due at once: should the wake-up be lost, the sweep finds it.
  const waiting = await tx
    .update(leg)
    .set({ dueAt: sql`reactor.now()` })
    .where(and(eq(leg.paymentId, id), eq(leg.state, 'requested')));
  if (!waiting.rowCount) throw new Error(`payment ${id} awaits a deposit and has no leg that does`);
  await claim(tx, deposit.id, 'payment', id, { paymentId: id });
  await book(tx, ctx, `deposit:${deposit.id}`, id, JOURNEY.deposit(centavos(deposit.amount)));
  return id;
}

/** The leg itself is moved by `advance`, under its payment's own lane, and the books with it. */
async function bringBack(tx: Tx, { deposit, payout }: MatchTo<'payout'>): Promise<string> {
  await claim(tx, deposit.id, 'leg', payout.legId, returnDetail(payout));
  return payout.paymentId;
}

/** What a return is evidence of: that a payout came back, or, where its rail had told so before, nothing more. */
export const returnDetail = ({ paymentId, effectId, isVoided }: Payout): object => ({
  ...{ paymentId, effectId },
  ...(isVoided ? { isToldBefore: true } : { isReturn: true }),
});

async function payByTerms(tx: Tx, ctx: Context, { deposit, terms }: MatchTo<'terms'>): Promise<string | null> {
  const [row] = await tx.select().from(standingTerms).where(eq(standingTerms.id, terms.id)).for('share');
  if (!row) throw new Error(`no standing terms ${terms.id}`);
  // The lock that creating a payment takes as well: none comes between this and what is read under it.
  await tx.select().from(depositClabe).where(eq(depositClabe.clabe, deposit.clabe)).for('update');
  const { rows } = await tx.execute<{ barred: boolean }>(sql`SELECT ${isBarred(sql`${row.userId}::uuid`)} AS barred`);
  if (!row.isActive || rows[0]?.barred !== false) return null;

  const [account] = await tx.select().from(destination).where(eq(destination.id, row.destinationId));
  const id = await layOut(tx, ctx, {
    payerId: row.userId,
    recipientId: row.recipientId,
    depositClabe: deposit.clabe,
    amount: centavos(deposit.amount),
    custodyBasisPoints: row.custodyBasisPoints,
    custodySeconds: row.custodySeconds,
    release: row.releasePolicy,
    concept: row.concept,
    expiresAt: ctx.now(),
    destinationId: row.destinationId,
    rail: account && isNvioClabe(parseClabe(account.clabe)) ? 'bitso_transfer' : 'bank_redemption',
    refundDestinationId: row.refundDestinationId,
    fees: row.fees.map((fee) => {
      const { kind, destinationId, rail } = fee;
      return { ...feeOf(fee), kind, destinationId, rail };
    }),
    cause: 'created by standing terms',
    standingTermsId: row.id,
  });
  await claim(tx, deposit.id, 'payment', id, { paymentId: id });
  await book(tx, ctx, `deposit:${deposit.id}`, id, JOURNEY.deposit(centavos(deposit.amount)));
  await audit(tx, {
    actor: AUTOMATION,
    command: 'payment create',
    subject: `payment:${id}`,
    reason: `deposit ${deposit.id} came without a request; standing terms version ${row.version}`,
    detail: { amount: formatDecimal(centavos(deposit.amount)), standingTermsId: row.id },
  });
  return id;
}

async function suspend(tx: Tx, ctx: Context, { deposit, reason }: MatchTo<'suspense'>): Promise<null> {
  await tx.insert(suspense).values({ depositId: deposit.id, reason, amount: deposit.amount });
  await claim(tx, deposit.id, 'suspense', deposit.id, {});
  const step = reason === 'returned' ? 'suspense_return' : 'suspense';
  await book(tx, ctx, `suspense:${deposit.id}`, null, JOURNEY[step](centavos(deposit.amount)));
  return null;
}

async function claim(tx: Tx, depositId: string, subjectKind: SubjectKind, subjectId: string, detail: object) {
  await tx.insert(evidence).values({ source: 'juno_deposit', externalId: depositId, subjectKind, subjectId, detail });
}

const book = (
  tx: Tx,
  ctx: Context,
  key: string,
  paymentId: string | null,
  postings: ReturnType<typeof JOURNEY.deposit>,
) => writeEntry(tx, { id: ctx.newId(), key, paymentId, effectId: null, state: 'posted', postings });
