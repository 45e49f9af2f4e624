import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { closeHold, listHolds, noHold, openHold, rousedBy } from '../guards/holds.ts';
import { readStays } from '../overview/stays.ts';
import { type ApiEnv, canReadReasons } from './auth.ts';
import { idOf } from './id.ts';
import { serveCommand, serveQuestion } from './route.ts';
import { CLOSE_HOLD, LIST_HOLDS, OPEN_HOLD } from './routes/holds.ts';
import { printCursor } from './routes/shapes.ts';

export function serveHolds(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_HOLDS, async ({ actor, query: { on, limit, cursor: before } }) => {
    const { holds, next } = await listHolds(ctx.db, { on, limit, before, canReadReasons: canReadReasons(actor) });
    const paymentOf = (one: string) => /^payment:(.+)$/.exec(one)?.[1] ?? '';
    const stays = await readStays(
      ctx.db,
      holds.map((one) => paymentOf(one.on)).filter((id) => id !== ''),
    );
    const told = holds.map((one) => ({ ...one, payment: stays.get(paymentOf(one.on)) ?? null }));
    return { holds: told, ...(next && { nextCursor: printCursor(next) }) };
  });

  serveCommand(app, ctx, OPEN_HOLD, {
    work: (tx, { actor, terms }) => openHold(tx, ctx, actor, terms),
  });

  serveCommand(app, ctx, CLOSE_HOLD, {
    work: (tx, { actor, parameters, terms }) => closeHold(tx, actor, idOf(parameters.id, noHold), terms),
    wakes: ({ on }) => rousedBy(ctx.db, on),
  });
}
