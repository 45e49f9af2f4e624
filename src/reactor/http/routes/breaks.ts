import { z } from 'zod';
import { CURRENCIES, type Currency } from '../../../money/money.ts';
import { ON_DUTY, ROLES } from '../../people/roles.ts';
import { GIVEN_REASON } from '../../people/words.ts';
import { BREAK_KINDS } from '../../reconcile/kinds.ts';
import { command, question } from './declare.ts';
import { CURSOR_OF_ID, ID, LIMIT, NEXT, TIME } from './shapes.ts';

const tag = 'Reconciliation';
const AMOUNT = z.string().regex(/^-?\d+\.\d{2,}$/);
const BREAK = z
  .strictObject({
    id: ID,
    kind: z.enum(BREAK_KINDS),
    account: z.string(),
    paymentId: ID.nullable(),
    currency: z.enum(CURRENCIES as readonly [Currency, ...Currency[]]),
    books: AMOUNT.nullable().meta({ description: 'What each side says; null where it says nothing of it.' }),
    chain: AMOUNT.nullable(),
    juno: AMOUNT.nullable(),
    shortfall: AMOUNT.meta({ description: 'What is missing; zero where nothing is.' }),
    evidence: z.record(z.string(), z.string()),
    nextStep: z.string(),
    stopped: z.array(z.string()).meta({ description: 'The switches that it threw; two people open each.' }),
    firstSeenAt: TIME,
    openedAt: TIME,
    lastSeenAt: TIME,
    closedAt: TIME.nullable(),
    closedBecause: z.string().nullable(),
  })
  .meta({ id: 'Break' });

const NOTED = z.strictObject({ id: ID, kind: z.enum(BREAK_KINDS) });

export const LIST_BREAKS = question({
  ...{ id: 'listBreaks', method: 'get', path: '/breaks', tag, roles: ROLES },
  summary: 'What books, chain and Juno do not agree on, newest first',
  query: z.strictObject({
    limit: LIMIT,
    cursor: CURSOR_OF_ID.optional(),
    status: z.enum(['open', 'closed', 'all'], 'is open, closed or all').default('open'),
    kind: z.enum(BREAK_KINDS, 'is not a kind of break').optional(),
    payment: z.uuid('is not the id of a payment').optional(),
  }),
  answer: z.strictObject({
    items: z.array(BREAK),
    nextCursor: NEXT,
    reconciledAt: TIME.nullable().meta({
      description: 'When the sides were last compared; null where they never were.',
    }),
  }),
});
export const GET_BREAK = question({
  ...{ id: 'getBreak', method: 'get', path: '/breaks/{id}', tag, roles: ROLES },
  summary: 'One break with its evidence and what was noted on it',
  answer: z.strictObject({
    ...BREAK.shape,
    notes: z.array(z.strictObject({ at: TIME, by: z.string(), note: z.string() })),
  }),
});
export const NOTE_BREAK = command({
  ...{ id: 'noteBreak', method: 'post', path: '/breaks/{id}/notes', tag, roles: ON_DUTY, status: 201 },
  summary: 'Note what you found out; only what is compared closes a break',
  body: z.strictObject({ note: GIVEN_REASON }),
  answer: NOTED,
  plan: NOTED,
});
