import { Hono } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { CHANGE_CAP, changeCap, listCaps } from '../guards/caps.ts';
import { listSwitches, OPEN_SWITCH, proposeOpening, showSwitch, throwSwitch } from '../guards/switches.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { GIVEN_REASON } from '../people/words.ts';
import { type ApiEnv, mayCommand, mayStop } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';

const WORD = z.strictObject({ reason: GIVEN_REASON });
const CAP = CHANGE_CAP.extend({ reason: GIVEN_REASON });

/**
 * GET / shows every switch and cap. PUT /switches/:name/stop throws one at once; POST /switches/:name/open proposes to open it, and
 * POST /api/v1/proposals/:id/approve does so. PUT /caps/:name lowers a cap at once and proposes to raise it. With `?dryRun=true`
 * nothing is changed.
 */
export function guardRoutes(ctx: Context): Hono<ApiEnv> {
  const isDryRun = (query: Record<string, string>) => parse(DRY_RUN, query).dryRun;
  return new Hono<ApiEnv>()
    .get('/', async (c) => c.json({ switches: await listSwitches(ctx.db), caps: await listCaps(ctx.db, ctx.settings) }))
    .get('/switches/:name', async (c) => c.json(await showSwitch(ctx.db, c.req.param('name'))))
    .put('/switches/:name/stop', mayStop, async (c) => {
      const { terms, identity } = await readCommand(c, WORD);
      const stop = (tx: Tx) =>
        throwSwitch(tx, { actor: c.get('actor'), name: c.req.param('name'), reason: terms.reason });
      if (isDryRun(c.req.query())) return c.json({ dryRun: true as const, ...(await rehearse(ctx, stop)) });
      return c.json((await once(ctx, identity, stop)).response);
    })
    .post('/switches/:name/open', mayCommand, async (c) => {
      const name = c.req.param('name');
      const { terms, identity } = await readCommand(c, WORD);
      await OPEN_SWITCH.check(ctx, { subjectId: name, parameters: {} });
      if (isDryRun(c.req.query())) return c.json({ dryRun: true as const, name, needs: 'a second person' as const });
      const open = (tx: Tx) => proposeOpening(tx, ctx, { actor: c.get('actor'), name, reason: terms.reason });
      return c.json({ name, proposal: (await once(ctx, identity, open)).response.id }, 201);
    })
    .put('/caps/:name', mayStop, async (c) => {
      const { terms, identity } = await readCommand(c, CAP);
      const change = (tx: Tx) => changeCap(tx, ctx, { actor: c.get('actor'), name: c.req.param('name'), ...terms });
      if (isDryRun(c.req.query())) {
        const { proposal, ...rest } = await rehearse(ctx, change);
        return c.json({ dryRun: true as const, ...rest, needs: proposal ? ('a second person' as const) : null });
      }
      return c.json((await once(ctx, identity, change)).response);
    });
}
