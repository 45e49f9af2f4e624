import { Hono } from 'hono';
import { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import type { Context } from '../context.ts';
import { once } from '../people/idempotency.ts';
import { Refusal } from '../people/refusal.ts';
import { createUser, findUser, findUserWithClabe, USER_TERMS, type UserView } from '../people/user.ts';
import { type ApiEnv, canReadClabes, mayCommand } from './auth.ts';
import { readCommand } from './request.ts';
import { ring } from './ring.ts';

/** Juno assigns a CLABE in a second or so; a caller who does not get it here reads the user again. */
const CLABE_PATIENCE_MS = 5_000;

/** POST / makes a user and asks Juno for their CLABE; GET /:id shows one. */
export function userRoutes(ctx: Context): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .post('/', mayCommand, async (c) => {
      const actor = c.get('actor');
      const { terms, identity } = await readCommand(c, USER_TERMS);
      const { response } = await once(ctx, identity, (tx) => createUser(tx, ctx, actor, terms));
      await ring(ctx, { lane: 'user', id: response.id });
      return c.json(shown(await findUserWithClabe(ctx, response.id, CLABE_PATIENCE_MS), true), 201);
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
  const { id, createdAt, fullName, email, depositClabe, clabeProblem } = found;
  return {
    id,
    createdAt: createdAt.toISOString(),
    fullName,
    email: isWhole ? email : email.replace(/^(.).*@/, '$1…@'),
    depositClabe: depositClabe === null || isWhole ? depositClabe : maskClabe(depositClabe),
    clabeStatus:
      depositClabe !== null
        ? ('assigned' as const)
        : clabeProblem === null
          ? ('pending' as const)
          : ('needs_attention' as const),
    clabeProblem,
  };
}
