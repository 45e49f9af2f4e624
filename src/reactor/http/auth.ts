import { createMiddleware } from 'hono/factory';
import type { Db } from '../db/client.ts';
import { findApiKey } from '../people/api-key.ts';
import type { Actor } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import type { Role } from '../people/roles.ts';

/** What every handler under /api/v1 knows of its caller. */
export type ApiEnv = { Variables: { actor: Actor } };

/** Roles that may give commands, and with them read whole CLABEs: they must be able to tell the payer where to pay. */
export const COMMANDERS = ['operator', 'admin'] as const;

export const canReadClabes = ({ role }: Actor): boolean => (COMMANDERS as readonly Role[]).includes(role);

/** Lets only known keys through: `Authorization: Bearer kus_…`. */
export const authenticate = (db: Db) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const [scheme, secret = ''] = (c.req.header('authorization') ?? '').split(' ');
    const actor = scheme?.toLowerCase() === 'bearer' ? await findApiKey(db, secret) : null;
    if (!actor) {
      throw new Refusal({
        code: 'no_key',
        status: 401,
        title: 'An API key is needed',
        detail:
          'Send “Authorization: Bearer kus_…” with a key that is known and not revoked. An administrator makes one with: kustodia key create --name NAME --role ROLE',
      });
    }
    c.set('actor', actor);
    await next();
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

/** Lets only roles through that may give commands. */
export const mayCommand = onlyFor(new Set<Role>(COMMANDERS));
/** Lets only roles through that may approve what another person proposed. */
export const mayApprove = onlyFor(new Set<Role>(['approver', 'admin']));
/** Lets only roles through that may stop money: everybody on duty. */
export const ON_DUTY = ['operator', 'approver', 'admin'] as const;
export const mayStop = onlyFor(new Set<Role>(ON_DUTY));
/** Lets only the outside source through that says who is cleared. */
export const mayScreen = onlyFor(new Set<Role>(['screener']));
/** Lets only administrators through. */
export const mayAdminister = onlyFor(new Set<Role>(['admin']));
/** Lets only the application through that users sign in to: nobody else speaks for them. */
export const mayActForUsers = onlyFor(new Set<Role>(['agent']));
/** The same, and everybody who may stop money: what is taken back stays where it is. */
export const mayTakeBack = onlyFor(new Set<Role>(['agent', 'operator', 'approver', 'admin']));
