import { z } from 'zod';
import { FEE_BEARERS, FEE_KINDS } from '../../payment/split.ts';
import { LEG_KINDS, LEG_STATES, PAYMENT_KINDS, RAILS, RELEASE_POLICIES } from '../../payment/states.ts';
import { CANCEL_PAYMENT as CANCELLING, PAYMENT_TERMS } from '../../payment/terms.ts';
import { COMMANDERS, ROLES } from '../../people/roles.ts';
import { command, question } from './declare.ts';
import { DISPUTE_SUMMARY } from './disputes.ts';
import { EXPORTED } from './exported.ts';
import { ID, LIMIT, NEXT, numbered, PESOS_TEXT, TIME } from './shapes.ts';

const tag = 'Payments';
const STATUS = z
  .enum([...LEG_STATES, 'needs_attention', 'on_hold'], 'is not a status of a payment')
  .meta({ id: 'PaymentStatus' });
const CLABE = z.string().meta({ description: 'Whole for those who may give commands.' });
const ACCOUNT = z
  .strictObject({ clabe: CLABE, legalName: z.string(), isVerified: z.boolean() })
  .meta({ id: 'Account' });
/** What it was asked for with, and how it stands. */
export const PAYMENT = z
  .strictObject({
    id: ID,
    number: z.int(),
    payerId: ID,
    recipientId: ID,
    amount: PESOS_TEXT.meta({ description: 'What was agreed on.' }),
    deposit: PESOS_TEXT.meta({ description: 'What the payer sends: with the fees that the payer bears.' }),
    currency: z.literal('MXN'),
    custodyBasisPoints: z.int(),
    custodySeconds: z.int(),
    release: z.enum(RELEASE_POLICIES),
    fees: z.array(
      z.strictObject({
        legId: ID,
        kind: z.enum(FEE_KINDS),
        bearer: z.enum(FEE_BEARERS),
        basisPoints: z.int().nullable(),
        fixed: PESOS_TEXT.nullable(),
        amount: PESOS_TEXT,
      }),
    ),
    concept: z.string(),
    kind: z.enum(PAYMENT_KINDS),
    depositClabe: CLABE.nullable(),
    createdAt: TIME,
    expiresAt: TIME,
    status: STATUS,
  })
  .meta({ id: 'Payment' });
const LEG = z
  .strictObject({
    id: ID,
    kind: z.enum(LEG_KINDS),
    state: z.enum(LEG_STATES),
    since: TIME,
    amount: PESOS_TEXT,
    rail: z.enum(RAILS),
    replaces: ID.nullable(),
    payout: ACCOUNT,
    escrow: z.strictObject({
      reference: z.string().nullable(),
      contract: z.string().nullable(),
      id: z.string().nullable(),
      deadline: TIME.nullable(),
    }),
    attention: z
      .strictObject({ code: z.string(), sentence: z.string().nullable(), owner: z.string().nullable() })
      .nullable(),
  })
  .meta({ id: 'Leg' });
const LINE = z
  .strictObject({
    at: TIME,
    source: z.enum(['leg', 'effect', 'evidence', 'ledger', 'approval', 'dispute', 'transaction', 'person']),
    what: z.string(),
    detail: z
      .record(z.string(), z.unknown())
      .meta({ description: 'What a machine or an engineer wants to know besides.' }),
  })
  .meta({ id: 'TimelineLine' });
const SHOWN = z
  .strictObject({
    ...PAYMENT.shape,
    refund: ACCOUNT.nullable().meta({ description: 'The payer’s own account that money goes back to.' }),
    legs: z.array(LEG),
    holds: z.array(
      z.strictObject({
        kind: z.enum(['hold', 'dispute']),
        reasonCode: z.string(),
        sentence: z.string(),
        owner: z.string(),
        openedAt: TIME,
      }),
    ),
    disputes: z.array(DISPUTE_SUMMARY),
    timeline: z.array(LINE),
  })
  .meta({ id: 'PaymentWithTimeline' });
export const PREVIEW = z
  .strictObject({
    currency: z.literal('MXN'),
    amount: PESOS_TEXT,
    rounding: z.strictObject({ rule: z.literal('down'), sentence: z.string() }),
    payer: z.strictObject({ sends: PESOS_TEXT, ofWhichFees: PESOS_TEXT }),
    recipient: z.strictObject({ gets: PESOS_TEXT, atOnce: PESOS_TEXT, afterCustody: PESOS_TEXT }),
    legs: z.array(
      z.strictObject({
        kind: z.enum(['custody', 'immediate', 'commission']),
        to: z.enum(['recipient', ...FEE_KINDS]),
        amount: PESOS_TEXT,
        paid: z.enum(['at_once', 'after_custody']),
        isAccrued: z.boolean(),
        sentence: z.string(),
      }),
    ),
    fees: z.array(z.strictObject({ kind: z.enum(FEE_KINDS), bearer: z.enum(FEE_BEARERS), amount: PESOS_TEXT })),
    accrued: PESOS_TEXT,
  })
  .meta({ id: 'Preview' });
export type Preview = z.output<typeof PREVIEW>;
const LEG_STATE = z.enum(LEG_STATES, `is not a state of a leg: ${LEG_STATES.join(', ')}`);
const DATE = z.iso.date('is a day such as 2026-11-27');
const USER_ID = z.guid('is not the id of a user');
/** Which payments. */
const WHICH = {
  status: STATUS.optional(),
  legState: z
    .string()
    .max(300, 'is too long')
    .transform((text) => text.split(','))
    .pipe(z.array(LEG_STATE))
    .optional()
    .meta({
      description:
        'With a leg in one of these states, with commas between them; whatever the payment’s own status is, which a hold or a question for a person hides them behind.',
    }),
  kind: z.enum(PAYMENT_KINDS, 'is escrow, refund or settlement').optional(),
  from: DATE.optional().meta({ description: 'Asked for on this day or later, in Mexico City.' }),
  to: DATE.optional().meta({ description: 'And on this day or earlier.' }),
  payerId: USER_ID.optional(),
  recipientId: USER_ID.optional(),
  beneficiaryId: USER_ID.optional().meta({ description: 'Whom a commission of it is for.' }),
};
const CANCELLED = z.strictObject({ id: ID, deposit: PESOS_TEXT, legs: z.int(), status: z.literal('closed') });

export const CREATE_PAYMENT = command({
  ...{ id: 'createPayment', method: 'post', path: '/payments', tag, roles: COMMANDERS, status: 201 },
  summary: 'Create a payment that waits for the payer’s deposit',
  body: PAYMENT_TERMS,
  answer: PAYMENT,
});
export const PREVIEW_PAYMENT = question({
  ...{ id: 'previewPayment', method: 'post', path: '/payments/preview', tag, roles: ROLES },
  summary: 'What a payment would come to: every leg to the centavo. Nothing is created',
  body: PAYMENT_TERMS,
  answer: PREVIEW,
});
export const LIST_PAYMENTS = question({
  ...{ id: 'listPayments', method: 'get', path: '/payments', tag, roles: ROLES },
  summary: 'Payments, newest first. With a status, a page may be short and still have a next one',
  query: z.strictObject({
    limit: LIMIT,
    cursor: numbered('p').optional(),
    ...WHICH,
  }),
  answer: z.strictObject({ payments: z.array(PAYMENT), nextCursor: NEXT }),
});
export const EXPORT_PAYMENTS = question({
  ...{ id: 'exportPayments', method: 'get', path: '/exports/payments', tag, roles: ROLES },
  summary: `The same as CSV: the newest ${EXPORTED} that fit. Of a full page the last number, behind a p, is the cursor of the next`,
  query: z.strictObject({ cursor: numbered('p').optional(), ...WHICH }),
  media: 'text/csv',
  answer: z.string(),
});
export const GET_PAYMENT = question({
  ...{ id: 'getPayment', method: 'get', path: '/payments/{id}', tag, roles: ROLES },
  summary: 'One payment, by its id or number, with all that happened to it',
  answer: SHOWN,
});
export const WHY_PAYMENT = question({
  ...{ id: 'whyPayment', method: 'get', path: '/payments/{id}/why', tag, roles: ROLES },
  summary: 'What it waits for and until when, and what there is to do',
  answer: z.strictObject({
    id: ID,
    status: STATUS,
    decision: z.string(),
    sentence: z.string(),
    toDo: z.string().nullable(),
    looksAgainAt: TIME.nullable(),
    attention: z.strictObject({ code: z.string(), owner: z.string() }).nullable(),
  }),
});
export const CANCEL_PAYMENT = command({
  ...{ id: 'cancelPayment', method: 'post', path: '/payments/{id}/cancel', tag, roles: COMMANDERS, status: 200 },
  summary: 'Call a payment off that has no deposit, or whose deposit Juno sent back',
  body: CANCELLING,
  answer: CANCELLED,
  plan: CANCELLED.omit({ status: true }),
});
