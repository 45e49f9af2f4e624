import { Hono } from 'hono';
import { z } from 'zod';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { ALLOW_ATTEMPT, RESOLVE_EFFECT } from '../effects/decide-by-people.ts';
import { listEffects, lookNow, showEffect } from '../effects/show.ts';
import { EFFECT_STATES } from '../effects/states.ts';
import { audit } from '../people/audit.ts';
import { once } from '../people/idempotency.ts';
import { GIVEN_REASON, REASON } from '../people/words.ts';
import { type ApiEnv, mayCommand } from './auth.ts';
import { cursor, LIMIT, printCursor } from './page.ts';
import { parse, readCommand } from './request.ts';

const PAGE = z.strictObject({
  limit: LIMIT,
  cursor: cursor((id) => z.uuid().safeParse(id).success).optional(),
  state: z.enum(EFFECT_STATES, 'is not a state of an effect').default('unknown'),
});
const PROPOSAL = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('resolve'), how: RESOLVE_EFFECT.parameters, reason: GIVEN_REASON }),
  z.strictObject({ do: z.literal('allow-attempt'), reason: GIVEN_REASON }),
]);
const LOOK = z.strictObject({ reason: REASON });

/**
 * GET / lists those of a state (unknown unless told), GET /:id shows one; POST /:id/look looks for what became of it now, POST
 * /:id/proposals proposes what two people may decide of it (POST /api/v1/proposals/:id/approve does it).
 */
export function effectRoutes(ctx: Context): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get('/', async (c) => {
      const { limit, cursor: before, state } = parse(PAGE, c.req.query());
      const { effects, next } = await listEffects(ctx.db, { limit, state, before });
      const nextCursor = next && printCursor(next);
      return c.json({ effects, nextCursor });
    })
    .get('/:id', async (c) => c.json(await showEffect(ctx, c.req.param('id'))))
    .post('/:id/look', mayCommand, async (c) => {
      const id = c.req.param('id');
      const { terms, identity } = await readCommand(c, LOOK);
      await lookNow(ctx, id);
      await once(ctx, identity, async (tx) => {
        await audit(tx, {
          actor: c.get('actor'),
          command: 'effect look',
          subject: `effect:${id}`,
          reason: terms.reason,
        });
        return { id };
      });
      return c.json(await showEffect(ctx, id));
    })
    .post('/:id/proposals', mayCommand, async (c) => {
      const subjectId = c.req.param('id');
      const { terms, identity } = await readCommand(c, PROPOSAL);
      const common = { actor: c.get('actor'), subjectId, reason: terms.reason };
      if (terms.do === 'resolve') await RESOLVE_EFFECT.check(ctx, { subjectId, parameters: terms.how });
      else await ALLOW_ATTEMPT.check(ctx, { subjectId, parameters: {} });
      const { response } = await once(ctx, identity, (tx) =>
        terms.do === 'resolve'
          ? propose(tx, ctx, { ...common, command: RESOLVE_EFFECT, parameters: terms.how })
          : propose(tx, ctx, { ...common, command: ALLOW_ATTEMPT, parameters: {} }),
      );
      return c.json(response, 201);
    });
}
