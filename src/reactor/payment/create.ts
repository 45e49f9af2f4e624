import { and, desc, eq, exists, gt, inArray, isNull, notExists, or } from 'drizzle-orm';
import { type Clabe, isNvioClabe } from '../../money/clabe.ts';
import { formatDecimal, formatMoney, type Money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { depositClabe, destination, junoDeposit, leg, payment, suspense, user } from '../db/schema.ts';
import { assertWithinCaps } from '../guards/caps.ts';
import { type Actor, audit } from '../people/audit.ts';
import { erasedBefore } from '../people/no-user.ts';
import { Refusal } from '../people/refusal.ts';
import { assertCarried } from '../release/carried.ts';
import { layOut } from './lay-out.ts';
import { split } from './split.ts';
import type { Rail } from './states.ts';
import type { PaymentTerms, Payout } from './terms.ts';
import { isEndedUnpaid } from './unpaid.ts';

/** A deposit may still arrive this long after its payment expired or was cancelled; until then nobody may share its CLABE and amount. */
const LATE_DEPOSIT_MS = 7 * 24 * 3600 * 1000;

/**
 * Creates a payment with all its legs, waiting for the payer's one deposit. Enqueue `payment`, and `destination` for each of
 * `destinationIds`, once the transaction has committed. Throws a Refusal: `over_cap`, `user_unknown`,
 * `payout_clabe_unreachable`, `release_not_carried`, `payer_without_clabe`, `duplicate_amount`.
 */
export async function createPayment(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'now' | 'settings'>,
  actor: Actor,
  terms: PaymentTerms,
): Promise<{ id: string; destinationIds: string[] }> {
  const { deposit, rail, fees } = assertPayable(ctx, terms);
  await assertWithinCaps(tx, ctx, deposit);
  await assertUsers(tx, terms);
  const clabe = await lockDepositClabe(tx, terms.payerId);
  await assertOnlyOne(tx, ctx.now(), clabe, deposit);

  const snapshot = (userId: string, payout: Payout) =>
    snapshotDestination(tx, ctx.newId(), { recipientId: userId, payout });
  const destinationId = await snapshot(terms.recipientId, terms.payout);
  const refundDestinationId = terms.refund ? await snapshot(terms.payerId, terms.refund) : null;
  const feesTo = [];
  for (const fee of fees) feesTo.push({ ...fee, destinationId: await snapshot(fee.beneficiaryId, fee.payout) });
  const id = await layOut(tx, ctx, {
    payerId: terms.payerId,
    recipientId: terms.recipientId,
    depositClabe: clabe,
    amount: terms.amount,
    custodyBasisPoints: terms.custodyBasisPoints,
    custodySeconds: terms.custodySeconds ?? 0,
    release: terms.release,
    concept: terms.concept,
    expiresAt: new Date(ctx.now().getTime() + terms.expiresInSeconds * 1000),
    destinationId,
    rail,
    refundDestinationId,
    fees: feesTo,
    cause: 'created',
  });
  await audit(tx, {
    actor,
    command: 'payment create',
    subject: `payment:${id}`,
    reason: terms.reason,
    detail: {
      amount: formatDecimal(terms.amount),
      deposit: formatDecimal(deposit),
      custodySeconds: terms.custodySeconds ?? 0,
      custodyBasisPoints: terms.custodyBasisPoints,
    },
  });
  const destinationIds = [
    destinationId,
    ...(refundDestinationId ? [refundDestinationId] : []),
    ...feesTo.map((fee) => fee.destinationId),
  ];
  return { id, destinationIds: [...new Set(destinationIds)] };
}

/**
 * What can be told of terms without asking anybody: what the payer sends, and by which rail each part leaves. Throws a Refusal
 * `payout_clabe_unreachable`, `release_not_carried`.
 */
export function assertPayable(ctx: Pick<Context, 'settings'>, terms: PaymentTerms) {
  const parts = split(terms);
  if (Array.isArray(parts))
    throw new Error(`terms that cannot be split: ${parts.map(({ message }) => message).join('; ')}`);
  if (terms.refund) railOf(ctx, terms.refund, 'refund.clabe');
  assertCarried(ctx, terms);
  return {
    ...parts,
    rail: railOf(ctx, terms.payout),
    fees: parts.fees.map(({ fee }, i) => ({ ...fee, rail: railOf(ctx, fee.payout, `fees.${i}.payout.clabe`) })),
  };
}

/**
 * Which rail reaches an account: the one that is asked for, or the one that its CLABE needs. Throws a Refusal
 * `payout_clabe_unreachable` where none does; `field` is where the CLABE was given.
 */
export function railOf(
  { settings }: Pick<Context, 'settings'>,
  { clabe, rail }: { clabe: Clabe; rail?: Rail | undefined },
  field = 'payout.clabe',
): Rail {
  const isNvio = isNvioClabe(clabe);
  const chosen = rail ?? (isNvio ? 'bitso_transfer' : 'bank_redemption');
  if (isNvio !== (chosen === 'bitso_transfer'))
    throw unreachable(`the rail ${chosen} does not reach this CLABE`, field);
  if (chosen !== 'bank_redemption' && settings.bitsoBaseUrl === null)
    throw unreachable(`the rail ${chosen} is not switched on here`, field);
  return chosen;
}

async function assertUsers(tx: Tx, { payerId, recipientId, fees }: PaymentTerms): Promise<void> {
  const named = [
    { field: 'payerId', id: payerId },
    { field: 'recipientId', id: recipientId },
    ...fees.map(({ beneficiaryId }, i) => ({ field: `fees.${i}.beneficiaryId`, id: beneficiaryId })),
  ];
  const known = await tx
    .select({ id: user.id })
    .from(user)
    .where(
      and(
        inArray(
          user.id,
          named.map(({ id }) => id),
        ),
        isNull(user.erasedAt),
      ),
    );
  const unknown = named.filter(({ id }) => !known.some((row) => row.id === id.toLowerCase()));
  if (unknown.length === 0) return;
  throw new Refusal({
    code: 'user_unknown',
    status: 422,
    title: 'There is no such user',
    detail: 'Payer, recipient and whoever gets a fee are users, made with POST /api/v1/users. Nothing was created.',
    errors: unknown.map(({ field }) => ({ field, message: 'there is no user with this id' })),
  });
}

/** Locks the payer's CLABE, so that two payments over the same amount cannot be created at the same time. */
async function lockDepositClabe(tx: Tx, payerId: string): Promise<string> {
  const [row] = await tx.select().from(depositClabe).where(eq(depositClabe.userId, payerId)).for('update');
  if (row) return row.clabe;
  throw new Refusal({
    code: 'payer_without_clabe',
    status: 409,
    title: 'The payer has no deposit CLABE yet',
    detail:
      'Juno has not assigned one; it usually takes seconds and goes on by itself. Look at GET /api/v1/users/{id} and repeat this request once it shows a CLABE.',
    errors: [{ field: 'payerId', message: 'has no deposit CLABE yet' }],
  });
}

/** A deposit is matched by CLABE and amount: while one may arrive for a payment, no other may look the same. */
async function assertOnlyOne(tx: Tx, now: Date, clabe: string, deposit: Money<'MXN'>): Promise<void> {
  const lately = new Date(now.getTime() - LATE_DEPOSIT_MS);
  const endedLately = tx
    .select()
    .from(leg)
    .where(
      and(
        eq(leg.paymentId, payment.id),
        isEndedUnpaid,
        gt(leg.enteredAt, lately),
        // Once its late deposit is in suspense, a new payment may be made for a person to assign it to.
        notExists(
          tx
            .select()
            .from(suspense)
            .innerJoin(junoDeposit, eq(junoDeposit.id, suspense.depositId))
            .where(
              and(
                eq(suspense.reason, 'late'),
                eq(junoDeposit.clabe, payment.depositClabe),
                eq(suspense.amount, payment.amount),
                gt(suspense.openedAt, leg.enteredAt),
              ),
            ),
        ),
      ),
    );
  const [other] = await tx
    .select({ id: payment.id })
    .from(payment)
    .where(
      and(
        eq(payment.depositClabe, clabe),
        eq(payment.amount, deposit.units),
        or(eq(payment.awaitsDeposit, true), exists(endedLately)),
      ),
    )
    .orderBy(desc(payment.number))
    .limit(1);
  if (!other) return;
  throw new Refusal({
    code: 'duplicate_amount',
    status: 409,
    title: 'Another payment waits for the same deposit',
    detail: `Payment ${other.id} waits for ${formatMoney(deposit)} at the same CLABE, or ended without one in the last 7 days: a deposit could not be told apart. Nothing was created. Use that payment, or an amount that differs by a centavo.`,
    errors: [{ field: 'amount', message: `makes the deposit that of payment ${other.id}` }],
  });
}

/** The payout account as given now; the same account given again is the same row. Throws a Refusal `user_erased`. */
export async function snapshotDestination(
  tx: Tx,
  id: string,
  { recipientId, payout }: Readonly<{ recipientId: string; payout: Readonly<{ clabe: Clabe; legalName: string }> }>,
): Promise<string> {
  const snapshot = { userId: recipientId, clabe: payout.clabe, legalName: payout.legalName };
  const [owner] = await tx.select({ at: user.erasedAt }).from(user).where(eq(user.id, recipientId)).for('key share');
  if (owner?.at) throw erasedBefore(owner.at);
  await tx
    .insert(destination)
    .values({ id, ...snapshot })
    .onConflictDoNothing();
  const [row] = await tx
    .select({ id: destination.id })
    .from(destination)
    .where(
      and(
        eq(destination.userId, snapshot.userId),
        eq(destination.clabe, snapshot.clabe),
        eq(destination.legalName, snapshot.legalName),
      ),
    );
  if (!row) throw new Error('a destination was neither inserted nor found');
  return row.id;
}

const unreachable = (why: string, field: string) =>
  new Refusal({
    code: 'payout_clabe_unreachable',
    status: 422,
    title: 'This payout CLABE cannot be reached',
    detail: `CLABEs of prefix 710 are kept by NVIO (Juno and Bitso): only the rail bitso_transfer reaches them, and it reaches no other; both rails over the Bitso balance need BITSO_BASE_URL. Here ${why}. Nothing was created.`,
    errors: [{ field, message: why }],
  });
