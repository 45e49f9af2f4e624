import type { Hono } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { closeHold, listHolds, noHold, openHold, rousedBy } from '../guards/holds.ts';
import type { ApiEnv } from './auth.ts';
import { serveCommand, serveQuestion } from './route.ts';
import { CLOSE_HOLD, LIST_HOLDS, OPEN_HOLD } from './routes/holds.ts';

export function serveHolds(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_HOLDS, async ({ query }) => ({ holds: await listHolds(ctx.db, query.on) }));

  serveCommand(app, ctx, OPEN_HOLD, {
    work: (tx, { actor, terms }) => openHold(tx, ctx, actor, terms),
  });

  serveCommand(app, ctx, CLOSE_HOLD, {
    work: async (tx, { actor, parameters, terms }) => {
      const id = z.uuid().safeParse(parameters.id);
      if (!id.success) throw noHold();
      return closeHold(tx, actor, id.data, terms);
    },
    wakes: ({ on }) => rousedBy(ctx.db, on),
  });
}
