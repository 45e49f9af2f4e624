import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { noUser } from '../people/no-user.ts';
import { listStandingTerms, setStandingTerms, stopStandingTerms } from '../people/standing-terms.ts';
import { type ApiEnv, canReadPeople } from './auth.ts';
import { idOf } from './id.ts';
import { serveCommand, serveQuestion } from './route.ts';
import { LIST_STANDING_TERMS, SET_STANDING_TERMS, STOP_STANDING_TERMS } from './routes/standing-terms.ts';

export function serveStandingTerms(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_STANDING_TERMS, async ({ actor, parameters, query: { limit, cursor: before } }) => {
    const userId = idOf(parameters.id, noUser);
    const page = await listStandingTerms(ctx.db, { userId, canReadPeople: canReadPeople(actor), limit, before });
    if (!page) throw noUser();
    return { versions: page.versions, ...(page.next === null ? {} : { nextCursor: `v${page.next}` }) };
  });
  serveCommand(app, ctx, SET_STANDING_TERMS, {
    work: async (tx, { actor, parameters, terms }) => {
      const userId = idOf(parameters.id, noUser);
      return { userId, ...(await setStandingTerms(tx, ctx, actor, userId, terms)) };
    },
    wakes: ({ destinations }) => destinations.map((id) => ({ lane: 'destination', id })),
  });
  serveCommand(app, ctx, STOP_STANDING_TERMS, {
    work: async (tx, { actor, parameters, terms }) => {
      const userId = idOf(parameters.id, noUser);
      return { userId, ...(await stopStandingTerms(tx, actor, userId, terms)) };
    },
  });
}
