import { eq } from 'drizzle-orm';
import type { Hono } from 'hono';
import type { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { payment } from '../db/schema.ts';
import { snapshotDestination } from '../payment/create.ts';
import type { Payout } from '../payment/terms.ts';
import { onceLooked } from '../people/idempotency.ts';
import { RELEASE_PAYMENT, releasable, shownRelease } from '../release/four-eyes.ts';
import { NAME_TRANSFER, planName } from '../replace/name-transfer.ts';
import { assertRefundable, REFUND_PAYMENT, shownRefund } from '../replace/refund.ts';
import { assertPayable, payeeOf, REPAY_LEG, shownPayable } from '../replace/repay.ts';
import { SETTLE_OUTSIDE, stolenOf } from '../replace/settle-outside.ts';
import type { ApiEnv } from './auth.ts';
import { paymentOf } from './payments.ts';
import { readWantedMoney } from './proposed-money.ts';
import { ring } from './ring.ts';
import { type Answered, serveOutside } from './route.ts';
import { PROPOSE_FOR_PAYMENT } from './routes/payment-proposals.ts';

type Proposal = z.output<typeof PROPOSE_FOR_PAYMENT.body>;
type Asked<D> = Extract<Proposal, { do: D }>;

/** Without the money, which is the same for each. */
type Preview = WithoutMoney<Answered<typeof PROPOSE_FOR_PAYMENT.plan>>;
type WithoutMoney<T> = T extends unknown ? Omit<T, 'money'> : never;

type Proposing = Readonly<{
  /** What it would do, for whoever proposes and whoever approves. */
  preview: Preview;
  /** The account that it names: registered at Juno from now on, so that it is verified when the second person comes. */
  account: Readonly<{ userId: string; payout: Pick<Payout, 'clabe' | 'legalName'> }> | null;
  commandOf: (destinationId: string) => Readonly<{ command: FourEyesCommand; subjectId: string; parameters: object }>;
}>;

/** Checks a proposal about a payment in full, shows what it would do, and writes it down unless it is only to be checked. */
export function servePaymentProposals(app: Hono<ApiEnv>, ctx: Context): void {
  const prepared = async (text: string, terms: Proposal) => prepare(ctx, await paymentOf(ctx, text), terms);
  serveOutside(app, PROPOSE_FOR_PAYMENT, {
    rehearse: async ({ parameters, terms }) => {
      const { preview, account, commandOf } = await prepared(parameters.id, terms);
      return { ...preview, money: await readWantedMoney(ctx.db, commandOf(''), account?.payout ?? null) };
    },
    run: async ({ actor, parameters, terms }, identity) => {
      const look = () => prepared(parameters.id, terms);
      const { response } = await onceLooked(ctx, identity, look, async (tx, { preview, account, commandOf }) => {
        const destinationId = account
          ? await snapshotDestination(tx, ctx.newId(), { recipientId: account.userId, payout: account.payout })
          : '';
        const wanted = { actor, reason: terms.reason, ...commandOf(destinationId) };
        return { ...(await propose(tx, ctx, wanted)), ...preview, destinationId };
      });
      const { destinationId, ...shown } = response;
      if (destinationId !== '') await ring(ctx, { lane: 'destination', id: destinationId });
      return shown;
    },
  });
}

function prepare(ctx: Context, paymentId: string, terms: Proposal): Promise<Proposing> {
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
