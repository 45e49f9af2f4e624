import { z } from 'zod';
import { SUSPENSE_REASONS } from '../../intake/match.ts';
import { ROLES } from '../../people/roles.ts';
import { question } from './declare.ts';
import { cursor, ID, LIMIT, NEXT, PESOS_TEXT, TIME } from './shapes.ts';

const tag = 'Deposits';

/** What became of a deposit. */
export const DEPOSIT_STATUSES = [
  'waiting',
  'payment',
  'payout_return',
  'suspense',
  'given',
  'sent_back',
  'explained',
  'seen_again',
] as const;

const DEPOSIT = z
  .strictObject({
    id: z.string().meta({ description: 'Juno’s.' }),
    status: z.enum(DEPOSIT_STATUSES).meta({ description: 'What became of it.' }),
    sentence: z.string(),
    junoStatus: z.string().meta({ description: 'As Juno last showed it.' }),
    amount: PESOS_TEXT,
    currency: z.literal('MXN'),
    depositClabe: z.string().meta({ description: 'Whole for those who may give commands.' }),
    userId: ID.nullable(),
    sender: z.strictObject({ clabe: z.string().nullable(), name: z.string().nullable() }),
    trackingKey: z.string().nullable(),
    isReturn: z.boolean().meta({ description: 'Juno or Bitso calls it a payout that came back.' }),
    seenIn: z.array(z.string()).meta({ description: 'The lists that show it.' }),
    sameAs: z.string().nullable().meta({ description: 'The deposit whose money it is, where two lists show one.' }),
    suspenseReason: z.enum(SUSPENSE_REASONS).nullable(),
    payments: z
      .array(z.strictObject({ id: ID, legId: ID.nullable(), amount: PESOS_TEXT }))
      .meta({ description: 'Whose money it became; a leg where it brought back what that had paid.' }),
    issuanceId: z.string().nullable().meta({ description: 'The transaction in which Juno made MXNB of it.' }),
    seenAt: TIME.meta({ description: 'When it was first seen.' }),
    takenAt: TIME.nullable(),
  })
  .meta({ id: 'Deposit' });

export const LIST_DEPOSITS = question({
  ...{ id: 'listDeposits', method: 'get', path: '/deposits', tag, roles: ROLES },
  summary: 'Every deposit that Juno showed and what became of it, newest first',
  query: z.strictObject({
    limit: LIMIT,
    cursor: cursor((id) => id !== '').optional(),
    status: z.enum(DEPOSIT_STATUSES, 'is not what becomes of a deposit').optional(),
    userId: z.uuid('is not the id of a user').optional(),
    trackingKey: z.string().trim().min(1, 'is empty').max(60, 'has more than 60 characters').optional(),
  }),
  answer: z.strictObject({ items: z.array(DEPOSIT), nextCursor: NEXT }),
});
export const GET_DEPOSIT = question({
  ...{ id: 'getDeposit', method: 'get', path: '/deposits/{id}', tag, roles: ROLES },
  summary: 'One of them: which payment took it, or why it is in suspense',
  answer: DEPOSIT,
});
