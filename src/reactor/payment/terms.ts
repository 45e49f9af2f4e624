/** What a payment is asked for with. Every field that is wrong is told at once; nothing here asks anybody. */
import { z } from 'zod';
import { bankOf } from '../../money/banks.ts';
import { ClabeError, parseClabe } from '../../money/clabe.ts';
import { formatMoney, parseDecimal, WHOLE_BASIS_POINTS } from '../../money/money.ts';
import { GIVEN_REASON, PERSON_NAME, PESOS, REASON } from '../people/words.ts';
import { JUNO_MINIMUM } from './minimum.ts';
import { FEE_BEARERS, FEE_KINDS, type Fee, split } from './split.ts';
import { RAILS, RELEASE_POLICIES } from './states.ts';

const DAY_S = 24 * 3600;
const MAX_CUSTODY_S = 10 * 365 * DAY_S;
const MAX_EXPIRY_S = 30 * DAY_S;
const MOST_BROKERS = 10;

const USER_ID = z.uuid('is not the id of a user');

const AMOUNT = z
  .string('is a text of pesos such as "1500.00"')
  .regex(
    /^-?\d{1,9}(\.\d+)?$/,
    'is a plain decimal number of pesos such as "1500.00", with at most 9 digits before the point',
  )
  .refine((text) => !/\.\d{3,}$/.test(text), 'has more than two decimals: a peso has 100 centavos')
  .transform((text, ctx) => {
    const [whole = '0', fraction = ''] = text.split('.');
    const plain = `${whole.replace(/^(-?)0+(?=\d)/, '$1')}${fraction === '' ? '' : `.${fraction}`}`;
    const amount = parseDecimal('MXN', plain);
    if (amount.units < JUNO_MINIMUM.units) {
      ctx.addIssue({
        code: 'custom',
        message: `is under ${formatMoney(JUNO_MINIMUM)}, the least that Juno issues and redeems`,
      });
      return z.NEVER;
    }
    return amount;
  });

const PAYOUT_CLABE = z.string('is missing').transform((text, ctx) => {
  try {
    const clabe = parseClabe(text);
    if (bankOf(clabe) !== null) return clabe;
    ctx.addIssue({
      code: 'custom',
      message: `begins with ${clabe.slice(0, 3)}, the code of no bank that SPEI reaches`,
    });
    return z.NEVER;
  } catch (error) {
    if (!(error instanceof ClabeError)) throw error;
    ctx.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});

const PAYOUT = z.strictObject({
  clabe: PAYOUT_CLABE,
  legalName: PERSON_NAME,
  /** How the pesos leave; a CLABE of prefix 710 can only be reached by `bitso_transfer`. */
  rail: z.enum(RAILS, 'is not a rail').optional(),
});

const BASIS_POINTS = z
  .int('is a whole number of basis points, of which 10000 are the whole')
  .min(0, 'is at least 0')
  .max(WHOLE_BASIS_POINTS, 'is at most 10000, which is the whole');

/** Fees: one of the platform at most, and of up to ten brokers. The platform’s account is a user’s like anybody’s. */
const FEE = z
  .strictObject({
    kind: z.enum(FEE_KINDS, 'is platform or broker'),
    bearer: z.enum(FEE_BEARERS, 'is payer or recipient'),
    basisPoints: BASIS_POINTS.min(1, 'is at least 1').optional(),
    amount: PESOS.optional(),
    beneficiaryId: USER_ID,
    payout: PAYOUT,
  })
  .transform(({ basisPoints, amount, ...fee }, ctx) => {
    if (basisPoints !== undefined && amount === undefined) return { ...fee, basisPoints };
    if (amount !== undefined && basisPoints === undefined) return { ...fee, fixed: amount };
    ctx.addIssue({ code: 'custom', message: 'is either of so many basisPoints or of a fixed amount' });
    return z.NEVER;
  });

export const FEES = z
  .array(FEE, 'is a list of fees')
  .max(1 + MOST_BROKERS, `has more than ${1 + MOST_BROKERS} fees`)
  .refine((fees) => fees.filter(({ kind }) => kind === 'platform').length <= 1, 'has more than one fee of the platform')
  .refine(
    (fees) => fees.filter(({ kind }) => kind === 'broker').length <= MOST_BROKERS,
    `has more than ${MOST_BROKERS} commissions of brokers`,
  )
  .default([]);

/** What lets a leg out of its custody. Whether the contract in use can keep it is asked where the contract is known. */
const RELEASE = z.enum(RELEASE_POLICIES, `is one of ${RELEASE_POLICIES.join(', ')}`).default('date');

/** The fields that standing terms share with a payment that is asked for. */
const SHARED = {
  recipientId: USER_ID,
  payout: PAYOUT,
  /** Where the payer’s money goes back to, an account of the payer’s own. */
  refund: PAYOUT.optional(),
  custodyBasisPoints: BASIS_POINTS.default(WHOLE_BASIS_POINTS),
  custodySeconds: z
    .int('is a whole number of seconds')
    .min(1, 'is more than 0 seconds')
    .max(MAX_CUSTODY_S, 'is at most 10 years (315,360,000 seconds)')
    .optional(),
  release: RELEASE,
  fees: FEES,
  concept: z
    .string('is missing')
    .regex(/^[A-Za-z0-9 ]{1,40}$/, 'has 1 to 40 ASCII letters, digits and spaces')
    .refine((text) => !/\d(?: ?\d){17}/.test(text), 'has eighteen digits, as a CLABE has'),
};

export const TERM_FIELDS = { amount: AMOUNT, ...SHARED };

/** Told beside whatever else is wrong: these look at fields that may be wrong themselves, and then say nothing. */
const BESIDE = { when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null };

type Custody = { custodyBasisPoints?: unknown; custodySeconds?: unknown };
export const CUSTODY_MISSING = {
  is: ({ custodyBasisPoints, custodySeconds }: Custody) =>
    custodySeconds !== undefined || !(custodyBasisPoints === undefined || Number(custodyBasisPoints) > 0),
  params: { path: ['custodySeconds'], message: 'is a whole number of seconds', ...BESIDE },
};
export const CUSTODY_UNUSED = {
  is: ({ custodyBasisPoints, custodySeconds }: Custody) => custodySeconds === undefined || custodyBasisPoints !== 0,
  params: { path: ['custodySeconds'], message: 'is for a payment of which a share is in custody', ...BESIDE },
};

export const PAYMENT_TERMS = z
  .strictObject({
    payerId: USER_ID,
    ...TERM_FIELDS,
    expiresInSeconds: z
      .int('is a whole number of seconds')
      .min(1, 'is more than 0 seconds')
      .max(MAX_EXPIRY_S, 'is at most 30 days (2,592,000 seconds)')
      .default(3 * DAY_S),
    reason: REASON,
  })
  .refine(CUSTODY_MISSING.is, CUSTODY_MISSING.params)
  .refine(CUSTODY_UNUSED.is, CUSTODY_UNUSED.params)
  .superRefine((terms, ctx) => {
    // What is wrong in itself is not split.
    if (ctx.issues.length > 0) return;
    const parts = split(terms);
    if (!Array.isArray(parts)) return;
    for (const { field, message } of parts) ctx.addIssue({ code: 'custom', path: [field], message });
  });

export type PaymentTerms = z.output<typeof PAYMENT_TERMS>;
export type FeeTerms = z.output<typeof FEE> & Fee;
export type Payout = z.output<typeof PAYOUT>;

export const CANCEL_PAYMENT = z.strictObject({ reason: GIVEN_REASON });
