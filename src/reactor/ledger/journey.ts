import { type Money, negate, toMxnb } from '../../money/money.ts';
import type { LegKind } from '../payment/states.ts';
import type { Account } from './accounts.ts';

/** One line of an entry: a debit is positive, a credit negative. The owner is the entry's payment unless another is named. */
export type Posting = Readonly<{ account: Account; amount: Money; owner?: string }>;

/** Whose books a posting is in, when it is no payment's. */
export const OWNERS = {
  general: 'general',
  payoutAccount: (destinationId: string) => `destination:${destinationId}`,
} as const;

const move = <M extends Money>(amount: M, from: Account, to: Account): Posting[] => [
  { account: from, amount: negate(amount) as M },
  { account: to, amount },
];

/**
 * What the books say at each step of the journey of `amount` pesos. Each is zero in each currency, and all of them together
 * leave every account at zero.
 */
export const JOURNEY = {
  deposit: (amount) => move(amount, 'liability', 'spei_in'),
  issuance: (amount) => [...move(amount, 'spei_in', 'conversion'), ...move(toMxnb(amount), 'conversion', 'juno_pool')],
  juno_withdrawal: (amount) => move(toMxnb(amount), 'juno_pool', 'in_transit'),
  arrival: (amount) => move(toMxnb(amount), 'in_transit', 'bridge'),
  chain_fund: (amount) => move(toMxnb(amount), 'bridge', 'escrow'),
  chain_release: (amount) => move(toMxnb(amount), 'escrow', 'bridge'),
  chain_return: (amount) => move(toMxnb(amount), 'bridge', 'returning'),
  /** Kustodia's own MXNB, in no payment's books until it is sent to prove the deposit address. */
  chain_probe: (amount) => move(toMxnb(amount), 'own', 'returning'),
  credit: (amount) => move(toMxnb(amount), 'returning', 'juno_pool'),
  juno_redemption: (amount) => [
    ...move(toMxnb(amount), 'juno_pool', 'redeeming'),
    ...move(amount, 'paying_out', 'liability'),
  ],
  payout: (amount) => [...move(toMxnb(amount), 'redeeming', 'conversion'), ...move(amount, 'conversion', 'paying_out')],
  /** A redemption to the Bitso balance: the pesos are there and still have to be paid out. */
  bitso_credit: (amount) => [
    ...move(toMxnb(amount), 'redeeming', 'conversion'),
    ...move(amount, 'conversion', 'bitso'),
  ],
  /** A commission is earned: no longer its payer's and recipient's, and not paid yet. */
  earned: (amount) => move(amount, 'commission', 'liability'),
  /** Its leg is replaced or closed: what takes its place may be no commission, and earns it anew where it is one. */
  unearned: (amount) => move(amount, 'liability', 'commission'),
  bitso_payout: (amount) => move(amount, 'bitso', 'paying_out'),
  /** A payout that came back: the pesos are with us again, and owed again. */
  payout_return: (amount) => move(amount, 'liability', 'returned'),
  /** Juno made MXNB of pesos that came back. */
  return_issuance: (amount) => [
    ...move(amount, 'returned', 'conversion'),
    ...move(toMxnb(amount), 'conversion', 'juno_pool'),
  ],
  /** A deposit that no payment claims: owed to nobody known yet. */
  suspense: (amount) => move(amount, 'suspense', 'spei_in'),
  /** Juno sent such a deposit back instead of issuing MXNB for it. */
  sent_back: (amount) => move(amount, 'spei_in', 'suspense'),
  /** The same two for pesos that came back from a payout that nobody can name. */
  suspense_return: (amount) => move(amount, 'suspense', 'returned'),
  return_sent_back: (amount) => move(amount, 'returned', 'suspense'),
} as const satisfies Record<string, (amount: Money<'MXN'>) => Posting[]>;

/** Where the books have what is owed to a leg: a commission has an account of its own from when it is earned. */
export const owedIn = (kind: LegKind): 'liability' | 'commission' =>
  kind === 'commission' ? 'commission' : 'liability';

/** What a step of a leg writes: as in the journey, with what is owed in the account of its kind. */
export const postingsFor = (kind: LegKind, step: JourneyStep, amount: Money<'MXN'>): Posting[] =>
  JOURNEY[step](amount).map((posting) =>
    OF_LEG.has(step) && posting.account === 'liability' ? { ...posting, account: owedIn(kind) } : posting,
  );
/** Steps of a leg's own; what comes before them is the payment's. */
const OF_LEG: ReadonlySet<JourneyStep> = new Set(['juno_redemption', 'payout_return']);

/** Money and what is owed for it pass from one owner to another, both in the MXNB of Juno's pool. */
export const handOver = (
  amount: Money<'MXN'>,
  from: { account: 'suspense' | 'liability' | 'commission' | 'payable'; owner?: string },
  to: { account: 'suspense' | 'liability' | 'payable'; owner?: string },
): Posting[] => [
  { ...from, amount },
  { ...to, amount: negate(amount) },
  { ...from, account: 'juno_pool', amount: negate(toMxnb(amount)) },
  { ...to, account: 'juno_pool', amount: toMxnb(amount) },
];

/** Pesos that came back to the Bitso balance, and are paid out from there again. */
export const backAtBitso = (amount: Money<'MXN'>): Posting[] => [
  ...move(amount, 'paying_out', 'liability'),
  ...move(amount, 'returned', 'bitso'),
];

/** What a person paid by hand from Kustodia's own account: it has the money that was to pay it, and owes itself. */
export const takeOver = (
  amount: Money<'MXN'>,
  { owed, at }: Readonly<{ owed: 'liability' | 'paying_out'; at: 'juno' | 'bitso' | 'escrow' }>,
): Posting[] => {
  const held = at === 'bitso' ? amount : toMxnb(amount);
  const account = at === 'juno' ? 'juno_pool' : at;
  return [
    { account: owed, amount },
    { account: 'own', owner: OWNERS.general, amount: negate(amount) },
    { account, amount: negate(held) },
    { account, owner: OWNERS.general, amount: held },
  ];
};

/** MXNB of Kustodia's own that an escrow paid to a stranger: its own account bears that nobody has them. */
export const lossFromEscrow = (amount: Money<'MXN'>): Posting[] =>
  [...move(toMxnb(amount), 'escrow', 'conversion'), ...move(amount, 'conversion', 'own')].map((posting) => ({
    ...posting,
    owner: OWNERS.general,
  }));

/** Takes an entry back: the same lines, each with the other sign. */
export const reverse = (postings: readonly Posting[]): Posting[] =>
  postings.map((posting) => ({ ...posting, amount: negate(posting.amount) }));

export type JourneyStep = keyof typeof JOURNEY;

/** The sum of postings in each currency: all zero for a sound entry. */
export function totals(postings: readonly Posting[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { amount } of postings) sums.set(amount.currency, (sums.get(amount.currency) ?? 0n) + amount.units);
  return sums;
}
