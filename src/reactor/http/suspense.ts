import { Hono, type Context as HonoContext } from 'hono';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { SUSPENSE_REASONS } from '../intake/match.ts';
import { once, rehearse } from '../people/idempotency.ts';
import {
  ASSIGN_TERMS,
  assignWhole,
  type GiveParameters,
  giveSuspense,
  REFUND_TERMS,
  refundWhole,
  SPLIT_TERMS,
} from '../suspense/give.ts';
import { noItem } from '../suspense/refusals.ts';
import { listSuspense, SUSPENSE_STATUSES, showSuspense } from '../suspense/show.ts';
import { type ApiEnv, canReadClabes, mayCommand } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

const CURSOR = z.string().transform((text, ctx) => {
  const [time = '', ...rest] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
  const openedAt = new Date(time);
  if (!Number.isNaN(openedAt.getTime()) && rest.length > 0) return { openedAt, id: rest.join(' ') };
  ctx.addIssue({ code: 'custom', message: 'is not the nextCursor of an earlier answer' });
  return z.NEVER;
});
const PAGE = z.strictObject({
  limit: z.coerce
    .number('is a number')
    .int('is a whole number')
    .min(1, 'is at least 1')
    .max(100, 'is at most 100')
    .default(20),
  cursor: CURSOR.optional(),
  status: z.enum([...SUSPENSE_STATUSES, 'all'], 'is not a status of a deposit in suspense').optional(),
  reason: z.enum(SUSPENSE_REASONS, 'is not a reason of suspense').optional(),
  userId: z.uuid('is not the id of a user').optional(),
});

/**
 * GET / lists, GET /:id shows one; POST /:id/assign, /:id/split and /:id/refund give one away. With `?dryRun=true` a command is
 * checked in full and nothing is done.
 */
export function suspenseRoutes(ctx: Context): Hono<ApiEnv> {
  const give = async (
    c: HonoContext<ApiEnv>,
    identity: Parameters<typeof once>[1],
    parameters: Omit<GiveParameters, 'actor' | 'depositId'>,
  ) => {
    const depositId = c.req.param('id') ?? '';
    const work = (tx: Parameters<typeof giveSuspense>[0]) =>
      giveSuspense(tx, ctx, { ...parameters, actor: c.get('actor'), depositId });
    const { dryRun } = parse(DRY_RUN, c.req.query());
    if (dryRun) {
      const { id, amount, parts } = await rehearse(ctx, work);
      // Ids of what does not exist would only be looked for.
      const planned = parts.map(({ kind, paymentId, amount: share }) =>
        kind === 'payment' ? { kind, paymentId, amount: share } : { kind, amount: share },
      );
      return c.json({ dryRun: true as const, id, amount, parts: planned });
    }
    const { response } = await once(ctx, identity, work);
    const { destinations, ...given } = response;
    await ring(
      ctx,
      ...destinations.map((id) => ({ lane: 'destination' as const, id })),
      ...given.parts.map(({ paymentId }) => ({ lane: 'payment' as const, id: paymentId })),
    );
    return c.json(given, 201);
  };

  return new Hono<ApiEnv>()
    .get('/', async (c) => {
      const { limit, cursor, status, reason, userId } = parse(PAGE, c.req.query());
      const open = ['not_issued', 'open'] as const;
      const { items, next } = await listSuspense(ctx.db, {
        limit,
        before: cursor,
        statuses: status === undefined ? open : status === 'all' ? SUSPENSE_STATUSES : [status],
        reason,
        userId,
        canReadClabes: canReadClabes(c.get('actor')),
      });
      const nextCursor = next && Buffer.from(`${next.openedAt.toISOString()} ${next.id}`).toString('base64url');
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
