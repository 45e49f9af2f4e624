import { Hono } from 'hono';
import type { Context } from '../context.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { giveApproval, listApprovals, withdrawApproval } from '../release/approve.ts';
import { approveByLink, makeLink, revokeLink, showLink, tokenOf } from '../release/links.ts';
import { noApproval, noLink } from '../release/refusals.ts';
import { USE_LINK } from '../release/terms.ts';
import type { ApiEnv } from './auth.ts';
import { idOf } from './id.ts';
import { paymentOf } from './payments.ts';
import { limitBody, readBody } from './request.ts';
import { ring } from './ring.ts';
import { serveCommand, serveOutside, serveQuestion } from './route.ts';
import { GIVE_APPROVAL, LIST_APPROVALS, MAKE_LINK, REVOKE_LINK, WITHDRAW_APPROVAL } from './routes/approvals.ts';
import { printCursor } from './routes/shapes.ts';
import { admit, type Strangers } from './strangers.ts';

/**
 * POST / with the token of a link approves the one release that it is for, POST /look says what that would be. Whoever has the token may:
 * no API key is asked.
 */
export function linkRoutes(ctx: Context, strangers: Strangers): Hono {
  return new Hono()
    .use(async (c, next) => {
      admit(strangers, c);
      await next();
    })
    .use(limitBody)
    .post('/look', async (c) => c.json(await showLink(ctx.db, ctx, (await readBody(c, USE_LINK)).token)))
    .post('/', async (c) => {
      const { token } = await readBody(c, USE_LINK);
      const { paymentId, party } = await ctx.db.transaction((tx) => approveByLink(tx, ctx, token));
      await ring(ctx, { lane: 'payment', id: paymentId });
      return c.json({ approved: true as const, party }, 201);
    });
}

/** Approvals of users who have signed in, and the links for the others: a token is in one answer and nowhere else. */
export function serveApprovals(app: Hono<ApiEnv>, ctx: Context): void {
  const prepare = ({ parameters }: { parameters: { id: string } }) => paymentOf(ctx, parameters.id);
  const wakes = ({ paymentId: id }: { paymentId: string }) => [{ lane: 'payment', id } as const];

  serveQuestion(app, LIST_APPROVALS, async ({ parameters, query }) => {
    const before = { approvals: query.cursor, links: query.linksCursor };
    const { next, ...found } = await listApprovals(ctx.db, await paymentOf(ctx, parameters.id), before);
    return {
      ...found,
      ...(next.approvals && { nextCursor: printCursor(next.approvals) }),
      ...(next.links && { nextLinksCursor: printCursor(next.links) }),
    };
  });
  serveCommand(app, ctx, GIVE_APPROVAL, {
    prepare,
    work: (tx, { actor, terms }, paymentId) => giveApproval(tx, ctx, { actor, paymentId, ...terms }),
    wakes,
  });
  serveCommand(app, ctx, WITHDRAW_APPROVAL, {
    prepare,
    work: (tx, { actor, parameters, terms: { reason } }, paymentId) =>
      withdrawApproval(tx, { actor, paymentId, id: idOf(parameters.approvalId, noApproval), reason }),
    wakes,
  });
  serveOutside(app, MAKE_LINK, {
    rehearse: async ({ actor, parameters, terms }) => {
      const paymentId = await paymentOf(ctx, parameters.id);
      return rehearse(ctx, (tx) => makeLink(tx, ctx, { actor, paymentId, ...terms }));
    },
    run: async ({ actor, parameters, terms }, identity) => {
      const paymentId = await paymentOf(ctx, parameters.id);
      const { response } = await once(ctx, identity, (tx) => makeLink(tx, ctx, { actor, paymentId, ...terms }));
      // Derived and not kept: the answer to a repeat has it again.
      return { ...response, token: tokenOf(ctx.settings.keySecret, response) };
    },
  });
  serveCommand(app, ctx, REVOKE_LINK, {
    prepare,
    work: (tx, { actor, parameters, terms: { reason } }, paymentId) =>
      revokeLink(tx, { actor, paymentId, id: idOf(parameters.linkId, noLink), reason }),
  });
}
