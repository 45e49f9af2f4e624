import { and, asc, eq, inArray, isNull, not, notExists, sql } from 'drizzle-orm';
import { isNvioClabe, parseClabe } from '../../money/clabe.ts';
import { centavos, compare, sum } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { destination, hold, leg, payment, settlementItem } from '../db/schema.ts';
import { deriveReference } from '../effects/key.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import { anyBarred } from '../guards/scope.ts';
import { handOver, OWNERS } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { JUNO_MINIMUM } from '../payment/minimum.ts';

/** More than this waits for the next settlement. */
const MOST_LEGS = 500;
const CONCEPT = 'Liquidacion Kustodia';

/**
 * Makes one settlement of all that is accrued for a payout account, once it reaches Juno's minimum: a payment of its own with
 * one leg, which takes over the money and the debt and is then paid like any other. Each accrued leg is in one settlement, for
 * ever. Answers the settlement's payment, or null when there is not enough yet.
 */
export async function settleAccrued(ctx: Context, lane: Lane, destinationId: string): Promise<string | null> {
  return ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    const accrued = await unsettled(tx, destinationId);
    const total = sum(
      'MXN',
      accrued.map(({ amount }) => centavos(amount)),
    );
    if (compare(total, JUNO_MINIMUM) < 0) return null;
    const [account] = await tx.select().from(destination).where(eq(destination.id, destinationId));
    if (!account) throw new Error(`no destination ${destinationId}`);

    const [paymentId, legId] = [ctx.newId(), ctx.newId()];
    await tx.insert(payment).values({
      id: paymentId,
      kind: 'settlement',
      payerId: account.userId,
      recipientId: account.userId,
      amount: total.units,
      custodySeconds: 0,
      concept: CONCEPT,
      expiresAt: ctx.now(),
      awaitsDeposit: false,
    });
    await tx.insert(leg).values({
      id: legId,
      paymentId,
      kind: 'settlement',
      amount: total.units,
      destinationId,
      rail: isNvioClabe(parseClabe(account.clabe)) ? 'bitso_transfer' : 'bank_redemption',
      reference: deriveReference(ctx.settings.keySecret, legId),
      cause: `${accrued.length} accrued legs reach Juno’s minimum`,
    });
    await tx.insert(settlementItem).values(accrued.map(({ id }) => ({ legId: id, settlementLegId: legId })));
    await writeEntry(tx, {
      id: ctx.newId(),
      key: `settlement:${legId}`,
      paymentId,
      effectId: null,
      state: 'posted',
      postings: handOver(
        total,
        { account: 'payable', owner: OWNERS.payoutAccount(destinationId) },
        { account: 'liability' },
      ),
    });
    await tx.update(leg).set({ state: 'reserved', cause: 'what was accrued is in it' }).where(eq(leg.id, legId));
    return paymentId;
  });
}

/** Whether what is accrued for a payout account, held or not, reaches Juno's minimum: most accounts have nothing, and need no lane. */
export async function isEnoughAccrued({ db }: Pick<Context, 'db'>, destinationId: string): Promise<boolean> {
  const { rows } = await db.execute<{ enough: boolean }>(sql`
    SELECT coalesce(sum(l.amount_centavos), 0) >= ${JUNO_MINIMUM.units.toString()}::numeric AS enough FROM reactor.leg l
    WHERE l.destination_id = ${destinationId} AND l.state = 'accrued'
      AND NOT EXISTS (SELECT 1 FROM reactor.settlement_item i WHERE i.leg_id = l.id)`);
  return rows[0]?.enough === true;
}

/**
 * The accrued legs of a payout account that no settlement pays yet, oldest first, locked with their payments: a hold or a dispute
 * of a payment keeps its leg out, as what stops or bars its people does, and what comes later stops the settlement itself.
 */
const unsettled = (tx: Tx, destinationId: string) =>
  tx
    .select({ id: leg.id, amount: leg.amount })
    .from(leg)
    .innerJoin(payment, eq(payment.id, leg.paymentId))
    .where(
      and(
        eq(leg.destinationId, destinationId),
        eq(leg.state, 'accrued'),
        notExists(tx.select().from(settlementItem).where(eq(settlementItem.legId, leg.id))),
        notExists(
          tx
            .select()
            .from(hold)
            .where(and(eq(hold.paymentId, leg.paymentId), isNull(hold.closedAt))),
        ),
        // Of one whose return a reorganisation undid, Juno may not have the pesos.
        sql`(SELECT e.state FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = ${leg.id}::text AND e.kind = 'chain_return'
          ORDER BY e.attempt DESC LIMIT 1) IS DISTINCT FROM 'dead'`,
        sql`NOT EXISTS (SELECT 1 FROM reactor.guard_switch s
          WHERE s.is_stopped AND s.name IN ('user:' || ${payment.payerId}, 'user:' || ${payment.recipientId}))`,
        not(anyBarred(payment.payerId, payment.recipientId)),
      ),
    )
    .orderBy(asc(leg.createdAt), asc(leg.id))
    .limit(MOST_LEGS)
    .for('update');

/** The payments whose accrued legs a settlement pays, by whichever of its legs: they can complete when it has. */
export async function settledPayments(ctx: Context, settlementId: string): Promise<string[]> {
  const legs = ctx.db
    .select({ id: settlementItem.legId })
    .from(settlementItem)
    .innerJoin(leg, eq(leg.id, settlementItem.settlementLegId))
    .where(eq(leg.paymentId, settlementId));
  const rows = await ctx.db.selectDistinct({ id: leg.paymentId }).from(leg).where(inArray(leg.id, legs));
  return rows.map(({ id }) => id);
}
