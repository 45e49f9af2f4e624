/** What people ask and say in a dispute. */
import { z } from 'zod';
import {
  DISPUTE_LIMITS,
  DISPUTE_OUTCOMES,
  DISPUTE_REASON,
  DISPUTE_SIDES,
  DISPUTE_VOICES,
} from '../payment/disputed.ts';
import { PAYMENT_TERMS } from '../payment/terms.ts';
import { GIVEN_REASON, PESOS } from '../people/words.ts';

/** What a side says: personal data, kept apart from what is kept for ever. */
const SAYING = z
  .string('is missing')
  .trim()
  .min(1, 'is empty')
  .max(DISPUTE_LIMITS.text, `has more than ${DISPUTE_LIMITS.text} characters`);

export const OPEN_DISPUTE = z.strictObject({
  payment: z.string('is the id or number of a payment').max(40, 'is too long'),
  by: z.enum(DISPUTE_VOICES, `is one of ${DISPUTE_VOICES.join(', ')}`),
  reasonCode: z.string('is missing').regex(DISPUTE_REASON, 'is a word such as not_received: it is public on the chain'),
  statement: SAYING,
  reason: GIVEN_REASON,
});

const FILE = z.strictObject({
  name: z
    .string('is the name of a file')
    .trim()
    .min(1, 'is empty')
    .max(DISPUTE_LIMITS.fileName, `has more than ${DISPUTE_LIMITS.fileName} characters`),
  sha256: z.string('is missing').regex(/^[0-9a-f]{64}$/, 'is 64 hex digits: the SHA-256 of its bytes'),
});

export const GIVE_EVIDENCE = z.strictObject({
  by: z.enum(DISPUTE_VOICES, `is one of ${DISPUTE_VOICES.join(', ')}`),
  text: SAYING,
  files: z.array(FILE).max(DISPUTE_LIMITS.files, `names more than ${DISPUTE_LIMITS.files} files`).default([]),
  reason: GIVEN_REASON,
});

export const APPEAL = z.strictObject({
  by: z.enum(DISPUTE_SIDES, `is one of ${DISPUTE_SIDES.join(', ')}`),
  text: SAYING,
  reason: GIVEN_REASON,
});

export const PAYER_ACCOUNT = PAYMENT_TERMS.shape.payout.omit({ rail: true });

export const PROPOSE_OUTCOME = z.strictObject({
  outcome: z.enum(DISPUTE_OUTCOMES, `is one of ${DISPUTE_OUTCOMES.join(', ')}`),
  /** Of a split. */
  payer: z
    .union([z.strictObject({ basisPoints: z.int().min(1).max(9_999) }), z.strictObject({ amount: PESOS })], {
      error: 'is {"basisPoints": 1 to 9999} or {"amount": pesos}',
    })
    .optional(),
  /** An account of the payer's own; that of the payment's terms where it is left out. */
  payout: PAYER_ACCOUNT.optional(),
  reason: GIVEN_REASON,
});
