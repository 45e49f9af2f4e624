import { and, desc, eq, exists, gt, isNull, notExists, or } from 'drizzle-orm';
import { z } from 'zod';
import { bankOf } from '../../money/banks.ts';
import { type Clabe, ClabeError, isNvioClabe, parseClabe } from '../../money/clabe.ts';
import { formatDecimal, formatMoney, parseDecimal } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { depositClabe, destination, junoDeposit, leg, payment, suspense, user } from '../db/schema.ts';
import { deriveReference } from '../effects/key.ts';
import { assertWithinCaps } from '../guards/caps.ts';
import { type Actor, audit } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { PERSON_NAME, REASON } from '../people/words.ts';
import { JUNO_MINIMUM } from './minimum.ts';
import { RAILS, type Rail } from './states.ts';

const DAY_S = 24 * 3600;
const MAX_CUSTODY_S = 10 * 365 * DAY_S;
const MAX_EXPIRY_S = 30 * DAY_S;
/** A deposit may still arrive this long after its payment expired; until then nobody may share its CLABE and amount. */
const LATE_DEPOSIT_MS = 7 * DAY_S * 1000;

const AMOUNT = z
  .string('is a text of pesos such as "1500.00"')
  .regex(
    /^-?\d{1,9}(\.\d+)?$/,
    'is a plain decimal number of pesos such as "1500.00", with at most 9 digits before the point',
  )
  .refine((text) => !/\.\d{3,}$/.test(text), 'has more than two decimals: a peso has 100 centavos')
  .transform((text, ctx) => {
    const [whole = '0', fraction = ''] = text.split('.');
    const plain = `${whole.replace(/^(-?)0+(?=\d)/, '$1')}${fraction === '' ? '' : `.${fraction}`}`;
    const amount = parseDecimal('MXN', plain);
    if (amount.units < JUNO_MINIMUM.units) {
      ctx.addIssue({
        code: 'custom',
        message: `is under ${formatMoney(JUNO_MINIMUM)}, the least that Juno issues and redeems`,
      });
      return z.NEVER;
    }
    return amount;
  });

const PAYOUT_CLABE = z.string('is missing').transform((text, ctx) => {
  try {
    const clabe = parseClabe(text);
    if (bankOf(clabe) !== null) return clabe;
    ctx.addIssue({
      code: 'custom',
      message: `begins with ${clabe.slice(0, 3)}, the code of no bank that SPEI reaches`,
    });
    return z.NEVER;
  } catch (error) {
    if (!(error instanceof ClabeError)) throw error;
    ctx.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});

/** What a payment is asked for with. Everything that is wrong is said at once, field by field. */
export const PAYMENT_TERMS = z.strictObject({
  payerId: z.uuid('is not the id of a user'),
  recipientId: z.uuid('is not the id of a user'),
  amount: AMOUNT,
  custodySeconds: z
    .int('is a whole number of seconds')
    .min(1, 'is more than 0 seconds')
    .max(MAX_CUSTODY_S, 'is at most 10 years (315,360,000 seconds)'),
  payout: z.strictObject({
    clabe: PAYOUT_CLABE,
    legalName: PERSON_NAME,
    /** How the pesos leave; a CLABE of prefix 710 can only be reached by `bitso_transfer`. */
    rail: z.enum(RAILS, 'is not a rail').optional(),
  }),
  concept: z.string('is missing').regex(/^[A-Za-z0-9 ]{1,40}$/, 'has 1 to 40 ASCII letters, digits and spaces'),
  expiresInSeconds: z
    .int('is a whole number of seconds')
    .min(1, 'is more than 0 seconds')
    .max(MAX_EXPIRY_S, 'is at most 30 days (2,592,000 seconds)')
    .default(3 * DAY_S),
  reason: REASON,
});

export type PaymentTerms = z.output<typeof PAYMENT_TERMS>;

/**
 * Creates a payment with its one custody leg, waiting for the payer's deposit. Enqueue `payment` and `destination` with the
 * ids of the answer once the transaction has committed. Throws a Refusal: `user_unknown`, `payout_clabe_unreachable`,
 * `payer_without_clabe`, `duplicate_amount`, `over_cap`.
 */
export async function createPayment(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'now' | 'settings'>,
  actor: Actor,
  terms: PaymentTerms,
): Promise<{ id: string; destinationId: string }> {
  await assertWithinCaps(tx, ctx, terms.amount);
  const rail = railOf(ctx, terms.payout);
  await assertUsers(tx, terms);
  const clabe = await lockDepositClabe(tx, terms.payerId);
  await assertOnlyOne(tx, ctx.now(), clabe, terms);

  const destinationId = await snapshotDestination(tx, ctx.newId(), terms);
  const id = ctx.newId();
  const legId = ctx.newId();
  await tx.insert(payment).values({
    id,
    payerId: terms.payerId,
    recipientId: terms.recipientId,
    depositClabe: clabe,
    amount: terms.amount.units,
    custodySeconds: terms.custodySeconds,
    concept: terms.concept,
    expiresAt: new Date(ctx.now().getTime() + terms.expiresInSeconds * 1000),
  });
  await tx.insert(leg).values({
    id: legId,
    paymentId: id,
    kind: 'custody',
    amount: terms.amount.units,
    destinationId,
    rail,
    reference: deriveReference(ctx.settings.keySecret, legId),
    cause: 'created',
  });
  await audit(tx, {
    actor,
    command: 'payment create',
    subject: `payment:${id}`,
    reason: terms.reason,
    detail: { amount: formatDecimal(terms.amount), custodySeconds: terms.custodySeconds },
  });
  return { id, destinationId };
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

async function assertUsers(tx: Tx, { payerId, recipientId }: PaymentTerms): Promise<void> {
  const known = await tx
    .select({ id: user.id })
    .from(user)
    .where(and(or(eq(user.id, payerId), eq(user.id, recipientId)), isNull(user.erasedAt)));
  const isUnknown = (id: string) => !known.some((row) => row.id === id.toLowerCase());
  const errors = [
    ...(isUnknown(payerId) ? [{ field: 'payerId', message: 'there is no user with this id' }] : []),
    ...(isUnknown(recipientId) ? [{ field: 'recipientId', message: 'there is no user with this id' }] : []),
  ];
  if (errors.length === 0) return;
  throw new Refusal({
    code: 'user_unknown',
    status: 422,
    title: 'There is no such user',
    detail: 'Payer and recipient are users, made with POST /api/v1/users. Nothing was created.',
    errors,
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
async function assertOnlyOne(tx: Tx, now: Date, clabe: string, { amount }: PaymentTerms): Promise<void> {
  const lately = new Date(now.getTime() - LATE_DEPOSIT_MS);
  const expiredLately = tx
    .select()
    .from(leg)
    .where(
      and(
        eq(leg.paymentId, payment.id),
        eq(leg.state, 'expired'),
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
        eq(payment.amount, amount.units),
        or(eq(payment.awaitsDeposit, true), exists(expiredLately)),
      ),
    )
    .orderBy(desc(payment.number))
    .limit(1);
  if (!other) return;
  throw new Refusal({
    code: 'duplicate_amount',
    status: 409,
    title: 'Another payment waits for the same deposit',
    detail: `Payment ${other.id} waits for ${formatMoney(amount)} at the same CLABE, or expired in the last 7 days: a deposit could not be told apart. Nothing was created. Use that payment, or an amount that differs by a centavo.`,
    errors: [{ field: 'amount', message: `is the amount of payment ${other.id}` }],
  });
}

/** The payout account as given now; the same account given again is the same row. */
export async function snapshotDestination(
  tx: Tx,
  id: string,
  { recipientId, payout }: Pick<PaymentTerms, 'recipientId' | 'payout'>,
): Promise<string> {
  const snapshot = { userId: recipientId, clabe: payout.clabe, legalName: payout.legalName };
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
