import { z } from 'zod';
import { ADMINISTRATORS, COMMANDERS, ON_DUTY, ROLES } from '../../people/roles.ts';
import { GIVEN_REASON, PERSON_NAME } from '../../people/words.ts';
import { command, question } from './declare.ts';
import { ID, limitOf, NEXT, numbered, TIME, WORD } from './shapes.ts';

export const LIST_AUDIT = question({
  ...{ id: 'listAudit', method: 'get', path: '/audit', tag: 'Audit', roles: ON_DUTY },
  summary: 'Who did what and why, newest first; with `subject` all that was done to one thing',
  query: z.strictObject({
    subject: z.string().max(200, 'is too long').optional(),
    limit: limitOf(50, 200),
    cursor: numbered('a').optional(),
  }),
  answer: z.strictObject({
    lines: z.array(
      z.strictObject({
        id: z.int(),
        at: TIME,
        actor: z.string(),
        role: z.string(),
        command: z.string(),
        subject: z.string(),
        reason: z.string(),
        detail: z.record(z.string(), z.unknown()),
      }),
    ),
    nextCursor: NEXT,
  }),
});
export const LIST_KEYS = question({
  ...{ id: 'listKeys', method: 'get', path: '/keys', tag: 'Keys', roles: ADMINISTRATORS },
  summary: 'API keys, newest first: whose they are and what they may do; never what they are',
  answer: z.strictObject({
    keys: z.array(
      z.strictObject({
        id: ID,
        name: z.string(),
        role: z.enum(ROLES),
        createdAt: TIME,
        revokedAt: TIME.nullable(),
        sessions: z.int().meta({ description: 'People signed in to the console with it now.' }),
        isYours: z.boolean(),
      }),
    ),
  }),
});
/** A key that may act is made where the database is: whoever could make one by this could be two people. */
const MADE_HERE = z.enum(
  ['viewer'],
  'is viewer: a key that may act is made where the database is (kustodia key create)',
);
const NEW_KEY = z.strictObject({ name: z.string(), role: MADE_HERE });
export const MAKE_KEY = command({
  ...{ id: 'createKey', method: 'post', path: '/keys', tag: 'Keys', roles: ADMINISTRATORS, status: 201 },
  summary: 'Make a key that reads; its secret is in this answer and nowhere else',
  body: z.strictObject({ name: PERSON_NAME, role: MADE_HERE, reason: GIVEN_REASON }),
  answer: z.strictObject({ id: ID, ...NEW_KEY.shape, secret: z.string().nullable() }),
  plan: NEW_KEY,
});
export const REVOKE_KEY = command({
  ...{ id: 'revokeKey', method: 'post', path: '/keys/{id}/revoke', tag: 'Keys', roles: ADMINISTRATORS, status: 200 },
  summary: 'End a key, at once and for ever, and whoever is signed in with it',
  body: WORD,
  answer: z.strictObject({ id: ID, name: z.string(), sessions: z.int() }),
  plan: z.strictObject({ id: ID, name: z.string(), sessions: z.int() }),
});
export const LIST_WEBHOOKS_IN = question({
  ...{ id: 'listWebhooksIn', method: 'get', path: '/webhooks-in', tag: 'Webhooks in', roles: COMMANDERS },
  summary: 'What Juno and Bitso sent, newest first: what it hinted at, and whether its signature was good',
  query: z.strictObject({ limit: limitOf(50, 200), cursor: numbered('w').optional() }),
  answer: z.strictObject({
    webhooks: z.array(
      z.strictObject({
        id: z.int(),
        source: z.enum(['juno', 'bitso']),
        sourceAddress: z.string().nullable(),
        receivedAt: TIME,
        size: z.int(),
        signature: z.enum(['valid', 'invalid', 'unsigned', 'unknown_key', 'unchecked']),
        isReadable: z.boolean(),
        hint: z.record(z.string(), z.unknown()),
      }),
    ),
    counts: z.array(z.strictObject({ source: z.string(), what: z.string(), count: z.int(), lastAt: TIME })),
    nextCursor: NEXT,
  }),
});
