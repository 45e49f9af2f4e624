import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { databaseNow } from '../db/client.ts';
import { rouse } from '../guards/rouse.ts';
import { noUser } from '../people/no-user.ts';
import { Refusal } from '../people/refusal.ts';
import { isOfTheFuture, listUnscreened, recordScreening, showScreening } from '../people/screening.ts';
import type { ApiEnv } from './auth.ts';
import { idOf } from './id.ts';
import { serveCommand, serveQuestion } from './route.ts';
import { GET_SCREENING, LIST_UNSCREENED, SCREEN_USER } from './routes/screenings.ts';
import { printCursor } from './routes/shapes.ts';

/** In a cursor: of whom nothing was ever reported. */
const NEVER = new Date(0);

export function serveScreenings(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, GET_SCREENING, async ({ parameters }) => {
    const userId = idOf(parameters.id, noUser);
    return { userId, ...(await showScreening(ctx.db, userId)) };
  });
  serveCommand(app, ctx, SCREEN_USER, {
    prepare: async ({ terms }) => {
      if (isOfTheFuture(terms.checkedAt, await databaseNow(ctx.db))) throw ofTheFuture();
    },
    work: (tx, { actor, parameters, terms }) => recordScreening(tx, ctx, actor, idOf(parameters.id, noUser), terms),
    wakes: async ({ isCleared, userId }) => (isCleared ? rouse(ctx.db, `user:${userId}`) : []),
  });
  serveQuestion(app, LIST_UNSCREENED, async ({ query: { withinDays, limit, cursor } }) => {
    const after = cursor && { id: cursor.id, at: cursor.at.getTime() === NEVER.getTime() ? null : cursor.at };
    const { users, next } = await listUnscreened(ctx.db, { within_days: withinDays, limit, after });
    return { users, ...(next && { nextCursor: printCursor({ id: next.id, at: next.at ?? NEVER }) }) };
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
