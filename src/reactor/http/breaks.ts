import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { listBreaks, noteBreak, showBreak } from '../reconcile/show.ts';
import { type ApiEnv, canReadReasons } from './auth.ts';
import { serveCommand, serveQuestion } from './route.ts';
import { GET_BREAK, LIST_BREAKS, NOTE_BREAK } from './routes/breaks.ts';
import { printCursor } from './routes/shapes.ts';

export function serveBreaks(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_BREAKS, async ({ query }) => {
    const { cursor: before, payment: paymentId, limit, status, kind } = query;
    const { items, next, reconciledAt } = await listBreaks(ctx.db, { limit, before, status, kind, paymentId });
    return { items, nextCursor: next && printCursor(next), reconciledAt };
  });
  serveQuestion(app, GET_BREAK, ({ actor, parameters }) => showBreak(ctx.db, parameters.id, canReadReasons(actor)));
  serveCommand(app, ctx, NOTE_BREAK, {
    work: (tx, { actor, parameters, terms }) => noteBreak(tx, { actor, id: parameters.id, note: terms.note }),
  });
}
