import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { closeHold, listHolds, noHold, openHold, rousedBy } from '../guards/holds.ts';
import { type ApiEnv, canReadReasons } from './auth.ts';
import { idOf } from './id.ts';
import { serveCommand, serveQuestion } from './route.ts';
import { CLOSE_HOLD, LIST_HOLDS, OPEN_HOLD } from './routes/holds.ts';
import { printCursor } from './routes/shapes.ts';

export function serveHolds(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_HOLDS, async ({ actor, query: { on, limit, cursor: before } }) => {
    const { holds, next } = await listHolds(ctx.db, { on, limit, before, canReadReasons: canReadReasons(actor) });
    return { holds, ...(next && { nextCursor: printCursor(next) }) };
  });

  serveCommand(app, ctx, OPEN_HOLD, {
    work: (tx, { actor, terms }) => openHold(tx, ctx, actor, terms),
  });

  serveCommand(app, ctx, CLOSE_HOLD, {
    work: (tx, { actor, parameters, terms }) => closeHold(tx, actor, idOf(parameters.id, noHold), terms),
    wakes: ({ on }) => rousedBy(ctx.db, on),
  });
}
