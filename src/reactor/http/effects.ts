import { Hono } from 'hono';
import { z } from 'zod';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { ALLOW_ATTEMPT, RESOLVE_EFFECT } from '../effects/decide-by-people.ts';
import { listEffects, lookNow, showEffect } from '../effects/show.ts';
import { EFFECT_STATES } from '../effects/states.ts';
import { audit } from '../people/audit.ts';
import { once } from '../people/idempotency.ts';
import { GIVEN_REASON, REASON } from '../people/words.ts';
import { CLEAR_NONCE } from '../wallet/clear-nonce.ts';
import { type ApiEnv, mayCommand } from './auth.ts';
import { cursor, LIMIT, printCursor } from './page.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';

const PAGE = z.strictObject({
  limit: LIMIT,
  cursor: cursor((id) => z.uuid().safeParse(id).success).optional(),
  state: z.enum(EFFECT_STATES, 'is not a state of an effect').default('unknown'),
});
const PROPOSAL = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('resolve'), how: RESOLVE_EFFECT.parameters, reason: GIVEN_REASON }),
  z.strictObject({ do: z.literal('allow-attempt'), reason: GIVEN_REASON }),
  z.strictObject({ do: z.literal('clear-nonce'), how: CLEAR_NONCE.parameters, reason: GIVEN_REASON }),
]);
const LOOK = z.strictObject({ reason: REASON });

/**
 * GET / lists those of a state (unknown unless told), GET /:id shows one; POST /:id/look looks for what became of it now, POST
 * /:id/proposals proposes what two people may decide of it, or only checks it with `?dryRun=true` (POST /api/v1/proposals/:id/approve
 * does it).
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
      const { dryRun } = parse(DRY_RUN, c.req.query());
      const wanted = { actor: c.get('actor'), subjectId, reason: terms.reason };
      // What may be proposed is looked at first, outside the transaction, and at nothing else where it is only to be checked.
      const proposing = async <S extends z.ZodType>(command: FourEyesCommand<S>, parameters: z.output<S>) => {
        await command.check(ctx, { subjectId, parameters });
        if (dryRun) return { id: subjectId, dryRun };
        return (await once(ctx, identity, (tx) => propose(tx, ctx, { ...wanted, command, parameters }))).response;
      };
      const response =
        terms.do === 'resolve'
          ? await proposing(RESOLVE_EFFECT, terms.how)
          : terms.do === 'allow-attempt'
            ? await proposing(ALLOW_ATTEMPT, {})
            : await proposing(CLEAR_NONCE, terms.how);
      return c.json(response, dryRun ? 200 : 201);
    });
}
