import { Hono } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { APPROVE, giveApproval, listApprovals, WITHDRAW, withdrawApproval } from '../release/approve.ts';
import {
  approveByLink,
  MAKE_LINK,
  makeLink,
  REVOKE_LINK,
  revokeLink,
  showLink,
  tokenOf,
  USE_LINK,
} from '../release/links.ts';
import { noApproval, noLink } from '../release/refusals.ts';
import { type ApiEnv, mayActForUsers, mayTakeBack } from './auth.ts';
import { DRY_RUN, limitBody, parse, readBody, readCommand } from './request.ts';
import { ring } from './ring.ts';

const PATH = '/:id/approvals';
const LINKS = '/:id/approval-links';

/**
 * POST / with the token of a link approves the one release that it is for, POST /look says what that would be. Whoever has the token may:
 * no API key is asked.
 */
export function linkRoutes(ctx: Context): Hono {
  return new Hono()
    .use(limitBody)
    .post('/look', async (c) => c.json(await showLink(ctx.db, ctx, (await readBody(c, USE_LINK)).token)))
    .post('/', async (c) => {
      const { token } = await readBody(c, USE_LINK);
      const { paymentId, party } = await ctx.db.transaction((tx) => approveByLink(tx, ctx, token));
      await ring(ctx, { lane: 'payment', id: paymentId });
      return c.json({ approved: true as const, party }, 201);
    });
}

/**
 * GET lists who approved the release of a payment; POST approves it on behalf of a user who has signed in; POST /:approvalId/withdraw
 * takes one back until the release was sent. POST /:id/approval-links makes a link for one of them, whose token
 * is in the answer to the application that they sign in to and nowhere else, and
 * POST /:id/approval-links/:linkId/revoke ends one. With `?dryRun=true` nothing is changed.
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
    })
    .post(LINKS, mayActForUsers, async (c) => {
      const paymentId = await idOf(c.req.param('id'));
      const { terms, identity } = await readCommand(c, MAKE_LINK);
      const make = (tx: Tx) => makeLink(tx, ctx, { actor: c.get('actor'), paymentId, ...terms });
      if (isDryRun(c.req.query())) {
        const { id: _, ...would } = await rehearse(ctx, make);
        return c.json({ dryRun: true as const, ...would });
      }
      const { response } = await once(ctx, identity, make);
      return c.json({ ...response, token: tokenOf(ctx.settings.keySecret, response) }, 201);
    })
    .post(`${LINKS}/:linkId/revoke`, mayTakeBack, async (c) => {
      const paymentId = await idOf(c.req.param('id'));
      const id = z.uuid().safeParse(c.req.param('linkId'));
      if (!id.success) throw noLink();
      const { terms, identity } = await readCommand(c, REVOKE_LINK);
      const revoke = (tx: Tx) =>
        revokeLink(tx, { actor: c.get('actor'), paymentId, id: id.data, reason: terms.reason });
      if (isDryRun(c.req.query())) return c.json({ dryRun: true as const, ...(await rehearse(ctx, revoke)) });
      return c.json((await once(ctx, identity, revoke)).response, 201);
    });
}
