import { z } from 'zod';
import { SUSPENSE_REASONS } from '../../intake/match.ts';
import { COMMANDERS, ROLES } from '../../people/roles.ts';
import { ASSIGN_TERMS, REFUND_TERMS, SPLIT_TERMS, SUSPENSE_STATUSES } from '../../suspense/terms.ts';
import { command, question } from './declare.ts';
import { cursor, ID, LIMIT, NEEDS, NEXT, PESOS_TEXT, TIME } from './shapes.ts';

const tag = 'Suspense';
const ITEM = z
  .strictObject({
    id: z.string(),
    status: z.enum(SUSPENSE_STATUSES),
    reason: z.string(),
    sentence: z.string(),
    amount: PESOS_TEXT,
    currency: z.literal('MXN'),
    depositClabe: z.string(),
    userId: ID.nullable(),
    sender: z.strictObject({ clabe: z.string().nullable(), name: z.string().nullable() }),
    trackingKey: z.string().nullable(),
    issuanceId: z.string().nullable(),
    explainedBy: z.string().nullable(),
    openedAt: TIME,
    closedAt: TIME.nullable(),
    parts: z.array(z.strictObject({ id: ID, paymentId: ID, amount: PESOS_TEXT })),
  })
  .meta({ id: 'SuspenseItem' });
const TO_PAYMENT = z.strictObject({ kind: z.literal('payment'), paymentId: ID, amount: PESOS_TEXT });
const TO_ACCOUNT = z.strictObject({ kind: z.literal('refund'), to: z.string(), amount: PESOS_TEXT });
const GIVEN = z.strictObject({
  id: ID,
  paymentId: ID,
  kind: z.enum(['payment', 'refund']),
  amount: PESOS_TEXT,
});
const BECAUSE = z.array(z.string()).meta({ description: 'Why it takes a second person; empty where it does not.' });
const GIVES = {
  answer: z.strictObject({
    id: z.string(),
    amount: PESOS_TEXT,
    because: BECAUSE,
    parts: z.union([z.array(GIVEN), z.array(z.union([TO_PAYMENT, TO_ACCOUNT]))]),
    proposal: ID.nullable(),
  }),
  // Ids of what does not exist would only be looked for.
  plan: z.strictObject({
    id: z.string(),
    amount: PESOS_TEXT,
    parts: z.array(z.union([TO_PAYMENT, TO_ACCOUNT.omit({ to: true })])),
    needs: NEEDS.nullable(),
    because: BECAUSE,
  }),
};

export const LIST_SUSPENSE = question({
  ...{ id: 'listSuspense', method: 'get', path: '/suspense', tag, roles: ROLES },
  summary: 'Deposits that no payment claims, newest first; the open ones unless told otherwise',
  query: z.strictObject({
    limit: LIMIT,
    cursor: cursor((id) => id !== '').optional(),
    status: z.enum([...SUSPENSE_STATUSES, 'all'], 'is not a status of a deposit in suspense').optional(),
    reason: z.enum(SUSPENSE_REASONS, 'is not a reason of suspense').optional(),
    userId: z.uuid('is not the id of a user').optional(),
  }),
  answer: z.strictObject({ items: z.array(ITEM), nextCursor: NEXT }),
});
export const GET_SUSPENSE = question({
  ...{ id: 'getSuspense', method: 'get', path: '/suspense/{id}', tag, roles: ROLES },
  summary: 'One of them, and the payments that wait at its CLABE',
  answer: z.strictObject({
    ...ITEM.shape,
    openPayments: z
      .array(z.strictObject({ id: ID, number: z.int(), concept: z.string(), amount: PESOS_TEXT }))
      .meta({ description: 'Those that wait for exactly its amount first.' }),
  }),
});
export const ASSIGN_SUSPENSE = command({
  ...{ id: 'assignSuspense', method: 'post', path: '/suspense/{id}/assign', tag, roles: COMMANDERS, status: 201 },
  summary: 'The whole deposit to a payment that waits for exactly this amount',
  body: ASSIGN_TERMS,
  ...GIVES,
});
export const SPLIT_SUSPENSE = command({
  ...{ id: 'splitSuspense', method: 'post', path: '/suspense/{id}/split', tag, roles: COMMANDERS, status: 201 },
  summary: 'The deposit in parts that sum to it: to payments, and back to accounts',
  body: SPLIT_TERMS,
  ...GIVES,
});
export const REFUND_SUSPENSE = command({
  ...{ id: 'refundSuspense', method: 'post', path: '/suspense/{id}/refund', tag, roles: COMMANDERS, status: 201 },
  summary: 'The whole deposit back to its sender, or to an account',
  body: REFUND_TERMS,
  ...GIVES,
});
