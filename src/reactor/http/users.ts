import type { Hono } from 'hono';
import { maskClabe } from '../../money/clabe.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { ERASE_USER as ERASING } from '../people/erase.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { listUsers, maskEmail } from '../people/list.ts';
import { maskName } from '../people/mask-name.ts';
import { noUser } from '../people/no-user.ts';
import { createUser, findUser, findUserWithClabe, type UserView } from '../people/user.ts';
import { type ApiEnv, canReadPeople } from './auth.ts';
import { ring } from './ring.ts';
import { serveCommand, serveOutside, serveQuestion } from './route.ts';
import { ID, printCursor } from './routes/shapes.ts';
import { CREATE_USER, ERASE_USER, GET_USER, LIST_USERS } from './routes/users.ts';

/** Juno assigns a CLABE in a second or so; a caller who does not get it here reads the user again. */
const CLABE_PATIENCE_MS = 5_000;

export function serveUsers(app: Hono<ApiEnv>, ctx: Context): void {
  serveOutside(app, CREATE_USER, {
    rehearse: async ({ actor, terms }) => {
      await rehearse(ctx, (tx) => createUser(tx, ctx, actor, terms));
      return { fullName: terms.fullName, email: terms.email };
    },
    run: async ({ actor, terms }, identity) => {
      const { response } = await once(ctx, identity, (tx) => createUser(tx, ctx, actor, terms));
      await ring(ctx, { lane: 'user', id: response.id });
      return shown(await findUserWithClabe(ctx, response.id, CLABE_PATIENCE_MS), true);
    },
  });
  serveQuestion(app, LIST_USERS, async ({ actor, query: { limit, cursor: before, q: text } }) => {
    const { users, next } = await listUsers(ctx.db, { limit, before, text, canReadPeople: canReadPeople(actor) });
    return { users, nextCursor: next && printCursor(next) };
  });
  serveQuestion(app, GET_USER, async ({ actor, parameters }) => {
    const id = ID.safeParse(parameters.id);
    return shown(id.success ? await findUser(ctx.db, id.data) : null, canReadPeople(actor));
  });
  serveCommand(app, ctx, ERASE_USER, {
    prepare: ({ parameters: { id } }) => ERASING.check(ctx, { subjectId: id, parameters: {} }),
    work: async (tx, { actor, parameters: { id }, terms }) => {
      const wanted = { command: ERASING, actor, subjectId: id, parameters: {}, reason: terms.reason };
      return { id, proposal: (await propose(tx, ctx, wanted)).id };
    },
  });
}

function shown(found: UserView | null, isWhole: boolean) {
  if (!found) throw noUser();
  const { id, createdAt, fullName, email, depositClabe, clabeProblem, erasedAt } = found;
  return {
    id,
    createdAt: createdAt.toISOString(),
    fullName: isWhole ? fullName : maskName(fullName),
    email: isWhole ? email : maskEmail(email),
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
