import { Hono } from 'hono';
import { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { ERASE_USER } from '../people/erase.ts';
import { once } from '../people/idempotency.ts';
import { Refusal } from '../people/refusal.ts';
import { createUser, findUser, findUserWithClabe, USER_TERMS, type UserView } from '../people/user.ts';
import { GIVEN_REASON } from '../people/words.ts';
import { type ApiEnv, canReadClabes, mayCommand } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';
import { ring } from './ring.ts';

/** Juno assigns a CLABE in a second or so; a caller who does not get it here reads the user again. */
const CLABE_PATIENCE_MS = 5_000;

const ERASE = z.strictObject({ reason: GIVEN_REASON });

/**
 * POST / makes a user and asks Juno for their CLABE; GET /:id shows one. POST /:id/erase proposes to erase who somebody is, or only
 * checks it with `?dryRun=true` (POST /api/v1/proposals/:id/approve does it).
 */
export function userRoutes(ctx: Context): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .post('/', mayCommand, async (c) => {
      const actor = c.get('actor');
      const { terms, identity } = await readCommand(c, USER_TERMS);
      const { response } = await once(ctx, identity, (tx) => createUser(tx, ctx, actor, terms));
      await ring(ctx, { lane: 'user', id: response.id });
      return c.json(shown(await findUserWithClabe(ctx, response.id, CLABE_PATIENCE_MS), true), 201);
    })
    .post('/:id/erase', mayCommand, async (c) => {
      const subjectId = c.req.param('id');
      const { terms, identity } = await readCommand(c, ERASE);
      await ERASE_USER.check(ctx, { subjectId, parameters: {} });
      if (parse(DRY_RUN, c.req.query()).dryRun) return c.json({ dryRun: true as const, id: subjectId });
      const wanted = { command: ERASE_USER, actor: c.get('actor'), subjectId, parameters: {}, reason: terms.reason };
      const { response } = await once(ctx, identity, (tx) => propose(tx, ctx, wanted));
      return c.json({ id: subjectId, proposal: response.id }, 201);
    })
    .get('/:id', async (c) => {
      const id = z.uuid().safeParse(c.req.param('id'));
      const found = id.success ? await findUser(ctx.db, id.data) : null;
      return c.json(shown(found, canReadClabes(c.get('actor'))));
    });
}

function shown(found: UserView | null, isWhole: boolean) {
  if (!found) {
    throw new Refusal({
      code: 'user_not_found',
      status: 404,
      title: 'There is no such user',
      detail: 'No user has this id. POST /api/v1/users answers with the id of a new one.',
    });
  }
  const { id, createdAt, fullName, email, depositClabe, clabeProblem, erasedAt } = found;
  return {
    id,
    createdAt: createdAt.toISOString(),
    fullName,
    email: isWhole ? email : email.replace(/^(.).*@/, '$1…@'),
    depositClabe: depositClabe === null || isWhole ? depositClabe : maskClabe(depositClabe),
    clabeStatus: erasedAt
      ? ('erased' as const)
      : depositClabe !== null
        ? ('assigned' as const)
        : clabeProblem === null
          ? ('pending' as const)
          : ('needs_attention' as const),
    clabeProblem,
    erasedAt: erasedAt?.toISOString() ?? null,
  };
}
