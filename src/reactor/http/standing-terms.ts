import { Hono } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { noUser } from '../people/no-user.ts';
import {
  listStandingTerms,
  STANDING_TERMS,
  STOP_TERMS,
  setStandingTerms,
  stopStandingTerms,
} from '../people/standing-terms.ts';
import { type ApiEnv, canReadClabes, mayCommand } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const PATH = '/:id/standing-terms';

/** GET shows every version, PUT sets a new one, DELETE ends the one in force. With `?dryRun=true` nothing is changed. */
export function standingTermsRoutes(ctx: Context): Hono<ApiEnv> {
  const idOf = (text: string): string => {
    const id = z.uuid().safeParse(text);
    if (!id.success) throw noUser();
    return id.data;
  };
  const isDryRun = (query: Record<string, string>) => parse(DRY_RUN, query).dryRun;

  return new Hono<ApiEnv>()
    .get(PATH, async (c) => {
      const versions = await listStandingTerms(ctx.db, idOf(c.req.param('id')), canReadClabes(c.get('actor')));
      if (!versions) throw noUser();
      return c.json({ versions });
    })
    .put(PATH, mayCommand, async (c) => {
      const userId = idOf(c.req.param('id'));
      const { terms, identity } = await readCommand(c, STANDING_TERMS);
      const set = (tx: Parameters<typeof setStandingTerms>[0]) =>
        setStandingTerms(tx, ctx, c.get('actor'), userId, terms);
      if (isDryRun(c.req.query())) {
        const { version } = await rehearse(ctx, set);
        return c.json({ dryRun: true as const, userId, version });
      }
      const { response } = await once(ctx, identity, set);
      await ring(ctx, ...response.destinations.map((id) => ({ lane: 'destination' as const, id })));
      return c.json({ id: response.id, userId, version: response.version });
    })
    .delete(PATH, mayCommand, async (c) => {
      const userId = idOf(c.req.param('id'));
      const { terms, identity } = await readCommand(c, STOP_TERMS);
      const stop = (tx: Parameters<typeof stopStandingTerms>[0]) =>
        stopStandingTerms(tx, c.get('actor'), userId, terms);
      if (isDryRun(c.req.query())) return c.json({ dryRun: true as const, userId, ...(await rehearse(ctx, stop)) });
      const { response } = await once(ctx, identity, stop);
      return c.json({ userId, ...response });
    });
}
