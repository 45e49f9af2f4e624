import type { Hono } from 'hono';
import { whyNow } from '../advance/why.ts';
import type { Context } from '../context.ts';
import { readExchanges } from '../exchanges/read.ts';
import { readReceipts } from '../exchanges/receipts.ts';
import { cancelPayment } from '../payment/cancel.ts';
import { assertPayable, createPayment } from '../payment/create.ts';
import { gatherPayments, paymentsCsv } from '../payment/export.ts';
import { previewOf } from '../payment/preview.ts';
import { searchPayments } from '../payment/search.ts';
import { findPayment, findPaymentId, findPayments, listPayments, showPayment, termsOf } from '../payment/show.ts';
import { once } from '../people/idempotency.ts';
import { listUsers } from '../people/list.ts';
import { Refusal } from '../people/refusal.ts';
import { ungrouped } from '../people/shortened.ts';
import { searchSuspense } from '../suspense/search.ts';
import { noteWork } from '../work.ts';
import { type ApiEnv, canReadPeople, canReadReasons } from './auth.ts';
import { ring } from './ring.ts';
import { serveCommand, serveOutside, serveQuestion } from './route.ts';
import { LIST_EXCHANGES, LIST_RECEIPTS } from './routes/exchanges.ts';
import { EXPORTED } from './routes/exported.ts';
import {
  CANCEL_PAYMENT,
  CREATE_PAYMENT,
  EXPORT_PAYMENTS,
  GET_PAYMENT,
  LIST_PAYMENTS,
  PREVIEW_PAYMENT,
  WHY_PAYMENT,
} from './routes/payments.ts';
import { SEARCH } from './routes/search.ts';

const MOST_PEOPLE = 10;

export function servePayments(app: Hono<ApiEnv>, ctx: Context): void {
  serveOutside(app, CREATE_PAYMENT, {
    run: async ({ actor, terms }, identity) => {
      const { response } = await once(ctx, identity, (tx) => createPayment(tx, ctx, actor, terms));
      noteWork({ payment: response.id });
      ctx.tracer?.begin(response.id);
      const accounts = response.destinationIds.map((id) => ({ lane: 'destination', id }) as const);
      await ring(ctx, ...accounts, { lane: 'payment', id: response.id });
      const created = await findPayment(ctx.db, response.id);
      if (!created) throw new Error(`payment ${response.id} was created and is not there`);
      return { ...termsOf(created, true), status: 'requested' as const };
    },
  });
  serveQuestion(app, PREVIEW_PAYMENT, async ({ terms }) => {
    assertPayable(ctx, terms);
    return previewOf(terms);
  });
  serveQuestion(app, LIST_PAYMENTS, async ({ actor, query: { limit, cursor: before, ...which } }) => {
    const page = await listPayments(ctx.db, { limit, before, ...which, canReadPeople: canReadPeople(actor) });
    return { payments: page.payments, nextCursor: page.next === null ? null : `p${page.next}` };
  });
  serveQuestion(app, EXPORT_PAYMENTS, async ({ actor, query: { cursor: before, ...which } }) =>
    paymentsCsv(await gatherPayments(ctx.db, EXPORTED, { before, ...which, canReadPeople: canReadPeople(actor) })),
  );
  serveQuestion(app, SEARCH, async ({ actor, query }) => {
    const q = ungrouped(query.q);
    const mayRead = canReadPeople(actor);
    const [found, suspense, people] = await Promise.all([
      searchPayments(ctx.db, q, { canReadPeople: mayRead }),
      searchSuspense(ctx.db, q, mayRead),
      listUsers(ctx.db, { text: q, limit: MOST_PEOPLE, canReadPeople: mayRead }),
    ]);
    const by = new Map(found.map((one) => [one.id, one.by]));
    const payments = await findPayments(ctx.db, [...by.keys()], mayRead);
    return {
      found: payments.flatMap((payment) => ({ by: by.get(payment.id) ?? 'id', payment })),
      ...{ suspense, people: people.users },
    };
  });
  serveQuestion(app, GET_PAYMENT, async ({ actor, parameters }) => {
    const may = { canReadPeople: canReadPeople(actor), canReadReasons: canReadReasons(actor) };
    const found = await showPayment(ctx.db, await paymentOf(ctx, parameters.id), may);
    if (!found) throw noPayment();
    return found;
  });
  serveQuestion(app, WHY_PAYMENT, async ({ actor, parameters }) => {
    const id = await paymentOf(ctx, parameters.id);
    const { status, ...said } = await whyNow(ctx, id, canReadReasons(actor));
    return { id, status, ...said, looksAgainAt: said.looksAgainAt?.toISOString() ?? null };
  });
  serveQuestion(app, LIST_EXCHANGES, async ({ actor, parameters }) =>
    readExchanges(ctx.db, await paymentOf(ctx, parameters.id), canReadPeople(actor)),
  );
  serveQuestion(app, LIST_RECEIPTS, async ({ actor, parameters }) =>
    readReceipts(ctx.db, await paymentOf(ctx, parameters.id), canReadPeople(actor)),
  );
  serveCommand(app, ctx, CANCEL_PAYMENT, {
    prepare: ({ parameters }) => paymentOf(ctx, parameters.id),
    work: async (tx, { actor, terms }, id) => ({
      ...(await cancelPayment(tx, ctx, actor, id, terms)),
      status: 'closed' as const,
    }),
  });
}

/** The id of the payment that a path names by its id or number. Throws a Refusal `payment_not_found`. */
export async function paymentOf({ db }: Pick<Context, 'db'>, text: string): Promise<string> {
  const id = await findPaymentId(db, text);
  if (!id) throw noPayment();
  noteWork({ payment: id });
  return id;
}

const noPayment = () =>
  new Refusal({
    code: 'payment_not_found',
    status: 404,
    title: 'There is no such payment',
    detail: 'No payment has this id or number. GET /api/v1/payments lists them.',
  });
