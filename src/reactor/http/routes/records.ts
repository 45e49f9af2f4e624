import { z } from 'zod';
import { ACTS } from '../../people/acts.ts';
import { ADMINISTRATORS, AUDITORS, COMMANDERS, ROLES } from '../../people/roles.ts';
import { GIVEN_REASON, PERSON_NAME } from '../../people/words.ts';
import { DAY } from '../../report/day.ts';
import { command, question } from './declare.ts';
import { EXPORTED } from './exported.ts';
import { ID, limitOf, NEXT, numbered, TIME, WORD } from './shapes.ts';

/** Which lines of the log. */
const WHICH = {
  subject: z.string().max(200, 'is too long').optional().meta({
    description: 'What it was done to, as payment:ID or switch:all; #9 is all that was done to payment 9.',
  }),
  who: z.string().trim().min(1, 'is empty').max(100, 'is too long').optional().meta({
    description: 'A part of the name of whoever did it.',
  }),
  command: z.enum(ACTS, 'is nothing that is done here').optional().meta({
    description: 'What was done; of what needs two people also who proposed, approved and withdrew it.',
  }),
  from: DAY.optional().meta({ description: 'On this day or later, in Mexico City.' }),
  to: DAY.optional().meta({ description: 'And on this day or earlier.' }),
};
export const LIST_AUDIT = question({
  ...{ id: 'listAudit', method: 'get', path: '/audit', tag: 'Audit', roles: AUDITORS },
  summary: 'Who did what and why, newest first. Why, in their words, for those who are on duty',
  query: z.strictObject({
    ...WHICH,
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
        payment: z
          .int()
          .nullable()
          .meta({ description: 'The number of the payment that it was done to, or to a part of.' }),
      }),
    ),
    nextCursor: NEXT,
  }),
});
export const EXPORT_AUDIT = question({
  ...{ id: 'exportAudit', method: 'get', path: '/exports/audit', tag: 'Audit', roles: AUDITORS },
  summary: `The same as CSV: the newest ${EXPORTED} lines that fit. Of a full page the last id, behind an a, is the cursor of the next`,
  query: z.strictObject({ cursor: numbered('a').optional(), ...WHICH }),
  media: 'text/csv',
  answer: z.string(),
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
