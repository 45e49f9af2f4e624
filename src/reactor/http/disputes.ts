import { eq } from 'drizzle-orm';
import { Hono, type Context as HonoContext } from 'hono';
import { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import { formatDecimal } from '../../money/money.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { destination, payment } from '../db/schema.ts';
import { APPEAL, appeal, GIVE_EVIDENCE, giveEvidence } from '../disputes/evidence.ts';
import { listDisputes } from '../disputes/list.ts';
import { OPEN_DISPUTE, openDispute } from '../disputes/open.ts';
import { noRefundAccount, noSuchPayment } from '../disputes/refusals.ts';
import { assertResolvable, RESOLVE_DISPUTE, type Resolution, readDispute } from '../disputes/resolve.ts';
import { showDispute } from '../disputes/show.ts';
import { shownStakes } from '../disputes/stakes.ts';
import { snapshotDestination } from '../payment/create.ts';
import { DISPUTE_OUTCOMES } from '../payment/disputed.ts';
import { findPaymentId } from '../payment/show.ts';
import { PAYMENT_TERMS } from '../payment/terms.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { GIVEN_REASON, PESOS } from '../people/words.ts';
import { type ApiEnv, canReadClabes, mayCommand, mayStop } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const FILTER = z.strictObject({ payment: z.string().max(40, 'is too long').optional() });
const PAYOUT = PAYMENT_TERMS.shape.payout.omit({ rail: true });
const PROPOSAL = z.strictObject({
  outcome: z.enum(DISPUTE_OUTCOMES, `is one of ${DISPUTE_OUTCOMES.join(', ')}`),
  /** Of a split. */
  payer: z
    .union([z.strictObject({ basisPoints: z.int().min(1).max(9_999) }), z.strictObject({ amount: PESOS })], {
      error: 'is {"basisPoints": 1 to 9999} or {"amount": pesos}',
    })
    .optional(),
  /** An account of the payer's own; that of the payment's terms where it is left out. */
  payout: PAYOUT.optional(),
  reason: GIVEN_REASON,
});

const isDryRun = (c: HonoContext<ApiEnv>): boolean => parse(DRY_RUN, c.req.query()).dryRun;

/**
 * GET / lists the disputes that are not final, or all of `?payment=`; GET /:id shows one; POST / opens one, POST /:id/evidence adds to
 * it, POST /:id/proposals proposes how it is decided, POST /:id/appeals opens a decided one again. With `?dryRun=true` nothing is
 * changed.
 */
export function disputeRoutes(ctx: Context): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get('/', async (c) => {
      const { payment: name } = parse(FILTER, c.req.query());
      if (name === undefined) return c.json({ disputes: await listDisputes(ctx.db) });
      const paymentId = await findPaymentId(ctx.db, name);
      if (!paymentId) throw noSuchPayment();
      return c.json({ disputes: await listDisputes(ctx.db, paymentId) });
    })
    .get('/:id', async (c) => c.json(await showDispute(ctx.db, c.req.param('id'), canReadClabes(c.get('actor')))))
    .post('/', mayStop, async (c) => {
      const { terms, identity } = await readCommand(c, OPEN_DISPUTE);
      const open = async (tx: Tx) => {
        const { id, paymentId, stakes } = await openDispute(tx, ctx, c.get('actor'), terms);
        return { id, paymentId, ...shownStakes(stakes) };
      };
      if (isDryRun(c)) {
        const { id: _, ...would } = await rehearse(ctx, open);
        return c.json({ dryRun: true as const, ...would });
      }
      const { response } = await once(ctx, identity, open);
      await ring(ctx, { lane: 'payment', id: response.paymentId });
      return c.json(response, 201);
    })
    .post('/:id/evidence', mayStop, async (c) => {
      const { terms, identity } = await readCommand(c, GIVE_EVIDENCE);
      const give = (tx: Tx) => giveEvidence(tx, ctx, c.get('actor'), c.req.param('id'), terms);
      if (isDryRun(c)) return c.json({ dryRun: true as const, ...(await rehearse(ctx, give)) });
      return c.json((await once(ctx, identity, give)).response, 201);
    })
    .post('/:id/appeals', mayStop, async (c) => {
      const { terms, identity } = await readCommand(c, APPEAL);
      const make = (tx: Tx) => appeal(tx, ctx, c.get('actor'), c.req.param('id'), terms);
      if (isDryRun(c)) return c.json({ dryRun: true as const, ...(await rehearse(ctx, make)) });
      const { response } = await once(ctx, identity, make);
      await ring(ctx, { lane: 'payment', id: response.paymentId });
      return c.json(response, 201);
    })
    .post('/:id/proposals', mayCommand, async (c) => {
      const { response, status } = await proposeResolution(ctx, c, c.req.param('id') ?? '');
      return c.json(response, status);
    });
}

/** Checks a decision in full, shows what each would get, and writes it down unless it is only to be checked. */
async function proposeResolution(ctx: Context, c: HonoContext<ApiEnv>, id: string) {
  const { terms, identity } = await readCommand(c, PROPOSAL);
  const row = await readDispute(ctx.db, id);
  const [of] = await ctx.db.select().from(payment).where(eq(payment.id, row.paymentId));
  if (!of) throw noSuchPayment();
  const account = terms.outcome === 'recipient' ? null : (terms.payout ?? (await ownAccount(ctx, of)));
  const part: Partial<Resolution> = !terms.payer
    ? {}
    : 'amount' in terms.payer
      ? { payerAmount: formatDecimal(terms.payer.amount) }
      : { payerBasisPoints: terms.payer.basisPoints };
  const to = account && maskClabe(account.clabe);
  const wanted: Resolution = { outcome: terms.outcome, ...part, ...(to ? { to } : {}) };
  const preview = { ...(await assertResolvable(ctx, id, wanted, account)), to };
  if (isDryRun(c)) return { response: { dryRun: true as const, ...preview }, status: 200 as const };
  const { response } = await once(ctx, identity, async (tx) => {
    const destinationId =
      account && (await snapshotDestination(tx, ctx.newId(), { recipientId: of.payerId, payout: account }));
    const made = await propose(tx, ctx, {
      ...{ actor: c.get('actor'), command: RESOLVE_DISPUTE as unknown as FourEyesCommand, subjectId: id },
      ...{ reason: terms.reason, parameters: { ...wanted, ...(destinationId ? { destinationId } : {}) } },
    });
    return { ...made, ...preview, destinationId };
  });
  const { destinationId, ...shown } = response;
  if (destinationId !== null) await ring(ctx, { lane: 'destination', id: destinationId });
  return { response: shown, status: 201 as const };
}

/** The account of the payment's terms. Throws a Refusal `refund_account_missing`. */
async function ownAccount({ db }: Context, { refundDestinationId }: typeof payment.$inferSelect) {
  const [row] =
    refundDestinationId === null
      ? []
      : await db.select().from(destination).where(eq(destination.id, refundDestinationId));
  if (!row) throw noRefundAccount();
  return PAYOUT.parse({ clabe: row.clabe, legalName: row.legalName });
}
