/** Whose money a deposit is. Pure: no input or output, clock or randomness; total over every deposit. */

export type Deposit = Readonly<{
  id: string;
  clabe: string;
  amount: bigint;
  /** When it was first seen, in epoch milliseconds: among interchangeable ones the earlier comes first. */
  seenAt: number;
  /** Juno says that it is money of a payout that came back. */
  isRefund: boolean;
  /** Everything by which Juno or Bitso names the payout that came back: tracking key, wid, origin_id. */
  refundOf: readonly string[];
  /** Those of them that are of a kind which every rail has: SPEI's key of the payout, and the name that its maker gave it. */
  refundKey?: string | null | undefined;
  refundOrigin?: string | null | undefined;
  /** Its own: a return may come under the tracking key of what it brings back, or under one of its own. */
  trackingKey?: string | null;
  /** Only Juno's history of movements shows it; whether it is a deposit is not known. */
  isUnexplained: boolean;
  /** As shown, which may be masked by asterisks (P/payload-funding). */
  senderClabe: string | null;
}>;
/** A payment that waits for its deposit. */
export type OpenPayment = Readonly<{ id: string; clabe: string; amount: bigint }>;
/** A leg that was paid out, is being paid out, or whose payout failed, and that no deposit is the return of. */
export type Payout = Readonly<{
  legId: string;
  paymentId: string;
  /** The attempt that paid it: a return is of this one and of no later one. */
  effectId: string | null;
  amount: bigint;
  /** Where it was sent. */
  clabe: string;
  /** Everything that the rail knows it by. */
  names: readonly string[];
  /** Those of them that are SPEI's own, and those that we gave it. */
  trackingKeys: readonly string[];
  originIds: readonly string[];
  /** Its rail called it failed before it listed what came back: the books have those pesos already. */
  isVoided?: boolean;
  /** Only a bank redemption may be told by its parties: whatever Bitso paid, Bitso names. */
  isNameless: boolean;
}>;
export type Terms = Readonly<{ id: string; minimum: bigint; maximum: bigint }>;

export type MatchFacts = Readonly<{
  /** The least that Juno issues, in centavos; it sends back whatever is less (J/issuance). */
  minimum: bigint;
  /** CLABEs of users, each with its standing terms; null where there are none, or where recent payments bar them. */
  clabes: ReadonlyMap<string, Terms | null>;
  open: readonly OpenPayment[];
  /**
   * Payments of the last days: `unpaid`, because they expired or were cancelled without a deposit, or `paid` by one. Standing terms make a payment of the same amount
   * again and again; somebody `asked` for the other ones, once each.
   */
  past: readonly Readonly<{ clabe: string; amount: bigint; was: 'unpaid' | 'paid'; wasAsked: boolean }>[];
  /** What waits in suspense already. */
  held: readonly Readonly<{ clabe: string; amount: bigint }>[];
  payouts: readonly Payout[];
  /** What of the names that these deposits tell is of a payout of ours, whatever became of that. */
  ours: ReadonlySet<string>;
}>;

export const SUSPENSE_REASONS = [
  'unknown_clabe',
  'no_open_payment',
  'over',
  'under',
  'split',
  'late',
  'duplicate_amount',
  'below_minimum',
  'returned',
  'unexplained',
] as const;
export type SuspenseReason = (typeof SUSPENSE_REASONS)[number];

export type Match = Readonly<{ deposit: Deposit }> &
  (
    | Readonly<{ to: 'payment'; payment: OpenPayment }>
    | Readonly<{ to: 'payout'; payout: Payout; isNamed: boolean }>
    | Readonly<{ to: 'terms'; terms: Terms }>
    | Readonly<{ to: 'suspense'; reason: SuspenseReason }>
  );

/** More parts than a person would pay in; bounds the search for sums. */
const MOST_PARTS = 12;
/** Digits that a masked CLABE must show before it can be told from another. */
const LEAST_SHOWN = 4;

/**
 * Gives each deposit to one payment, one payout that came back, standing terms, or suspense; each payment and each payout at most
 * once. A return is never anybody's deposit. The order in which deposits and payments are listed changes nothing.
 */
export function matchDeposits(deposits: readonly Deposit[], facts: MatchFacts): Match[] {
  const inOrder = [...deposits].sort((a, b) => a.seenAt - b.seenAt || (a.id < b.id ? -1 : 1));
  const returns = inOrder.filter((deposit) => deposit.isRefund);
  const unexplained = inOrder.filter((deposit) => !deposit.isRefund && deposit.isUnexplained);
  const others = inOrder.filter((deposit) => !deposit.isRefund && !deposit.isUnexplained);
  const { matches, rest, taken } = matchPayments(others, facts.open);
  const asked = new Set(facts.open.map(({ clabe }) => clabe));
  const after: MatchFacts = {
    ...facts,
    // Who has a payment that waits is paying that one, whatever else arrives beside it.
    clabes: new Map([...facts.clabes].map(([clabe, terms]) => [clabe, asked.has(clabe) ? null : terms])),
    open: facts.open.filter((payment) => !taken.has(payment.id)),
    past: [...facts.past, ...matches.map(({ deposit }) => ({ ...deposit, was: 'paid' as const, wasAsked: true }))],
  };
  return [
    ...matchReturns(returns, facts),
    ...unexplained.map((deposit) => ({ deposit, to: 'suspense', reason: 'unexplained' }) as const),
    ...matches,
    ...rest.map((deposit) => unasked(deposit, rest, after)),
  ];
}

/** First the payouts that are named, then those that only one return can mean. */
function matchReturns(returns: readonly Deposit[], { payouts, ours }: Pick<MatchFacts, 'payouts' | 'ours'>): Match[] {
  const taken = new Map<string, Payout>();
  const take = (deposit: Deposit, fitting: readonly Payout[]) => {
    const [only, ...more] = fitting;
    if (!only || more.length > 0 || [...taken.values()].includes(only)) return;
    taken.set(deposit.id, only);
  };
  const fits = (deposit: Deposit) => payouts.filter((payout) => payout.amount === deposit.amount);
  for (const deposit of returns)
    take(
      deposit,
      fits(deposit).filter(({ names }) =>
        names.some((name) => name === deposit.trackingKey || deposit.refundOf.includes(name)),
      ),
    );
  const named = new Set(taken.values());
  for (const deposit of returns.filter(({ id }) => !taken.has(id)))
    take(
      deposit,
      fits(deposit).filter(
        (payout) =>
          payout.isNameless &&
          payout.isVoided !== true &&
          !named.has(payout) &&
          !isOfAnother(deposit, payout, ours) &&
          cameFrom(deposit, payout.clabe),
      ),
    );
  return returns.map((deposit) => {
    const payout = taken.get(deposit.id);
    return payout
      ? { deposit, to: 'payout', payout, isNamed: named.has(payout) }
      : { deposit, to: 'suspense', reason: 'returned' };
  });
}

/**
 * Whether a return names another payout: one of ours, or one under another name of a kind that is known of this one too. A name of a kind
 * that nobody knows of it says nothing: an id of Bitso's is none of Juno's.
 */
function isOfAnother(deposit: Deposit, payout: Payout, ours: ReadonlySet<string>): boolean {
  const differs = (told: string | null | undefined, known: readonly string[]) =>
    typeof told === 'string' && told !== '' && known.length > 0 && !known.includes(told);
  return (
    differs(deposit.refundKey, payout.trackingKeys) ||
    differs(deposit.refundOrigin, payout.originIds) ||
    deposit.refundOf.some((name) => ours.has(name) && !payout.names.includes(name))
  );
}

/** Whether the sender, as far as it is shown, is the account that the payout went to. */
function cameFrom({ senderClabe }: Deposit, clabe: string): boolean {
  if (senderClabe?.length !== clabe.length) return false;
  const shown = [...senderClabe].flatMap((digit, at) => (digit === '*' ? [] : [digit === clabe[at]]));
  return shown.length >= LEAST_SHOWN && shown.every(Boolean);
}

/** By CLABE and exact amount; creation refuses two open payments that share both, so there is never a choice. */
function matchPayments(deposits: readonly Deposit[], open: readonly OpenPayment[]) {
  const taken = new Set<string>();
  const matches: Match[] = [];
  const rest: Deposit[] = [];
  const payments = [...open].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const deposit of deposits) {
    const payment = payments.find(
      ({ id, clabe, amount }) => clabe === deposit.clabe && amount === deposit.amount && !taken.has(id),
    );
    if (payment) {
      taken.add(payment.id);
      matches.push({ deposit, to: 'payment', payment });
    } else rest.push(deposit);
  }
  return { matches, rest, taken };
}

/** What a deposit that no payment waits for becomes. `rest` are all of its kind, so that two halves find each other. */
function unasked(deposit: Deposit, rest: readonly Deposit[], facts: MatchFacts): Match {
  const { clabe, amount } = deposit;
  const inSuspense = (reason: SuspenseReason): Match => ({ deposit, to: 'suspense', reason });
  const here = <T extends { clabe: string }>(items: readonly T[]) => items.filter((item) => item.clabe === clabe);
  const open = here(facts.open).map((payment) => payment.amount);
  const same = here(facts.past).filter((payment) => payment.amount === amount);
  const terms = facts.clabes.get(clabe);

  if (amount < facts.minimum) return inSuspense('below_minimum');
  if (terms === undefined) return inSuspense('unknown_clabe');
  const isWithin = terms !== null && amount >= terms.minimum && amount <= terms.maximum;
  const isPaidTwice = same.some(({ was, wasAsked }) => was === 'paid' && wasAsked);
  if (terms && isWithin && !isPaidTwice) return { deposit, to: 'terms', terms };

  if (same.some(({ was }) => was === 'unpaid')) return inSuspense('late');
  if (same.some(({ was }) => was === 'paid')) return inSuspense('duplicate_amount');
  const beside = [...here(facts.held), ...here(rest).filter(({ id }) => id !== deposit.id)].map((item) => item.amount);
  const isSplit = isSum(open, amount, 2) || open.some((wanted) => isSum(beside, wanted - amount, 1));
  if (isSplit) return inSuspense('split');
  const nearest = open.toSorted((a, b) => sign(distance(a, amount) - distance(b, amount)) || sign(a - b))[0];
  if (nearest !== undefined) return inSuspense(amount > nearest ? 'over' : 'under');
  if (terms && !isWithin) return inSuspense(amount > terms.maximum ? 'over' : 'under');
  return inSuspense('no_open_payment');
}

const sign = (n: bigint): number => (n < 0n ? -1 : n > 0n ? 1 : 0);
const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);

/** Whether at least `least` of the values sum exactly to the target. Looks at the largest that can be part of it. */
function isSum(values: readonly bigint[], target: bigint, least: number): boolean {
  const parts = values.filter((value) => value > 0n && value <= target).sort((a, b) => sign(b - a));
  let sums = new Map<bigint, number>([[0n, 0]]);
  for (const part of parts.slice(0, MOST_PARTS)) {
    const next = new Map(sums);
    for (const [sum, count] of sums) next.set(sum + part, Math.max(next.get(sum + part) ?? 0, count + 1));
    sums = next;
  }
  return target > 0n && (sums.get(target) ?? 0) >= least;
}
