import { Hono } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { APPROVE, giveApproval, listApprovals, WITHDRAW, withdrawApproval } from '../release/approve.ts';
import { noApproval } from '../release/refusals.ts';
import { type ApiEnv, mayActForUsers, mayTakeBack } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const PATH = '/:id/approvals';

/**
 * GET lists who approved the release of a payment; POST approves it on behalf of a user who has signed in; POST /:approvalId/withdraw
 * takes one back until the release was sent. With `?dryRun=true` nothing is changed.
 */
export function approvalRoutes(ctx: Context, idOf: (text: string) => Promise<string>): Hono<ApiEnv> {
  const isDryRun = (query: Record<string, string>) => parse(DRY_RUN, query).dryRun;
  return new Hono<ApiEnv>()
    .get(PATH, async (c) => c.json(await listApprovals(ctx.db, await idOf(c.req.param('id')))))
    .post(PATH, mayActForUsers, async (c) => {
      const paymentId = await idOf(c.req.param('id'));
      const { terms, identity } = await readCommand(c, APPROVE);
      const give = (tx: Tx) => giveApproval(tx, ctx, { actor: c.get('actor'), paymentId, ...terms });
      if (isDryRun(c.req.query())) {
        const { id: _, ...would } = await rehearse(ctx, give);
        return c.json({ dryRun: true as const, ...would });
      }
      const { response } = await once(ctx, identity, give);
      await ring(ctx, { lane: 'payment', id: paymentId });
      return c.json(response, 201);
    })
    .post(`${PATH}/:approvalId/withdraw`, mayTakeBack, async (c) => {
      const paymentId = await idOf(c.req.param('id'));
      const id = z.uuid().safeParse(c.req.param('approvalId'));
      if (!id.success) throw noApproval();
      const { terms, identity } = await readCommand(c, WITHDRAW);
      const withdraw = (tx: Tx) =>
        withdrawApproval(tx, { actor: c.get('actor'), paymentId, id: id.data, reason: terms.reason });
      if (isDryRun(c.req.query())) return c.json({ dryRun: true as const, ...(await rehearse(ctx, withdraw)) });
      const { response } = await once(ctx, identity, withdraw);
      await ring(ctx, { lane: 'payment', id: paymentId });
      return c.json(response, 201);
    });
}
