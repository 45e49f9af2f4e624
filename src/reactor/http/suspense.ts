import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { giveOrPropose } from '../suspense/four-eyes.ts';
import { assignWhole, refundWhole } from '../suspense/give.ts';
import { noItem } from '../suspense/refusals.ts';
import { listSuspense, showSuspense } from '../suspense/show.ts';
import { SUSPENSE_STATUSES } from '../suspense/terms.ts';
import { type ApiEnv, canReadPeople } from './auth.ts';
import { serveCommand, serveQuestion } from './route.ts';
import { printCursor, SECOND_PERSON } from './routes/shapes.ts';
import { ASSIGN_SUSPENSE, GET_SUSPENSE, LIST_SUSPENSE, REFUND_SUSPENSE, SPLIT_SUSPENSE } from './routes/suspense.ts';

const OPEN = ['not_issued', 'open'] as const;

export function serveSuspense(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_SUSPENSE, async ({ actor, query: { limit, cursor: before, status, reason, userId } }) => {
    const { items, next } = await listSuspense(ctx.db, {
      ...{ limit, before, reason, userId, canReadPeople: canReadPeople(actor) },
      statuses: status === undefined ? OPEN : status === 'all' ? SUSPENSE_STATUSES : [status],
    });
    return { items, nextCursor: next && printCursor(next) };
  });
  serveQuestion(app, GET_SUSPENSE, async ({ actor, parameters }) => {
    const found = await showSuspense(ctx.db, parameters.id, canReadPeople(actor));
    if (!found) throw noItem();
    return found;
  });

  type Given = Awaited<ReturnType<typeof giveOrPropose>>;
  const give = (tx: Tx, parameters: Parameters<typeof giveOrPropose>[2]): Promise<Given> =>
    giveOrPropose(tx, ctx, parameters);
  const planned = ({ id, amount, parts, because }: Given) => ({
    ...{ id, amount, because },
    parts: parts.map(({ kind, paymentId, amount: part }) =>
      kind === 'payment' ? { kind, paymentId, amount: part } : { kind, amount: part },
    ),
    needs: because.length > 0 ? SECOND_PERSON : null,
  });
  const wakes = ({ destinations, proposal, parts }: Given) => [
    ...destinations.map((id) => ({ lane: 'destination' as const, id })),
    ...(proposal === null ? parts.map(({ paymentId }) => ({ lane: 'payment' as const, id: paymentId })) : []),
  ];

  serveCommand(app, ctx, ASSIGN_SUSPENSE, {
    work: (tx, { actor, parameters: { id: depositId }, terms: { reason, paymentId } }) =>
      give(tx, { actor, depositId, command: 'suspense assign', reason, partsOf: assignWhole(paymentId) }),
    planned,
    wakes,
  });
  serveCommand(app, ctx, SPLIT_SUSPENSE, {
    work: (tx, { actor, parameters: { id: depositId }, terms: { reason, parts } }) =>
      give(tx, { actor, depositId, command: 'suspense split', reason, partsOf: () => parts }),
    planned,
    wakes,
  });
  serveCommand(app, ctx, REFUND_SUSPENSE, {
    work: (tx, { actor, parameters: { id: depositId }, terms: { reason, ...to } }) =>
      give(tx, { actor, depositId, command: 'suspense refund', reason, partsOf: refundWhole(to) }),
    planned,
    wakes,
  });
}
