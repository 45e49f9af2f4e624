import { type Clabe, clabeControlDigit, parseClabe } from '../money/clabe.ts';
import type { Rail } from '../reactor/payment/states.ts';
import type { Chance, Draws } from './chance.ts';
import { type Fate, fateOf } from './fates.ts';
import type { Faults } from './faults.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_S = 86_400;
/** Those that are asked for at about the same time. */
const BURST = 500;
/** In thousandths: how many of the odd ones are asked for with the amount of the one before. */
const TWINS = 400;
/** Of the worlds with more payments than this, so many in a thousand are usual ones: a fate beside the ordinary one is so many times rarer there. */
const SMALL = 100;
const USUAL = 750;
const RARER = 8;
const FIRST_MS = 10 * MINUTE_MS;
const EXPIRES_S = 3 * DAY_S;
const BANKS = ['002', '012', '014', '021', '072'];
const CUSTODY_S = [3, 60, 600, 3_600, 6 * 3_600, DAY_S, 3 * DAY_S, 7 * DAY_S, 30 * DAY_S, 90 * DAY_S];

/** What somebody pays in: how much, and how long after the payment was asked for. */
export type PlannedDeposit = Readonly<{
  amount: bigint;
  after_ms: number;
  is: 'paid' | 'over' | 'under' | 'duplicate' | 'late';
}>;
/** A fee of one of the collectors; what it comes to is told here by no arithmetic of the reactor's. */
export type PlannedFee = Readonly<{
  kind: 'platform' | 'broker';
  bearer: 'payer' | 'recipient';
  rate: Readonly<{ basisPoints: number }> | Readonly<{ amount: bigint }>;
  centavos: bigint;
  clabe: Clabe;
}>;
/** Of what somebody pays in, what one of its people is paid. */
export type Part = Readonly<{ kind: 'custody' | 'immediate' | 'commission'; clabe: Clabe; amount: bigint }>;
export type Planned = Readonly<{
  index: number;
  at_ms: number;
  payer: number;
  recipient: number;
  amount: bigint;
  /** In basis points of the recipient's part. */
  custodyShare: number;
  custody_s: number;
  fees: readonly PlannedFee[];
  /** What each of its people is paid, to which account: custody, at once, and fees. */
  parts: readonly Part[];
  rail: Rail;
  clabe: Clabe;
  deposits: readonly PlannedDeposit[];
  fate: Fate;
}>;

export const clabeOf = (bank: string, account: number): Clabe => {
  const first17 = `${bank}180${String(account).padStart(11, '0')}`;
  return parseClabe(`${first17}${clabeControlDigit(first17)}`);
};

export const peopleFor = (payments: number) => ({
  payers: Math.ceil(payments / 12) + 1,
  recipients: Math.ceil(payments / 20) + 1,
});

/** Who gets fees: the platform, and a broker. */
export const COLLECTORS = ['platform', 'broker'] as const;
const SHARES = [10_000, 10_000, 10_000, 10_000, 5_000, 3_333, 0];
const WHOLE = 10_000;
/** What a fate needs takes its time: long enough for people. */
const LONG_S = CUSTODY_S.filter((seconds) => seconds >= 6 * 3_600);
/** At a bank where nobody else of the population is paid: what goes back to the payer of a payment, if its account there fails to another. */
const REFUND_BANK = '127';
const ACCOUNTS_EACH = 10;

/** An account of the payer's that only this payment's money goes back to. */
export const refundClabe = (index: number, nth: number): Clabe =>
  clabeOf(REFUND_BANK, index * ACCOUNTS_EACH + (nth % ACCOUNTS_EACH));

/** The account that its payer pays in from; no refund is ordered to it. */
export const senderClabe = (index: number): Clabe => refundClabe(index, ACCOUNTS_EACH - 1);

/** An account of somebody else's, for what no payment took. */
export const anothersClabe = (index: number): Clabe => refundClabe(index, ACCOUNTS_EACH - 2);

/** Whose money came back by it; undefined for an account of anybody else's. */
export function refundedBy(clabe: string): number | undefined {
  return clabe.startsWith(REFUND_BANK) ? Math.floor(Number(clabe.slice(6, 17)) / ACCOUNTS_EACH) : undefined;
}
/** Those of the recipient in basis points; those of the payer in an even number of centavos, which leaves every deposit odd. */
const FEES: readonly (readonly (typeof COLLECTORS)[number][])[] = [
  ...[[], [], []],
  ...([['platform'], ['broker'], ['platform', 'broker']] as const),
];

/** Fees and shares, with what they come to: rounded down, and the rest paid at once. */
function termsOf(
  amount: bigint,
  clabe: Clabe,
  { name, needs }: Fate,
  draws: Draws,
): Pick<Planned, 'custodyShare' | 'fees' | 'parts'> {
  const custodyShare = draws.pick(
    SHARES.filter((share) => needs === null || (needs === 'custody' ? share > 0 : share < WHOLE)),
  );
  // To what nobody asked for no fee can be added.
  const isUnasked = name === 'standing_terms';
  const fees = draws.pick(FEES).map((kind): PlannedFee => {
    const account = clabeOf('012', 900_000 + COLLECTORS.indexOf(kind));
    const basisPoints = draws.int(50, 800);
    const fixed = BigInt(draws.int(1, 4_500) * 2);
    return draws.oneIn1000(500) || isUnasked
      ? {
          kind,
          bearer: 'recipient',
          rate: { basisPoints },
          centavos: (amount * BigInt(basisPoints)) / 10_000n,
          clabe: account,
        }
      : { kind, bearer: 'payer', rate: { amount: fixed }, centavos: fixed, clabe: account };
  });
  const taken = fees.reduce((sum, { bearer, centavos }) => sum + (bearer === 'recipient' ? centavos : 0n), 0n);
  const custody = ((amount - taken) * BigInt(custodyShare)) / 10_000n;
  const parts = [
    { kind: 'custody' as const, clabe, amount: custody },
    { kind: 'immediate' as const, clabe, amount: amount - taken - custody },
    ...fees.map((fee) => ({ kind: 'commission' as const, clabe: fee.clabe, amount: fee.centavos })),
  ];
  return { custodyShare, fees, parts: parts.filter((part) => part.amount > 0n) };
}

/**
 * Who asks for what, and what they pay in: everything drawn from the payment’s own number, so that leaving one out changes no
 * other. Many come in twins of one amount at about the same time, so that what is looked for by its amount has another like it.
 */
export function plan(
  payments: number,
  kept: (index: number) => boolean,
  chance: Chance,
  faults: Faults,
  without: ReadonlySet<string> = new Set(),
): Planned[] {
  const { payers, recipients } = peopleFor(payments);
  const rarer = payments > SMALL && chance.of('usual').oneIn1000(USUAL) ? RARER : 1;
  /** Odd steps of an even number: every amount ends in odd centavos. */
  const amountOf = (index: number): bigint => {
    const draws = chance.of(`amount ${index}`);
    return BigInt(10_001 + 2 * index) + BigInt(draws.int(0, 600)) * 2_000n + (draws.oneIn1000(20) ? 10_000_000n : 0n);
  };
  const isTwin = (index: number): boolean => index % 2 === 1 && chance.of(`twin ${index}`).oneIn1000(TWINS);
  return Array.from({ length: payments }, (_, index) => index)
    .filter(kept)
    .map((index) => {
      const draws = chance.of(`payment ${index}`);
      const amount = amountOf(isTwin(index) ? index - 1 : index);
      const recipient = draws.int(0, recipients - 1);
      const rail = draws.pick<Rail>([
        'bank_redemption',
        'bank_redemption',
        'bank_redemption',
        'bitso_spei',
        'bitso_transfer',
      ]);
      const deposit_ms = draws.int(MINUTE_MS, 20 * MINUTE_MS);
      const account = recipient * 10 + (rail === 'bitso_transfer' ? 9 : draws.int(0, 1));
      const clabe = clabeOf(
        rail === 'bitso_transfer' ? '710' : (BANKS[recipient % BANKS.length] ?? '002'),
        1_000 + account,
      );
      const fate = fateOf(index, chance, without, rarer);
      const terms = termsOf(amount, clabe, fate, chance.of(`terms ${index}`));
      const due = terms.parts.reduce((sum, part) => sum + part.amount, 0n);
      const paid: PlannedDeposit = { amount: due, after_ms: deposit_ms, is: 'paid' };
      const deposits = (): PlannedDeposit[] => {
        // What is paid in otherwise than as asked for has no other fate.
        if (fate.name === 'cancelled') return draws.oneIn1000(600) ? [paid] : [];
        if (fate.name !== 'ordinary') return [paid];
        if (faults.strikes('deposit_missing', draws)) return [];
        if (faults.strikes('deposit_late', draws))
          return [{ ...paid, after_ms: EXPIRES_S * 1000 + draws.int(10 * MINUTE_MS, 24 * HOUR_MS), is: 'late' }];
        if (faults.strikes('deposit_over', draws)) return [{ ...paid, amount: due + 1n, is: 'over' }];
        if (faults.strikes('deposit_under', draws)) return [{ ...paid, amount: due - 1n, is: 'under' }];
        if (faults.strikes('deposit_duplicate', draws))
          return [paid, { ...paid, after_ms: deposit_ms + draws.int(1_000, HOUR_MS), is: 'duplicate' }];
        return [paid];
      };
      return {
        index,
        at_ms: FIRST_MS + Math.floor(index / BURST) * 6 * HOUR_MS + draws.int(0, 5 * MINUTE_MS),
        payer: draws.int(0, payers - 1),
        recipient,
        amount,
        ...terms,
        custody_s: draws.pick(fate.needs === 'custody' ? LONG_S : CUSTODY_S),
        rail,
        clabe,
        deposits: deposits(),
        fate,
      };
    });
}
