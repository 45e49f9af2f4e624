import { Hono } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { CLOSE_HOLD, closeHold, listHolds, noHold, OPEN_HOLD, openHold, rousedBy } from '../guards/holds.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { type ApiEnv, mayStop } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const FILTER = z.strictObject({ on: z.string().max(100, 'is too long').optional() });

/**
 * GET / lists what is held now, or all that ever was of `?on=payment:…`, `user:…` or `rail:…`; POST / holds it; POST /:id/close lets
 * go. With `?dryRun=true` nothing is changed.
 */
export function holdRoutes(ctx: Context): Hono<ApiEnv> {
  const isDryRun = (query: Record<string, string>) => parse(DRY_RUN, query).dryRun;
  return new Hono<ApiEnv>()
    .get('/', async (c) => c.json({ holds: await listHolds(ctx.db, parse(FILTER, c.req.query()).on) }))
    .post('/', mayStop, async (c) => {
      const { terms, identity } = await readCommand(c, OPEN_HOLD);
      const open = (tx: Tx) => openHold(tx, ctx, c.get('actor'), terms);
      if (isDryRun(c.req.query())) return c.json({ dryRun: true as const, on: (await rehearse(ctx, open)).on });
      return c.json((await once(ctx, identity, open)).response, 201);
    })
    .post('/:id/close', mayStop, async (c) => {
      const id = z.uuid().safeParse(c.req.param('id'));
      if (!id.success) throw noHold();
      const { terms, identity } = await readCommand(c, CLOSE_HOLD);
      const close = (tx: Tx) => closeHold(tx, c.get('actor'), id.data, terms);
      if (isDryRun(c.req.query())) return c.json({ dryRun: true as const, ...(await rehearse(ctx, close)) });
      const { response } = await once(ctx, identity, close);
      await ring(ctx, ...(await rousedBy(ctx.db, response.on)));
      return c.json(response);
    });
}
