import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Deposit,
  type Match,
  type MatchFacts,
  matchDeposits,
  type Payout,
} from '../../src/reactor/intake/match.ts';

const MINIMUM = 3n;
const CLABES = ['646000000000000001', '646000000000000002', '646000000000000003'];
const [A = '', B = '', C = ''] = CLABES;

const amountOf = fc.bigInt({ min: 1n, max: 9n });
const clabeOf = fc.constantFrom(...CLABES);
const name = fc.constantFrom('n1', 'n2', 'n3');
const deposit: fc.Arbitrary<Omit<Deposit, 'id'>> = fc.record({
  clabe: clabeOf,
  amount: amountOf,
  seenAt: fc.nat(3),
  isRefund: fc.boolean(),
  refundOf: fc.array(name, { maxLength: 1 }),
  refundKey: fc.option(name),
  refundOrigin: fc.option(name),
  isUnexplained: fc.boolean(),
  senderClabe: fc.constantFrom(null, A, B, '*'.repeat(17) + C.slice(-1), `${'*'.repeat(14)}0003`),
});
const payout: fc.Arbitrary<Omit<Payout, 'legId'>> = fc.record({
  paymentId: fc.constantFrom('p', 'q'),
  effectId: fc.constant(null),
  amount: amountOf,
  clabe: clabeOf,
  names: fc.array(name, { maxLength: 2 }),
  trackingKeys: fc.array(name, { maxLength: 1 }),
  originIds: fc.array(name, { maxLength: 1 }),
  isNameless: fc.boolean(),
});
const terms = fc.constantFrom(null, { id: 't', minimum: 4n, maximum: 7n });
const numbered = <T extends object>(items: readonly T[], prefix: string) =>
  items.map((item, n) => ({ ...item, id: `${prefix}${n}`, legId: `${prefix}${n}` }));
/** At most one open payment of a CLABE and amount, as the database has it. */
const openPayments = fc
  .uniqueArray(fc.record({ clabe: clabeOf, amount: fc.bigInt({ min: MINIMUM, max: 9n }) }), {
    selector: ({ clabe, amount }) => `${clabe} ${amount}`,
    maxLength: 8,
  })
  .map((items) => numbered(items, 'p'));
const facts: fc.Arbitrary<MatchFacts> = fc.record({
  minimum: fc.constant(MINIMUM),
  clabes: fc
    .tuple(fc.subarray(CLABES), terms, terms, terms)
    .map(([known, ...given]) => new Map(known.map((clabe, at) => [clabe, given[at] ?? null]))),
  open: openPayments,
  past: fc.array(
    fc.record({
      clabe: clabeOf,
      amount: amountOf,
      was: fc.constantFrom('unpaid' as const, 'paid' as const),
      wasAsked: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  held: fc.array(fc.record({ clabe: clabeOf, amount: amountOf }), { maxLength: 3 }),
  payouts: fc.array(payout, { maxLength: 4 }).map((items) => numbered(items, 'l')),
  ours: fc.subarray(['n1', 'n2', 'n3']).map((names) => new Set(names)),
});
const deposits = fc.array(deposit, { maxLength: 10 }).map((items) => numbered(items, 'd'));

const outcome = (m: Match): string => {
  if (m.to === 'payment') return `payment ${m.payment.id}`;
  if (m.to === 'payout') return `payout ${m.payout.legId}`;
  return m.to === 'terms' ? `terms ${m.terms.id}` : `suspense ${m.reason}`;
};
const outcomes = (matches: readonly Match[]) => new Map(matches.map((m) => [m.deposit.id, outcome(m)]));
const RUNS = { numRuns: 2_000 };

describe('for any set of deposits, payments and payouts', () => {
  test('no deposit is used twice, no payment is paid twice, every centavo is matched or in suspense', () => {
    fc.assert(
      fc.property(deposits, facts, (given, f) => {
        const matches = matchDeposits(given, f);
        expect(matches.map((m) => m.deposit.id).sort()).toEqual(given.map((d) => d.id).sort());
        const total = matches.reduce((sum, m) => sum + m.deposit.amount, 0n);
        expect(total).toBe(given.reduce((sum, d) => sum + d.amount, 0n));
        const used = matches.filter((m) => m.to === 'payment' || m.to === 'payout').map(outcome);
        expect(new Set(used).size).toBe(used.length);
      }),
      RUNS,
    );
  });

  test('a match is exact, a return is nobody’s deposit, and a payment is left waiting only by deposits that are not its own', () => {
    fc.assert(
      fc.property(deposits, facts, (given, f) => {
        const matches = matchDeposits(given, f);
        for (const m of matches) {
          const { isRefund, amount, clabe } = m.deposit;
          if (!isRefund && m.deposit.isUnexplained) expect(outcome(m)).toBe('suspense unexplained');
          expect(isRefund).toBe(m.to === 'payout' || (m.to === 'suspense' && m.reason === 'returned'));
          if (m.to === 'payment') expect([m.payment.clabe, m.payment.amount]).toEqual([clabe, amount]);
          if (m.to === 'payout') expect(m.payout.amount).toBe(amount);
          if (m.to === 'terms') expect(amount >= m.terms.minimum && amount <= m.terms.maximum).toBe(true);
          if (m.to === 'terms') expect(f.open.some((p) => p.clabe === clabe)).toBe(false);
        }
        const paid = new Set(matches.flatMap((m) => (m.to === 'payment' ? [m.payment.id] : [])));
        for (const p of f.open.filter(({ id }) => !paid.has(id)))
          expect(
            given.some((d) => !d.isRefund && !d.isUnexplained && d.clabe === p.clabe && d.amount === p.amount),
          ).toBe(false);
      }),
      RUNS,
    );
  });

  test('the order in which they are listed changes nothing', () => {
    const shuffled = fc
      .tuple(deposits, facts)
      .chain(([given, f]) =>
        fc.tuple(
          fc.constant([given, f] as const),
          fc.shuffledSubarray(given, { minLength: given.length }),
          fc.shuffledSubarray([...f.open], { minLength: f.open.length }),
          fc.shuffledSubarray([...f.payouts], { minLength: f.payouts.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([[given, f], otherwise, open, payouts]) => {
        const once = outcomes(matchDeposits(given, f));
        expect(outcomes(matchDeposits(otherwise, { ...f, open, payouts }))).toEqual(once);
      }),
      RUNS,
    );
  });

  test('seen one by one in any order, the same payments get deposits of the same CLABE and amount', () => {
    fc.assert(
      fc.property(deposits, facts, (given, f) => {
        const together = matchDeposits(given, f).flatMap((m) => (m.to === 'payment' ? [m.payment.id] : []));
        let open = f.open;
        const apart: string[] = [];
        for (const one of [...given].reverse())
          for (const m of matchDeposits([one], { ...f, open }))
            if (m.to === 'payment') {
              apart.push(m.payment.id);
              open = open.filter(({ id }) => id !== m.payment.id);
            }
        expect(apart.sort()).toEqual(together.sort());
      }),
      RUNS,
    );
  });

  test('once applied, running it again gives nobody anything', () => {
    fc.assert(
      fc.property(deposits, facts, (given, f) => {
        const first = matchDeposits(given, f);
        expect(outcomes(matchDeposits(given, f))).toEqual(outcomes(first));
        const used = new Set(first.flatMap((m) => (m.to === 'payment' ? [m.payment.id] : [])));
        const left = given.filter(({ id }) => first.some((m) => m.deposit.id === id && m.to === 'suspense'));
        const again = matchDeposits(left, { ...f, open: f.open.filter(({ id }) => !used.has(id)) });
        expect(again.filter((m) => m.to === 'payment')).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('each reason', () => {
  const one = (given: Partial<Deposit> = {}): Deposit => ({
    id: 'd',
    clabe: A,
    amount: 20n,
    seenAt: 0,
    isRefund: false,
    refundOf: [],
    isUnexplained: false,
    senderClabe: null,
    ...given,
  });
  const withFacts = (given: Partial<MatchFacts> = {}): MatchFacts => ({
    minimum: 10n,
    clabes: new Map([[A, null]]),
    open: [],
    past: [],
    held: [],
    payouts: [],
    ours: new Set(),
    ...given,
  });
  const open = (...amounts: bigint[]) => amounts.map((amount, n) => ({ id: `p${n}`, clabe: A, amount }));
  const past = (was: 'unpaid' | 'paid', wasAsked = true) => [{ clabe: A, amount: 20n, was, wasAsked }];
  const standing = new Map([[A, { id: 't', minimum: 15n, maximum: 30n }]]);
  const payout = (legId: string, given: Partial<Payout> = {}): Payout => ({
    legId,
    paymentId: legId,
    effectId: null,
    amount: 20n,
    clabe: B,
    names: [],
    trackingKeys: [],
    originIds: [],
    isNameless: true,
    ...given,
  });
  const back = (given: Partial<Deposit> = {}) => one({ isRefund: true, ...given });

  test.each<[string, Deposit, MatchFacts, string]>([
    ['its payment', one(), withFacts({ open: open(20n) }), 'payment p0'],
    ['a CLABE that is nobody’s', one({ clabe: B }), withFacts(), 'suspense unknown_clabe'],
    ['no payment waits', one(), withFacts(), 'suspense no_open_payment'],
    ['more than is waited for', one(), withFacts({ open: open(19n) }), 'suspense over'],
    ['less than is waited for', one(), withFacts({ open: open(21n) }), 'suspense under'],
    ['two payments in one deposit', one(), withFacts({ open: open(12n, 8n, 11n) }), 'suspense split'],
    [
      'the second half of a payment',
      one(),
      withFacts({ open: open(35n), held: [{ clabe: A, amount: 15n }] }),
      'suspense split',
    ],
    [
      'a half whose other half is somebody else’s',
      one(),
      withFacts({ open: open(35n), held: [{ clabe: B, amount: 15n }] }),
      'suspense under',
    ],
    ['its payment expired', one(), withFacts({ past: past('unpaid') }), 'suspense late'],
    ['the payer pays twice', one(), withFacts({ past: past('paid') }), 'suspense duplicate_amount'],
    ['less than Juno issues', one({ amount: 9n, clabe: B }), withFacts(), 'suspense below_minimum'],
    ['within standing terms', one(), withFacts({ clabes: standing }), 'terms t'],
    ['within standing terms, again', one(), withFacts({ clabes: standing, past: past('paid', false) }), 'terms t'],
    [
      'within standing terms, but a payment waits',
      one(),
      withFacts({ clabes: standing, open: open(21n) }),
      'suspense under',
    ],
    [
      'within standing terms, but it was asked for and paid',
      one(),
      withFacts({ clabes: standing, past: past('paid') }),
      'suspense duplicate_amount',
    ],
    ['over the standing terms', one({ amount: 31n }), withFacts({ clabes: standing }), 'suspense over'],
    ['under the standing terms', one({ amount: 14n }), withFacts({ clabes: standing }), 'suspense under'],
    ['a return that nothing fits', back(), withFacts({ open: open(20n), clabes: standing }), 'suspense returned'],
    [
      'a return by its name',
      back({ refundOf: ['w'] }),
      withFacts({ payouts: [payout('l1', { names: ['w'] }), payout('l2')] }),
      'payout l1',
    ],
    [
      'a return by its parties',
      back({ senderClabe: B }),
      withFacts({ payouts: [payout('l1'), payout('l2', { clabe: C })] }),
      'payout l1',
    ],
    [
      'a return by a masked sender',
      back({ senderClabe: `*****${B.slice(5, 9)}*****${B.slice(14)}` }),
      withFacts({ payouts: [payout('l1')] }),
      'payout l1',
    ],
    [
      'a return whose sender shows too little to be told from another',
      back({ senderClabe: `${'*'.repeat(15)}${B.slice(15)}` }),
      withFacts({ payouts: [payout('l1')] }),
      'suspense returned',
    ],
    [
      'a return whose sender shows as much as is needed',
      back({ senderClabe: `${'*'.repeat(14)}${B.slice(14)}` }),
      withFacts({ payouts: [payout('l1')] }),
      'payout l1',
    ],
    [
      'a return whose sender is all masked',
      back({ senderClabe: '*'.repeat(18) }),
      withFacts({ payouts: [payout('l1')] }),
      'suspense returned',
    ],
    [
      'a return that fits two payouts',
      back({ senderClabe: B }),
      withFacts({ payouts: [payout('l1'), payout('l2')] }),
      'suspense returned',
    ],
    [
      'a return of another amount',
      back({ refundOf: ['w'], amount: 19n }),
      withFacts({ payouts: [payout('l1', { names: ['w'] })] }),
      'suspense returned',
    ],
    [
      'a return that names another payout than the one that its sender was paid, by SPEI’s key',
      back({ refundOf: ['by hand'], refundKey: 'by hand', senderClabe: B }),
      withFacts({ payouts: [payout('l1', { names: ['w'], trackingKeys: ['w'] })] }),
      'suspense returned',
    ],
    [
      'a return that names another payout than the one that its sender was paid, by what its maker called it',
      back({ refundOf: ['by hand'], refundOrigin: 'by hand', senderClabe: B }),
      withFacts({ payouts: [payout('l1', { names: ['w'], originIds: ['w'] })] }),
      'suspense returned',
    ],
    [
      'a return that names another payout of ours, by whatever name',
      back({ refundOf: ['w'], senderClabe: B }),
      withFacts({ payouts: [payout('l1')], ours: new Set(['w']) }),
      'suspense returned',
    ],
    [
      'a return by names of a kind that nobody knows of the payout',
      back({ refundOf: ['wid', 'key'], refundKey: 'key', senderClabe: B }),
      withFacts({ payouts: [payout('l1', { names: ['id', 'ours'], originIds: ['ours'] })] }),
      'payout l1',
    ],
    [
      'the same where nobody knows what the payout is called',
      back({ refundOf: ['by hand'], senderClabe: B }),
      withFacts({ payouts: [payout('l1')] }),
      'payout l1',
    ],
    [
      'a return under a tracking key of its own',
      back({ trackingKey: 'its own', senderClabe: B }),
      withFacts({ payouts: [payout('l1', { names: ['w'] })] }),
      'payout l1',
    ],
    [
      'a return under the tracking key of what it brings back',
      back({ trackingKey: 'w' }),
      withFacts({ payouts: [payout('l1', { names: ['w'] })] }),
      'payout l1',
    ],
    [
      'a nameless return of a Bitso payout',
      back({ senderClabe: B }),
      withFacts({ payouts: [payout('l1', { isNameless: false })] }),
      'suspense returned',
    ],
  ])('%s', (_, given, f, expected) => {
    expect(matchDeposits([given], f).map(outcome)).toEqual([expected]);
  });

  test('two deposits of a payment’s amount in one look: one pays it, the later one is a second', () => {
    const matches = matchDeposits(
      [one({ id: 'later', seenAt: 2 }), one({ id: 'first', seenAt: 1 })],
      withFacts({ open: open(20n) }),
    );
    expect(Object.fromEntries(outcomes(matches))).toEqual({ first: 'payment p0', later: 'suspense duplicate_amount' });
  });

  test('two halves in one look find each other', () => {
    const matches = matchDeposits([one({ id: 'a', amount: 15n }), one({ id: 'b' })], withFacts({ open: open(35n) }));
    expect(Object.fromEntries(outcomes(matches))).toEqual({ a: 'suspense split', b: 'suspense split' });
  });

  test('a payout that one return names is not what another one may mean', () => {
    const matches = matchDeposits(
      [back({ id: 'a', senderClabe: B }), back({ id: 'b', senderClabe: B, refundOf: ['w'], seenAt: 1 })],
      withFacts({ payouts: [payout('l1', { names: ['w'] }), payout('l2')] }),
    );
    expect(Object.fromEntries(outcomes(matches))).toEqual({ a: 'payout l2', b: 'payout l1' });
  });

  test('two returns that only one payout fits: the earlier one takes it', () => {
    const matches = matchDeposits(
      [back({ id: 'b', senderClabe: B, seenAt: 1 }), back({ id: 'a', senderClabe: B })],
      withFacts({ payouts: [payout('l1')] }),
    );
    expect(Object.fromEntries(outcomes(matches))).toEqual({ a: 'payout l1', b: 'suspense returned' });
  });
});
