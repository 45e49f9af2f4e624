import { Hono, type Context as HonoContext } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { SUSPENSE_REASONS } from '../intake/match.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { type GiveOrProposeParameters, giveOrPropose } from '../suspense/four-eyes.ts';
import { ASSIGN_TERMS, assignWhole, REFUND_TERMS, refundWhole, SPLIT_TERMS } from '../suspense/give.ts';
import { noItem } from '../suspense/refusals.ts';
import { listSuspense, SUSPENSE_STATUSES, showSuspense } from '../suspense/show.ts';
import { type ApiEnv, canReadClabes, mayCommand } from './auth.ts';
import { cursor, LIMIT, printCursor } from './page.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const PAGE = z.strictObject({
  limit: LIMIT,
  cursor: cursor((id) => id !== '').optional(),
  status: z.enum([...SUSPENSE_STATUSES, 'all'], 'is not a status of a deposit in suspense').optional(),
  reason: z.enum(SUSPENSE_REASONS, 'is not a reason of suspense').optional(),
  userId: z.uuid('is not the id of a user').optional(),
});

/**
 * GET / lists, GET /:id shows one; POST /:id/assign, /:id/split and /:id/refund give one away, or propose to where
 * that is not for one person to do (POST /api/v1/proposals/:id/approve does it). With `?dryRun=true` a command is checked in full and
 * nothing is done.
 */
export function suspenseRoutes(ctx: Context): Hono<ApiEnv> {
  const give = async (
    c: HonoContext<ApiEnv>,
    identity: Parameters<typeof once>[1],
    parameters: Omit<GiveOrProposeParameters, 'actor' | 'depositId'>,
  ) => {
    const depositId = c.req.param('id') ?? '';
    const work = (tx: Tx) => giveOrPropose(tx, ctx, { ...parameters, actor: c.get('actor'), depositId });
    const { dryRun } = parse(DRY_RUN, c.req.query());
    if (dryRun) {
      const { id, amount, parts, because } = await rehearse(ctx, work);
      // Ids of what does not exist would only be looked for.
      const planned = parts.map((part) => {
        if (part.kind === 'payment') return { kind: part.kind, paymentId: part.paymentId, amount: part.amount };
        return { kind: part.kind, amount: part.amount };
      });
      const needs = because.length > 0 ? ('a second person' as const) : null;
      return c.json({ dryRun: true as const, id, amount, parts: planned, needs, because });
    }
    const { response } = await once(ctx, identity, work);
    const { destinations, ...shown } = response;
    const given = response.proposal === null ? response.parts : [];
    await ring(
      ctx,
      ...destinations.map((id) => ({ lane: 'destination' as const, id })),
      ...given.map(({ paymentId }) => ({ lane: 'payment' as const, id: paymentId })),
    );
    return c.json(shown, 201);
  };

  return new Hono<ApiEnv>()
    .get('/', async (c) => {
      const { limit, cursor: before, status, reason, userId } = parse(PAGE, c.req.query());
      const open = ['not_issued', 'open'] as const;
      const { items, next } = await listSuspense(ctx.db, {
        limit,
        before,
        statuses: status === undefined ? open : status === 'all' ? SUSPENSE_STATUSES : [status],
        reason,
        userId,
        canReadClabes: canReadClabes(c.get('actor')),
      });
      const nextCursor = next && printCursor(next);
      return c.json({ items, nextCursor });
    })
    .get('/:id', async (c) => {
      const found = await showSuspense(ctx.db, c.req.param('id'), canReadClabes(c.get('actor')));
      if (!found) throw noItem();
      return c.json(found);
    })
    .post('/:id/assign', mayCommand, async (c) => {
      const { terms, identity } = await readCommand(c, ASSIGN_TERMS);
      const { paymentId, reason } = terms;
      return give(c, identity, { command: 'suspense assign', reason, partsOf: assignWhole(paymentId) });
    })
    .post('/:id/split', mayCommand, async (c) => {
      const { terms, identity } = await readCommand(c, SPLIT_TERMS);
      return give(c, identity, { command: 'suspense split', reason: terms.reason, partsOf: () => terms.parts });
    })
    .post('/:id/refund', mayCommand, async (c) => {
      const { terms, identity } = await readCommand(c, REFUND_TERMS);
      return give(c, identity, { command: 'suspense refund', reason: terms.reason, partsOf: refundWhole(terms) });
    });
}
