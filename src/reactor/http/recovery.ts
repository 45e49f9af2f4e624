import { Hono } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { GIVEN_REASON } from '../people/words.ts';
import { recover } from '../recovery/recover.ts';
import { recoveryNeeded } from '../recovery/state.ts';
import { type ApiEnv, mayAdminister } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';

const RECOVER = z.strictObject({
  reason: GIVEN_REASON,
  notOurs: z
    .array(z.string().trim().min(1, 'is empty').max(100, 'is too long'))
    .max(100, 'are too many at once')
    .default([]),
  clabes: z
    .array(
      z.strictObject({ clabe: z.string().regex(/^\d{18}$/, 'has 18 digits'), userId: z.uuid('is the id of a user') }),
    )
    .max(100, 'are too many at once')
    .default([]),
});

/**
 * GET / says whether money is off because the outside knows acts of ours that the database does not; POST / rebuilds them, or says
 * with `?dryRun=true` what it would do. It sends nothing and may be repeated: its second run finds what the first left.
 */
export function recoveryRoutes(ctx: Context): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get('/', async (c) => {
      const needed = await recoveryNeeded(ctx.db);
      return c.json({ state: needed === null ? 'clear' : 'needed', sentence: needed ?? 'Money is on.' });
    })
    .post('/', mayAdminister, async (c) => {
      const { dryRun } = parse(DRY_RUN, c.req.query());
      const { terms } = await readCommand(c, RECOVER);
      return c.json(await recover(ctx, { actor: c.get('actor'), ...terms, dryRun }));
    });
}
