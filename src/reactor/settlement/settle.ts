import { and, asc, eq, inArray, isNull, lt, lte, not, notExists, or, type SQL, sql } from 'drizzle-orm';
import { isNvioClabe, parseClabe } from '../../money/clabe.ts';
import { centavos, compare, type Money, sum } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { anyOf } from '../db/any-of.ts';
import type { Db, Tx } from '../db/client.ts';
import { destination, hold, leg, payment, settlementItem } from '../db/schema.ts';
import { deriveLegId, deriveReference } from '../effects/key.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import { mostOfOne } from '../guards/caps.ts';
import { isKeptBack } from '../guards/scope.ts';
import { handOver, OWNERS } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { JUNO_MINIMUM, MOST_DEBTS_UNDER_MINIMUM } from '../payment/minimum.ts';

/** A settlement takes no more than this of what is accrued, unless it needs more to reach Juno's minimum; the rest waits for the next. */
const MOST_LEGS = 500;
const CONCEPT = 'Liquidacion Kustodia';

/**
 * Makes one settlement of what is accrued for a payout account, once it reaches Juno's minimum: a payment of its own with one leg,
 * which takes over the money and the debt and is then paid like any other. Each accrued leg is in one settlement, for ever. Answers
 * the settlement's payment, or null when there is not enough yet, or no longer once what it would pay is locked.
 */
export async function settleAccrued(
  ctx: Context,
  lane: Lane,
  destinationId: string,
  mostLegs = MOST_LEGS,
): Promise<string | null> {
  return ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    const chosen = await enoughOf(tx, ctx, destinationId, mostLegs);
    if (!chosen) return null;
    // Behind their payments, in the order in which everybody locks several: what is put on one of them or pays it otherwise comes first.
    const payments = chosen.legs.map(({ paymentId }) => paymentId);
    await tx
      .select({ id: payment.id })
      .from(payment)
      .where(anyOf(payment.id, payments))
      .orderBy(payment.id)
      .for('update');
    const enough = await enoughOf(tx, ctx, destinationId, mostLegs, anyOf(leg.paymentId, payments));
    if (!enough) return null;
    return makeSettlement(tx, ctx, destinationId, enough);
  });
}

/**
 * Makes the settlement of exactly these accrued legs, which recovery found paid: no cap and nothing that bars its people forbids it any
 * more. Null where one of them has not accrued for this account, or is in a settlement already.
 */
export async function settleThese(
  ctx: Context,
  lane: Lane,
  destinationId: string,
  legIds: readonly string[],
): Promise<string | null> {
  return ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    const payments = tx.select({ id: leg.paymentId }).from(leg).where(anyOf(leg.id, legIds));
    await tx
      .select({ id: payment.id })
      .from(payment)
      .where(inArray(payment.id, payments))
      .orderBy(payment.id)
      .for('update');
    const legs = await tx
      .select({ id: leg.id, paymentId: leg.paymentId, amount: leg.amount })
      .from(leg)
      .where(
        and(
          anyOf(leg.id, legIds),
          eq(leg.destinationId, destinationId),
          eq(leg.state, 'accrued'),
          notExists(tx.select().from(settlementItem).where(eq(settlementItem.legId, leg.id))),
        ),
      );
    if (legs.length !== legIds.length) return null;
    const total = sum(
      'MXN',
      legs.map(({ amount }) => centavos(amount)),
    );
    return makeSettlement(tx, ctx, destinationId, { legs, total });
  });
}

/** The settlement's payment, with its one leg, what is put into it, and the debt that it takes over. Answers the payment. */
async function makeSettlement(
  tx: Tx,
  ctx: Context,
  destinationId: string,
  { legs: accrued, total }: Enough,
): Promise<string> {
  const [account] = await tx.select().from(destination).where(eq(destination.id, destinationId));
  if (!account) throw new Error(`no destination ${destinationId}`);

  const paymentId = ctx.newId();
  const ids = accrued.map(({ id }) => id).sort();
  const legId = deriveLegId(ctx.settings.keySecret, [destinationId, ...ids]);
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
}

/** Whether a settlement would be made now: most accounts have nothing, and need no lane. */
export const isEnoughAccrued = async (ctx: Pick<Context, 'db' | 'settings'>, destinationId: string): Promise<boolean> =>
  (await enoughOf(ctx.db, ctx, destinationId, MOST_LEGS)) !== null;

type Enough = Readonly<{ legs: readonly { id: string; paymentId: string }[]; total: Money<'MXN'> }>;

/**
 * What a settlement made now would pay: the oldest `mostLegs`, and of the next as many as it needs, but no more than the caps let out at
 * once. Null where all together are too little, or the caps let out less than Juno redeems.
 */
async function enoughOf(
  db: Db | Tx,
  { settings }: Pick<Context, 'settings'>,
  destinationId: string,
  mostLegs: number,
  among: SQL | undefined = undefined,
): Promise<Enough | null> {
  const most = await mostOfOne(db, settings);
  if (!most) return null;
  const free = unsettled(db, destinationId, Math.max(mostLegs, MOST_DEBTS_UNDER_MINIMUM), among);
  const legs = await db
    .select({ id: free.id, paymentId: free.paymentId, amount: free.amount })
    .from(free)
    .where(
      and(
        or(lte(free.place, mostLegs), lt(free.before, JUNO_MINIMUM.units.toString())),
        sql`${free.before} + ${free.amount} <= ${most.units.toString()}`,
      ),
    );
  const total = sum(
    'MXN',
    legs.map(({ amount }) => centavos(amount)),
  );
  return compare(total, JUNO_MINIMUM) < 0 ? null : { legs, total };
}

/**
 * The accrued legs of a payout account that no settlement pays yet, oldest first, each with its place and what those before it come
 * to: a hold or a dispute of a payment keeps its leg out, as what stops or bars its people does, and what comes later stops the
 * settlement itself.
 */
const unsettled = (db: Db | Tx, destinationId: string, most: number, among: SQL | undefined) => {
  const inOrder = sql`OVER (ORDER BY ${leg.createdAt}, ${leg.id} ROWS UNBOUNDED PRECEDING)`;
  return db
    .select({
      id: leg.id,
      paymentId: leg.paymentId,
      amount: leg.amount,
      place: sql<number>`row_number() ${inOrder}`.as('place'),
      before: sql<string>`sum(${leg.amount}) ${inOrder} - ${leg.amount}`.as('before'),
    })
    .from(leg)
    .innerJoin(payment, eq(payment.id, leg.paymentId))
    .where(
      and(
        among,
        eq(leg.destinationId, destinationId),
        eq(leg.state, 'accrued'),
        notExists(db.select().from(settlementItem).where(eq(settlementItem.legId, leg.id))),
        notExists(
          db
            .select()
            .from(hold)
            .where(and(eq(hold.paymentId, leg.paymentId), isNull(hold.closedAt))),
        ),
        // Of one whose return a reorganisation undid, or that of the leg whose place it took, Juno may not have the pesos.
        sql`NOT EXISTS (
          WITH RECURSIVE line (id, replaces) AS (
            SELECT ${leg.id}, ${leg.replaces} UNION ALL SELECT l.id, l.replaces FROM reactor.leg l JOIN line ON l.id = line.replaces)
          SELECT 1 FROM line WHERE (
            SELECT e.state FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = line.id::text AND e.kind = 'chain_return'
            ORDER BY e.attempt DESC LIMIT 1) = 'dead')`,
        not(isKeptBack(payment)),
      ),
    )
    .orderBy(asc(leg.createdAt), asc(leg.id))
    .limit(most)
    .as('free');
};

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
