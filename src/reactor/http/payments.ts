import { Hono } from 'hono';
import { z } from 'zod';
import { loadView } from '../advance/load.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { CANCEL_PAYMENT, cancelPayment } from '../payment/cancel.ts';
import { assertPayable, createPayment } from '../payment/create.ts';
import { decide } from '../payment/decide.ts';
import { explain } from '../payment/explain.ts';
import { previewOf } from '../payment/preview.ts';
import { findPayment, findPaymentId, listPayments, showPayment, termsOf } from '../payment/show.ts';
import { isFinal, LEG_STATES, paymentStatus } from '../payment/states.ts';
import { PAYMENT_TERMS } from '../payment/terms.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { Refusal } from '../people/refusal.ts';
import { approvalRoutes } from './approvals.ts';
import { type ApiEnv, canReadClabes, mayCommand } from './auth.ts';
import { LIMIT } from './page.ts';
import { proposePayment } from './payment-proposals.ts';
import { DRY_RUN, parse, readCommand, readQuestion } from './request.ts';
import { ring } from './ring.ts';

const PAGE = z.strictObject({
  limit: LIMIT,
  cursor: z
    .string()
    .regex(/^p[1-9]\d{0,14}$/, 'is not the nextCursor of an earlier answer')
    .transform((cursor) => Number(cursor.slice(1)))
    .optional(),
  status: z.enum([...LEG_STATES, 'needs_attention', 'on_hold'], 'is not a status of a payment').optional(),
});

/**
 * POST / creates a payment, POST /preview says what one would come to, GET / lists, GET /:id shows one by id or number with its timeline, GET /:id/why says what it waits for;
 * POST /:id/cancel calls one off that has no deposit yet; POST /:id/proposals proposes what two people may do with its money, either only checked and shown with `?dryRun=true`.
 */
export function paymentRoutes(ctx: Context): Hono<ApiEnv> {
  const idOf = async (text: string): Promise<string> => {
    const id = await findPaymentId(ctx.db, text);
    if (!id) throw noPayment();
    return id;
  };
  return new Hono<ApiEnv>()
    .route('/', approvalRoutes(ctx, idOf))
    .post('/', mayCommand, async (c) => {
      const actor = c.get('actor');
      const { terms, identity } = await readCommand(c, PAYMENT_TERMS);
      const { response } = await once(ctx, identity, (tx) => createPayment(tx, ctx, actor, terms));
      const accounts = response.destinationIds.map((id) => ({ lane: 'destination', id }) as const);
      await ring(ctx, ...accounts, { lane: 'payment', id: response.id });
      const created = await findPayment(ctx.db, response.id);
      if (!created) throw new Error(`payment ${response.id} was created and is not there`);
      return c.json({ ...termsOf(created, true), status: 'requested' as const }, 201);
    })
    .post('/preview', async (c) => {
      const terms = await readQuestion(c, PAYMENT_TERMS);
      assertPayable(ctx, terms);
      return c.json(previewOf(terms));
    })
    .get('/', async (c) => {
      const { limit, cursor, status } = parse(PAGE, c.req.query());
      const page = await listPayments(ctx.db, {
        limit,
        before: cursor,
        status,
        canReadClabes: canReadClabes(c.get('actor')),
      });
      return c.json({ payments: page.payments, nextCursor: page.next === null ? null : `p${page.next}` });
    })
    .get('/:id', async (c) => {
      const id = await idOf(c.req.param('id'));
      const found = await showPayment(ctx.db, id, canReadClabes(c.get('actor')));
      if (!found) throw noPayment();
      return c.json(found);
    })
    .post('/:id/cancel', mayCommand, async (c) => {
      const id = await idOf(c.req.param('id'));
      const { terms, identity } = await readCommand(c, CANCEL_PAYMENT);
      const cancel = (tx: Tx) => cancelPayment(tx, ctx, c.get('actor'), id, terms);
      if (parse(DRY_RUN, c.req.query()).dryRun)
        return c.json({ dryRun: true as const, ...(await rehearse(ctx, cancel)) });
      const { response } = await once(ctx, identity, cancel);
      return c.json({ ...response, status: 'closed' as const });
    })
    .post('/:id/proposals', mayCommand, async (c) => {
      const { response, status } = await proposePayment(ctx, c, await idOf(c.req.param('id')));
      return c.json(response, status);
    })
    .get('/:id/why', async (c) => {
      const id = await idOf(c.req.param('id'));
      const view = await loadView(ctx, id);
      if (!view) throw noPayment();
      const decision = decide(view);
      const isHeld = view.holds.length > 0 || view.legs.some(({ held, state }) => held && !isFinal(state));
      return c.json({
        id,
        status: paymentStatus(view.legs, isHeld),
        decision: decision.do,
        sentence: explain(decision),
        looksAgainAt: decision.do === 'wait' ? decision.until.toISOString() : null,
        attention: decision.do === 'ask' ? { code: decision.code, owner: decision.owner } : null,
      });
    });
}

const noPayment = () =>
  new Refusal({
    code: 'payment_not_found',
    status: 404,
    title: 'There is no such payment',
    detail: 'No payment has this id or number. GET /api/v1/payments lists them.',
  });
