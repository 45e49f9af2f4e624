import { eq } from 'drizzle-orm';
import type { Context as HonoContext } from 'hono';
import { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { payment } from '../db/schema.ts';
import { snapshotDestination } from '../payment/create.ts';
import { PAYMENT_TERMS } from '../payment/terms.ts';
import { once } from '../people/idempotency.ts';
import { GIVEN_REASON } from '../people/words.ts';
import { RELEASE_PAYMENT, releasable, shownRelease } from '../release/four-eyes.ts';
import { PLACES } from '../replace/money.ts';
import { NAME_TRANSFER, NAME_TRANSFER_HOW, planName } from '../replace/name-transfer.ts';
import { assertRefundable, REFUND_PAYMENT, REFUND_WHAT, shownRefund } from '../replace/refund.ts';
import { assertPayable, payeeOf, REPAY_LEG, shownPayable } from '../replace/repay.ts';
import { SETTLE_OUTSIDE, SETTLE_PARAMETERS, stolenOf } from '../replace/settle-outside.ts';
import type { ApiEnv } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const PAYOUT = PAYMENT_TERMS.shape.payout;
const PROPOSAL = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('repay'),
    legId: z.string('is the id of a leg'),
    payout: PAYOUT,
    moneyAt: z.enum(PLACES, 'is juno or bitso').optional(),
    anotherHolder: z.literal(true, 'is true, or left out').optional(),
    reason: GIVEN_REASON,
  }),
  z.strictObject({
    do: z.literal('settle-outside'),
    legId: z.string('is the id of a leg'),
    how: SETTLE_PARAMETERS,
    reason: GIVEN_REASON,
  }),
  z.strictObject({
    do: z.literal('name-transfer'),
    legId: z.string('is the id of a leg'),
    how: NAME_TRANSFER_HOW,
    reason: GIVEN_REASON,
  }),
  z.strictObject({
    do: z.literal('refund'),
    what: z.enum(REFUND_WHAT, 'is full or custody'),
    payout: PAYOUT.omit({ rail: true }),
    reason: GIVEN_REASON,
  }),
  z.strictObject({ do: z.literal('release'), reason: GIVEN_REASON }),
]);
type Asked<D> = Extract<z.output<typeof PROPOSAL>, { do: D }>;

type Proposing = Readonly<{
  /** What it would do, for whoever proposes and whoever approves. */
  preview: object;
  /** The account that it names: registered at Juno from now on, so that it is verified when the second person comes. */
  account: Readonly<{ userId: string; payout: Pick<z.output<typeof PAYOUT>, 'clabe' | 'legalName'> }> | null;
  commandOf: (destinationId: string) => Readonly<{ command: FourEyesCommand; subjectId: string; parameters: object }>;
}>;

/** Checks a proposal about a payment in full, shows what it would do, and writes it down unless it is only to be checked. */
export async function proposePayment(ctx: Context, c: HonoContext<ApiEnv>, paymentId: string) {
  const { terms, identity } = await readCommand(c, PROPOSAL);
  const { dryRun } = parse(DRY_RUN, c.req.query());
  const { preview, account, commandOf } = await prepare(ctx, paymentId, terms);
  if (dryRun) return { response: { dryRun: true as const, ...preview }, status: 200 as const };
  const { response } = await once(ctx, identity, async (tx) => {
    const destinationId = account
      ? await snapshotDestination(tx, ctx.newId(), { recipientId: account.userId, payout: account.payout })
      : '';
    const wanted = { actor: c.get('actor'), reason: terms.reason, ...commandOf(destinationId) };
    return { ...(await propose(tx, ctx, wanted)), ...preview, destinationId };
  });
  const { destinationId, ...shown } = response;
  if (destinationId !== '') await ring(ctx, { lane: 'destination', id: destinationId });
  return { response: shown, status: 201 as const };
}

function prepare(ctx: Context, paymentId: string, terms: z.output<typeof PROPOSAL>): Promise<Proposing> {
  switch (terms.do) {
    case 'repay':
      return repay(ctx, paymentId, terms);
    case 'settle-outside':
      return settle(ctx, paymentId, terms);
    case 'name-transfer':
      return nameTransfer(ctx, paymentId, terms);
    case 'refund':
      return refund(ctx, paymentId, terms);
    case 'release':
      return release(ctx, paymentId);
  }
}

async function repay(
  ctx: Context,
  paymentId: string,
  { legId, payout, moneyAt, anotherHolder }: Asked<'repay'>,
): Promise<Proposing> {
  const userId = await payeeOf(ctx, paymentId, legId);
  const payable = await assertPayable(ctx, legId, { ...payout, told: moneyAt, anotherHolder });
  const to = maskClabe(payout.clabe);
  return {
    preview: { ...shownPayable(payable), to },
    account: { userId, payout },
    commandOf: (destinationId) => ({
      command: REPAY_LEG as unknown as FourEyesCommand,
      subjectId: legId,
      parameters: {
        ...{ destinationId, to },
        ...(payout.rail ? { rail: payout.rail } : {}),
        ...(moneyAt ? { moneyAt } : {}),
        ...(payable.isAnothers ? { anotherHolder: true } : {}),
      },
    }),
  };
}

async function settle(ctx: Context, paymentId: string, { legId, how }: Asked<'settle-outside'>): Promise<Proposing> {
  await payeeOf(ctx, paymentId, legId);
  const stolen = await stolenOf(ctx, legId);
  const parameters = { ...how, ...(stolen ? { stolen } : {}) };
  await SETTLE_OUTSIDE.check(ctx, { subjectId: legId, parameters });
  return {
    preview: { legId, ...parameters },
    account: null,
    commandOf: () => ({ command: SETTLE_OUTSIDE as unknown as FourEyesCommand, subjectId: legId, parameters }),
  };
}

async function nameTransfer(
  ctx: Context,
  paymentId: string,
  { legId, how }: Asked<'name-transfer'>,
): Promise<Proposing> {
  await payeeOf(ctx, paymentId, legId);
  const { named, preview } = await planName(ctx, legId, how);
  return {
    preview,
    account: null,
    commandOf: () => ({
      command: NAME_TRANSFER as unknown as FourEyesCommand,
      subjectId: legId,
      parameters: named,
    }),
  };
}

async function refund(ctx: Context, paymentId: string, { what, payout }: Asked<'refund'>): Promise<Proposing> {
  const plan = await assertRefundable(ctx, paymentId, what, payout);
  const [row] = await ctx.db.select().from(payment).where(eq(payment.id, paymentId));
  if (!row) throw new Error(`payment ${paymentId} was found and is gone`);
  const to = maskClabe(payout.clabe);
  return {
    preview: { ...shownRefund(plan), to },
    account: { userId: row.payerId, payout },
    commandOf: (destinationId) => ({
      command: REFUND_PAYMENT as unknown as FourEyesCommand,
      subjectId: paymentId,
      parameters: { what, destinationId, to },
    }),
  };
}

async function release(ctx: Context, paymentId: string): Promise<Proposing> {
  return {
    preview: shownRelease(await releasable(ctx.db, ctx, paymentId)),
    account: null,
    commandOf: () => ({
      command: RELEASE_PAYMENT as unknown as FourEyesCommand,
      subjectId: paymentId,
      parameters: {},
    }),
  };
}
