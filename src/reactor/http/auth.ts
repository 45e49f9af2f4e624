import { createMiddleware } from 'hono/factory';
import type { Logger } from 'pino';
import type { MayRead } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { findApiKey } from '../people/api-key.ts';
import type { Actor } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { APPROVERS, COMMANDERS, ON_DUTY, type Role } from '../people/roles.ts';
import { SESSION_HEADER } from './routes/session.ts';
import { actorOfSession, sessionIn, signedOut } from './session.ts';
import { admit, type Strangers } from './strangers.ts';

/** What every handler under /api/v1 knows: its caller, and where to tell what is wrong. */
export type ApiEnv = { Variables: { actor: Actor; log: Logger } };

/** Names, e-mails, CLABEs and what people wrote, whole. */
export const canReadPeople = ({ role }: Actor): boolean => (COMMANDERS as readonly Role[]).includes(role);

/** Why somebody did something, in their own words: those who may read the audit log. */
export const canReadReasons = ({ role }: Actor): boolean => (ON_DUTY as readonly Role[]).includes(role);

/** What a proposal would do is whole for those who may read of people, and for those who are to judge it. */
export const readsProposals = (actor: Actor): MayRead => ({
  canReadReasons: canReadReasons(actor),
  canReadWhole: canReadPeople(actor) || (APPROVERS as readonly Role[]).includes(actor.role),
});

/** Lets only known keys through: `Authorization: Bearer kus_…`, or the session of somebody who signed in to the console with one. */
export const authenticate = (ctx: Context, strangers: Strangers) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const given = c.req.header('authorization');
    const [scheme, secret = ''] = (given ?? '').split(' ');
    const isPage = given === undefined && c.req.header(SESSION_HEADER) !== undefined;
    const byKey = () => (scheme?.toLowerCase() === 'bearer' ? findApiKey(ctx.db, secret) : null);
    const { isKnown, isUnknown } = admit(strangers, c, given === undefined ? sessionIn(c) : secret);
    const actor = given === undefined ? await actorOfSession(ctx, c) : await byKey();
    if (!actor) isUnknown();
    else isKnown();
    if (!actor) throw isPage ? signedOut() : noKey();
    c.set('actor', actor);
    c.set('log', ctx.log);
    await next();
  });

const noKey = (): Refusal =>
  new Refusal({
    code: 'no_key',
    status: 401,
    title: 'An API key is needed',
    detail:
      'Send “Authorization: Bearer kus_…” with a key that is known and not revoked. An administrator makes one with: kustodia key create --name NAME --role ROLE',
  });

/** Lets only these roles through. */
export const onlyFor = (roles: ReadonlySet<Role>) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const { role } = c.get('actor');
    if (!roles.has(role)) {
      throw new Refusal({
        code: 'wrong_role',
        status: 403,
        title: 'This key may not do that',
        detail: `The key has the role ${role}; this needs ${[...roles].join(' or ')}. Nothing was done.`,
      });
    }
    await next();
  });
