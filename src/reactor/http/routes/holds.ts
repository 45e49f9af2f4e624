import { z } from 'zod';
import { CLOSE_HOLD as CLOSING, OPEN_HOLD as OPENING } from '../../guards/terms.ts';
import { ON_DUTY, ROLES } from '../../people/roles.ts';
import { command, question } from './declare.ts';
import { CURSOR_OF_ID, ID, LONG_LIMIT, NEXT_IF, PESOS_TEXT, TIME } from './shapes.ts';

const tag = 'Holds';
const HOLD = z
  .strictObject({
    id: ID,
    kind: z.enum(['hold', 'dispute']),
    on: z.string(),
    reasonCode: z.string(),
    sentence: z.string(),
    owner: z.string(),
    openedAt: TIME,
    closedAt: TIME.nullable(),
  })
  .meta({ id: 'Hold' });
const DONE = z.strictObject({ id: ID, on: z.string() });

export const LIST_HOLDS = question({
  ...{ id: 'listHolds', method: 'get', path: '/holds', tag, roles: ROLES },
  summary: 'What is held now, newest first; with `on` all that ever was of a payment, a user or a rail',
  query: z.strictObject({
    on: z.string().max(100, 'is too long').optional(),
    limit: LONG_LIMIT,
    cursor: CURSOR_OF_ID.optional(),
  }),
  answer: z.strictObject({
    holds: z.array(
      z.strictObject({
        ...HOLD.shape,
        payment: z
          .strictObject({ id: ID, number: z.int(), amount: PESOS_TEXT })
          .nullable()
          .meta({ description: 'Of a hold on a payment: which, and what stays where it is.' }),
      }),
    ),
    nextCursor: NEXT_IF,
  }),
});
export const OPEN_HOLD = command({
  ...{ id: 'openHold', method: 'post', path: '/holds', tag, roles: ON_DUTY, status: 201 },
  summary: 'Hold a payment, a user or a rail, at once',
  body: OPENING,
  answer: DONE,
  plan: DONE.omit({ id: true }),
});
export const CLOSE_HOLD = command({
  ...{ id: 'closeHold', method: 'post', path: '/holds/{id}/close', tag, roles: ON_DUTY, status: 200 },
  summary: 'Let go; what waited goes on by itself',
  body: CLOSING,
  answer: DONE,
  plan: DONE,
});
