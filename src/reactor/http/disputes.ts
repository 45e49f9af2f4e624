import { eq } from 'drizzle-orm';
import type { Hono } from 'hono';
import type { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import { formatDecimal } from '../../money/money.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { destination, payment } from '../db/schema.ts';
import { appeal, giveEvidence } from '../disputes/evidence.ts';
import { listDisputes } from '../disputes/list.ts';
import { openDispute } from '../disputes/open.ts';
import { noRefundAccount, noSuchPayment } from '../disputes/refusals.ts';
import { assertResolvable, RESOLVE_DISPUTE as RESOLVING, type Resolution, readDispute } from '../disputes/resolve.ts';
import { showDispute } from '../disputes/show.ts';
import { shownStakes } from '../disputes/stakes.ts';
import { PAYER_ACCOUNT, type PROPOSE_OUTCOME } from '../disputes/terms.ts';
import { readStays } from '../overview/stays.ts';
import { snapshotDestination } from '../payment/create.ts';
import { findPaymentId } from '../payment/show.ts';
import type { Actor } from '../people/audit.ts';
import { type OnceParameters, onceLooked } from '../people/idempotency.ts';
import { type ApiEnv, canReadPeople } from './auth.ts';
import { readWantedMoney } from './proposed-money.ts';
import { ring } from './ring.ts';
import { serveCommand, serveOutside, serveQuestion } from './route.ts';
import { ADD_EVIDENCE, APPEAL, GET_DISPUTE, LIST_DISPUTES, OPEN_DISPUTE, RESOLVE_DISPUTE } from './routes/disputes.ts';
import { printCursor } from './routes/shapes.ts';

export function serveDisputes(app: Hono<ApiEnv>, ctx: Context): void {
  const wakes = ({ paymentId: id }: { paymentId: string }) => [{ lane: 'payment', id } as const];

  serveQuestion(app, LIST_DISPUTES, async ({ query: { payment: name, limit, cursor: before } }) => {
    const paymentId = name === undefined ? undefined : await findPaymentId(ctx.db, name);
    if (paymentId === null) throw noSuchPayment();
    const { disputes, next } = await listDisputes(ctx.db, { paymentId, limit, before });
    const stays = await readStays(
      ctx.db,
      disputes.map((one) => one.paymentId),
    );
    const told = disputes.map((one) => {
      const { number = 0, amount = '0.00' } = stays.get(one.paymentId) ?? {};
      return { ...one, number, amount };
    });
    return { disputes: told, ...(next && { nextCursor: printCursor(next) }) };
  });
  serveQuestion(app, GET_DISPUTE, ({ actor, parameters }) => showDispute(ctx.db, parameters.id, canReadPeople(actor)));
  serveCommand(app, ctx, OPEN_DISPUTE, {
    work: async (tx, { actor, terms }) => {
      const { id, paymentId, stakes } = await openDispute(tx, ctx, actor, terms);
      return { id, paymentId, ...shownStakes(stakes) };
    },
    wakes,
  });
  serveCommand(app, ctx, ADD_EVIDENCE, {
    work: (tx, { actor, parameters, terms }) => giveEvidence(tx, ctx, actor, parameters.id, terms),
  });
  serveCommand(app, ctx, APPEAL, {
    work: (tx, { actor, parameters, terms }) => appeal(tx, ctx, actor, parameters.id, terms),
    wakes,
  });
  serveOutside(app, RESOLVE_DISPUTE, {
    rehearse: async ({ parameters: { id: subjectId }, terms }) => {
      const { preview, wanted, account } = await prepare(ctx, subjectId, terms);
      const command = RESOLVING as unknown as FourEyesCommand;
      return { ...preview, money: await readWantedMoney(ctx.db, { command, subjectId, parameters: wanted }, account) };
    },
    run: ({ actor, parameters, terms }, identity) => proposeOutcome(ctx, { actor, id: parameters.id, terms, identity }),
  });
}

type Terms = z.output<typeof PROPOSE_OUTCOME>;

/** Checks a decision in full, and shows what each would get. */
async function prepare(ctx: Context, id: string, terms: Terms) {
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
  return {
    payerId: of.payerId,
    account,
    wanted,
    preview: { ...(await assertResolvable(ctx, id, wanted, account)), to },
  };
}

type Proposing = Readonly<{ actor: Actor; id: string; terms: Terms; identity: OnceParameters }>;

/** The same, written down for a second person. */
async function proposeOutcome(ctx: Context, { actor, id, terms, identity }: Proposing) {
  const look = () => prepare(ctx, id, terms);
  const { response } = await onceLooked(ctx, identity, look, async (tx, { payerId, account, wanted, preview }) => {
    const destinationId =
      account && (await snapshotDestination(tx, ctx.newId(), { recipientId: payerId, payout: account }));
    const made = await propose(tx, ctx, {
      ...{ actor, command: RESOLVING as unknown as FourEyesCommand, subjectId: id },
      ...{ reason: terms.reason, parameters: { ...wanted, ...(destinationId ? { destinationId } : {}) } },
    });
    return { ...made, ...preview, destinationId };
  });
  const { destinationId, ...shown } = response;
  if (destinationId !== null) await ring(ctx, { lane: 'destination', id: destinationId });
  return shown;
}

/** The account of the payment's terms. Throws a Refusal `refund_account_missing`. */
async function ownAccount({ db }: Context, { refundDestinationId }: typeof payment.$inferSelect) {
  const [row] =
    refundDestinationId === null
      ? []
      : await db.select().from(destination).where(eq(destination.id, refundDestinationId));
  if (!row) throw noRefundAccount();
  return PAYER_ACCOUNT.parse({ clabe: row.clabe, legalName: row.legalName });
}
