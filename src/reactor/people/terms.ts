/** What is asked for users, and what is said of them. */
import { z } from 'zod';
import { centavos, compare } from '../../money/money.ts';
import { split } from '../payment/split.ts';
import { CUSTODY_MISSING, CUSTODY_UNUSED, TERM_FIELDS } from '../payment/terms.ts';
import { BLACKLIST_STATES, KYC_STATES } from './screening-states.ts';
import { GIVEN_REASON, PERSON_NAME, REASON } from './words.ts';

export const USER_TERMS = z.strictObject({
  fullName: PERSON_NAME,
  email: z.email('is not an e-mail address').max(254, 'has more than 254 characters'),
  reason: REASON,
});

const { amount, ...SHARED } = TERM_FIELDS;

/** Each part of the least deposit is at least this, so that the rounding of no larger one leaves a part with nothing. */
const LEAST_PART = centavos(100n);

/** What a deposit that nobody asked for becomes. The amounts are those that it may have. */
export const STANDING_TERMS = z
  .strictObject({ ...SHARED, minimum: amount, maximum: amount, reason: GIVEN_REASON })
  .refine(({ minimum, maximum }) => compare(maximum, minimum) >= 0, {
    path: ['maximum'],
    message: 'is less than the minimum',
  })
  .refine(CUSTODY_MISSING.is, CUSTODY_MISSING.params)
  .refine(CUSTODY_UNUSED.is, CUSTODY_UNUSED.params)
  .superRefine(({ fees, minimum, custodyBasisPoints }, ctx) => {
    if (ctx.issues.length > 0) return;
    const complain = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message });
    // Who pays in unasked sends what he likes: there is nothing to add a fee to.
    if (fees.some(({ bearer }) => bearer === 'payer')) {
      complain('fees', 'are borne by the recipient where nobody asks for the deposit');
      return;
    }
    const parts = split({ amount: minimum, custodyBasisPoints, fees });
    if (Array.isArray(parts)) {
      for (const { field, message } of parts) complain(field, message);
      return;
    }
    const { custody, immediate } = parts;
    const isSmall = (part: typeof custody) => part.units > 0n && compare(part, LEAST_PART) < 0;
    if (isSmall(custody) || (custody.units === 0n && isSmall(immediate)))
      complain('minimum', 'leaves less than a peso for a part of the recipient’s');
  });

export const STOP_TERMS = z.strictObject({ reason: GIVEN_REASON });

export const SCREENING = z.strictObject({
  kyc: z.enum(KYC_STATES, `is one of ${KYC_STATES.join(', ')}`),
  blacklist: z.enum(BLACKLIST_STATES, `is one of ${BLACKLIST_STATES.join(', ')}`),
  checkedAt: z.iso
    .datetime({ offset: true, error: 'is a moment such as 2026-01-31T12:00:00Z' })
    .transform((text) => new Date(text)),
  reference: z
    .string('is missing')
    .regex(
      /^[\x21-\x7e]{1,100}$/,
      'is the source’s own name of the check: up to 100 visible ASCII characters, no name of a person',
    ),
});
