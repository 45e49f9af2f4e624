import { z } from 'zod';
import { APPEAL as APPEALING, GIVE_EVIDENCE, OPEN_DISPUTE as OPENING, PROPOSE_OUTCOME } from '../../disputes/terms.ts';
import {
  DISPUTE_OPENERS,
  DISPUTE_OUTCOMES,
  DISPUTE_SIDES,
  DISPUTE_STATES,
  DISPUTE_VOICES,
} from '../../payment/disputed.ts';
import { COMMANDERS, ON_DUTY, ROLES } from '../../people/roles.ts';
import { command, question } from './declare.ts';
import { MONEY, PART } from './proposed-money.ts';
import { BY_ID, CURSOR_OF_ID, ID, LONG_LIMIT, NEXT_IF, PESOS_TEXT, TIME } from './shapes.ts';

const tag = 'Disputes';
export const DISPUTE_SUMMARY = z
  .strictObject({
    id: ID,
    paymentId: ID,
    openedBy: z.enum(DISPUTE_OPENERS),
    reasonCode: z.string(),
    state: z.enum(DISPUTE_STATES),
    openedAt: TIME,
    appealableUntil: TIME.nullable(),
    finalAt: TIME.nullable(),
  })
  .meta({ id: 'DisputeSummary' });
const HELD = z.strictObject({ ...PART.shape, note: z.string() }).meta({ id: 'HeldPart' });
const DISPUTE = z
  .strictObject({
    ...DISPUTE_SUMMARY.shape,
    statement: z.string().meta({ description: 'What people said is shown to those who may give commands.' }),
    evidence: z.array(
      z.strictObject({
        id: ID,
        by: z.enum(DISPUTE_VOICES),
        text: z.string(),
        at: TIME,
        files: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
      }),
    ),
    resolutions: z.array(
      z.strictObject({
        id: ID,
        proposal: ID,
        outcome: z.enum(DISPUTE_OUTCOMES),
        at: TIME,
        payerBasisPoints: z.int().nullable(),
        payerAmount: PESOS_TEXT.nullable(),
        appealableUntil: TIME,
        appeal: z.strictObject({ by: z.enum(DISPUTE_SIDES), text: z.string(), at: TIME }).nullable(),
      }),
    ),
    held: z.array(z.strictObject({ ...HELD.shape, isFrozenOnChain: z.boolean() })),
    left: z.array(PART),
  })
  .meta({ id: 'Dispute' });
const OPENED = z.strictObject({ id: ID, paymentId: ID, held: z.array(HELD), left: z.array(PART) });
const APPEALED = z.strictObject({ id: ID, paymentId: ID });
const OUTCOME = z.strictObject({
  outcome: z.enum(DISPUTE_OUTCOMES),
  toPayer: PESOS_TEXT,
  toOthers: PESOS_TEXT,
  shares: z.array(z.strictObject({ legId: ID, toPayer: PESOS_TEXT })),
  to: z.string().nullable().meta({ description: 'The payer’s account, masked; null where nothing goes back.' }),
});

export const LIST_DISPUTES = question({
  ...{ id: 'listDisputes', method: 'get', path: '/disputes', tag, roles: ROLES },
  summary: 'Disputes that are not final, newest first; with `payment` all that ever were of one',
  query: z.strictObject({
    payment: z.string().max(40, 'is too long').optional(),
    limit: LONG_LIMIT,
    cursor: CURSOR_OF_ID.optional(),
  }),
  answer: z.strictObject({
    disputes: z.array(
      z.strictObject({
        ...DISPUTE_SUMMARY.shape,
        number: z.int().meta({ description: 'Of its payment.' }),
        amount: PESOS_TEXT.meta({ description: 'What stays where it is.' }),
      }),
    ),
    nextCursor: NEXT_IF,
  }),
});
export const GET_DISPUTE = question({
  ...{ id: 'getDispute', method: 'get', path: '/disputes/{id}', tag, roles: ROLES },
  summary: 'One of them: what each side says, what was decided, where the money is',
  answer: DISPUTE,
});
export const OPEN_DISPUTE = command({
  ...{ id: 'openDispute', method: 'post', path: '/disputes', tag, roles: ON_DUTY, status: 201 },
  summary: 'Dispute a payment, at once: its money stays where it is',
  body: OPENING,
  answer: OPENED,
  plan: OPENED.omit({ id: true }),
});
export const ADD_EVIDENCE = command({
  ...{ id: 'addEvidence', method: 'post', path: '/disputes/{id}/evidence', tag, roles: ON_DUTY, status: 201 },
  summary: 'Add what a side shows',
  body: GIVE_EVIDENCE,
  answer: BY_ID,
  plan: BY_ID,
});
export const APPEAL = command({
  ...{ id: 'appeal', method: 'post', path: '/disputes/{id}/appeals', tag, roles: ON_DUTY, status: 201 },
  summary: 'Open a decided dispute again: once a side, and in time',
  body: APPEALING,
  answer: APPEALED,
  plan: APPEALED,
});
export const RESOLVE_DISPUTE = command({
  ...{ id: 'proposeOutcome', method: 'post', path: '/disputes/{id}/proposals', tag, roles: COMMANDERS, status: 201 },
  proposes: true,
  summary: 'Propose how a dispute is decided; a second person decides it',
  body: PROPOSE_OUTCOME,
  answer: z.strictObject({ id: ID, ...OUTCOME.shape }),
  plan: z.strictObject({ ...OUTCOME.shape, money: MONEY }),
});
