import { Hono } from 'hono';
import { z } from 'zod';
import { approve } from '../approvals/approve.ts';
import { commandOf } from '../approvals/commands.ts';
import { listProposals, withdrawProposal } from '../approvals/propose.ts';
import { noProposal } from '../approvals/refusals.ts';
import type { Context } from '../context.ts';
import { once } from '../people/idempotency.ts';
import { GIVEN_REASON } from '../people/words.ts';
import { type ApiEnv, mayApprove, mayCommand } from './auth.ts';
import { parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const FILTER = z.strictObject({
  subject: z.string().max(100, 'is too long').optional(),
});
const WORD = z.strictObject({ reason: GIVEN_REASON });
const ID = z.uuid();

/**
 * GET / lists what waits for a second person, or all that was proposed of a `?subject=`; POST /:id/approve does it, POST
 * /:id/withdraw takes it back.
 */
export function proposalRoutes(ctx: Context): Hono<ApiEnv> {
  const idOf = (text: string): string => {
    if (!ID.safeParse(text).success) throw noProposal();
    return text;
  };
  return new Hono<ApiEnv>()
    .get('/', async (c) => {
      const { subject } = parse(FILTER, c.req.query());
      return c.json({ proposals: await listProposals(ctx.db, { subject }) });
    })
    .post('/:id/approve', mayApprove, async (c) => {
      const id = idOf(c.req.param('id'));
      const { terms, identity } = await readCommand(c, WORD);
      const { response, wakes } = await approve(ctx, commandOf, {
        actor: c.get('actor'),
        id,
        reason: terms.reason,
        identity,
      });
      await ring(ctx, ...wakes);
      return c.json(response, 201);
    })
    .post('/:id/withdraw', mayCommand, async (c) => {
      const id = idOf(c.req.param('id'));
      const { terms, identity } = await readCommand(c, WORD);
      const { response } = await once(ctx, identity, (tx) => withdrawProposal(tx, c.get('actor'), id, terms.reason));
      return c.json(response, 201);
    });
}
