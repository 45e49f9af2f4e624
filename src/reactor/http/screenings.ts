import { Hono } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { databaseNow } from '../db/client.ts';
import { rouse } from '../guards/rouse.ts';
import { once } from '../people/idempotency.ts';
import { noUser } from '../people/no-user.ts';
import { Refusal } from '../people/refusal.ts';
import { isOfTheFuture, listUnscreened, recordScreening, SCREENING, showScreening } from '../people/screening.ts';
import { type ApiEnv, mayScreen } from './auth.ts';
import { parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const PATH = '/:id/screening';
const FILTER = z.strictObject({
  withinDays: z.coerce
    .number('is a number')
    .int('is a whole number')
    .min(0, 'is at least 0')
    .max(365, 'is at most 365')
    .default(7),
});

/** GET shows what is known of a user, PUT says what the outside source found. */
export function screeningRoutes(ctx: Context): Hono<ApiEnv> {
  const idOf = (text: string): string => {
    const id = z.uuid().safeParse(text);
    if (!id.success) throw noUser();
    return id.data;
  };
  return new Hono<ApiEnv>()
    .get(PATH, async (c) => {
      const userId = idOf(c.req.param('id'));
      return c.json({ userId, ...(await showScreening(ctx.db, userId)) });
    })
    .put(PATH, mayScreen, async (c) => {
      const userId = idOf(c.req.param('id'));
      const { terms, identity } = await readCommand(c, SCREENING);
      if (isOfTheFuture(terms.checkedAt, await databaseNow(ctx.db))) throw ofTheFuture();
      const { response } = await once(ctx, identity, (tx) => recordScreening(tx, ctx, c.get('actor'), userId, terms));
      await ring(ctx, ...(response.isCleared ? await rouse(ctx.db, `user:${userId}`) : []));
      return c.json(response);
    });
}

/** GET / lists the users whose open payments wait for a screening, or will within `?withinDays=`. */
export function unscreenedRoutes(ctx: Context): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get('/', async (c) => {
    const { withinDays } = parse(FILTER, c.req.query());
    return c.json({ users: await listUnscreened(ctx.db, withinDays) });
  });
}

const ofTheFuture = () =>
  new Refusal({
    code: 'invalid_request',
    status: 422,
    title: 'Some fields are wrong',
    detail: 'A check that was not made yet says nothing. Nothing was recorded. Correct checkedAt and send it again.',
    errors: [{ field: 'checkedAt', message: 'lies in the future' }],
  });
