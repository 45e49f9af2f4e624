import { createMiddleware } from 'hono/factory';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { findApiKey } from '../people/api-key.ts';
import type { Actor } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { COMMANDERS, type Role } from '../people/roles.ts';

/** What every handler under /api/v1 knows: its caller, and where to tell what is wrong. */
export type ApiEnv = { Variables: { actor: Actor; log: Logger } };

export const canReadClabes = ({ role }: Actor): boolean => (COMMANDERS as readonly Role[]).includes(role);

/** Lets only known keys through: `Authorization: Bearer kus_…`. */
export const authenticate = ({ db, log }: Readonly<{ db: Db; log: Logger }>) =>
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
    c.set('log', log);
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
