/** What people ask of a deposit in suspense. */
import { z } from 'zod';
import type { Clabe } from '../../money/clabe.ts';
import type { Money } from '../../money/money.ts';
import { PAYMENT_TERMS } from '../payment/terms.ts';
import { GIVEN_REASON, PERSON_NAME, PESOS } from '../people/words.ts';

/** Where money goes back to. */
export type RefundTo = Readonly<{ clabe: Clabe; legalName: string }>;

export const MOST_PARTS = 20;

const ACCOUNT = PAYMENT_TERMS.shape.payout;

const PAYMENT_ID = z.uuid('is not the id of a payment');

export const ASSIGN_TERMS = z.strictObject({ paymentId: PAYMENT_ID, reason: GIVEN_REASON });

export const REFUND_TERMS = z.strictObject({
  clabe: ACCOUNT.shape.clabe.optional(),
  legalName: PERSON_NAME.optional(),
  reason: GIVEN_REASON,
});

export const SPLIT_TERMS = z.strictObject({
  parts: z
    .array(
      z
        .strictObject({ paymentId: PAYMENT_ID.optional(), refund: ACCOUNT.optional(), amount: PESOS.optional() })
        .transform((part, ctx): Part => {
          const { paymentId, refund, amount } = part;
          if (paymentId && !refund && !amount) return { paymentId };
          if (refund && amount && !paymentId) return { refund, amount };
          ctx.addIssue({ code: 'custom', message: 'is either a paymentId alone, or a refund with its amount' });
          return z.NEVER;
        }),
      'is a list of parts',
    )
    .min(2, 'has fewer than two parts: use assign or refund for the whole deposit')
    .max(MOST_PARTS, `has more than ${MOST_PARTS} parts`),
  reason: GIVEN_REASON,
});

/** A part of a deposit: all that a payment waits for, or so much back to an account. */
export type Part = Readonly<{ paymentId: string }> | Readonly<{ refund: RefundTo; amount: Money<'MXN'> }>;

/**
 * `not_issued`: pesos still; `open`: MXNB that waits for a person; `given`: to payments; `sent_back`: by Juno itself;
 * `explained`: it turned out to be a deposit, a transaction or a return that is booked as such.
 */
export const SUSPENSE_STATUSES = ['not_issued', 'open', 'given', 'sent_back', 'explained'] as const;

export type SuspenseStatus = (typeof SUSPENSE_STATUSES)[number];
