import type { Mutant } from '../mutant.ts';

const RELEASE = 'src/reactor/payment/release.ts';
const RELEASE_TEST = 'test/payment/release.test.ts';

const SPLIT = 'src/reactor/payment/split.ts';
const PAYOUT = 'src/reactor/payment/payout.ts';
const SPLIT_TEST = 'test/payment/split.test.ts';
const LEGS_TEST = 'test/payment/legs.test.ts';
const SUMS = [
  {
    file: SPLIT_TEST,
    title: 'the legs sum to the deposit, none is less than nothing, and none is more than was agreed',
  },
];

/** What people agreed on, and the legs that it is split into. */
export const TERMS: readonly Mutant[] = [
  {
    id: 'terms-round-down',
    safeguard: 'nobody gets a centavo more than the share that was agreed',
    rule: 'design 2, the live legs sum to the deposit',
    file: 'src/money/money.ts',
    find: '(amount.units * BigInt(basisPoints)) / BigInt(WHOLE_BASIS_POINTS)',
    replace: '(amount.units * BigInt(basisPoints) + 9_999n) / BigInt(WHOLE_BASIS_POINTS)',
    caughtBy: SUMS,
  },
  {
    id: 'terms-rest-stays',
    safeguard: 'what the rounding leaves is the recipient’s: no centavo is in no leg',
    rule: 'design 2, the live legs sum to the deposit',
    file: SPLIT,
    find: 'immediate: subtract(part, custody)',
    replace: 'immediate: portion(part, 10_000 - custodyBasisPoints)',
    caughtBy: SUMS,
  },
  {
    id: 'terms-something-left',
    safeguard: 'fees leave the recipient something',
    rule: 'design 2, a deposit is split into legs',
    file: SPLIT,
    find: 'if (compare(taken, amount) >= 0)',
    replace: 'if (compare(taken, amount) > 0)',
    caughtBy: [{ file: SPLIT_TEST, title: 'fees that leave the recipient nothing' }],
  },
  {
    id: 'decide-approvals',
    safeguard: 'a release that needs approvals waits for both',
    rule: 'design 2, in_custody: its release policy is met',
    file: RELEASE,
    find: 'approvals: (_date, parties) => parties,',
    replace: 'approvals: (date, _parties) => date,',
    caughtBy: [{ file: RELEASE_TEST, title: 'that needs approvals waits for both, and says for whose' }],
  },
  {
    id: 'decide-one-deposit',
    safeguard: 'the one deposit moves every leg of its payment, or none',
    rule: 'design 3, evidence is claimed once',
    file: 'src/reactor/payment/journey.ts',
    find: '.filter(({ id }) => id !== leg.id)',
    replace: '.filter(({ id }) => id !== leg.id && !view.now)',
    caughtBy: [{ file: LEGS_TEST, title: 'moves every leg at once, and is claimed for the payment' }],
  },
  {
    id: 'decide-commission-waits',
    safeguard: 'no commission leaves before the custody leg does',
    rule: 'design 2, commission: earned at release',
    file: PAYOUT,
    find: 'if (custody.length > 0 && !custody.some(',
    replace: 'if (custody.length > 9 && !custody.some(',
    caughtBy: [{ file: LEGS_TEST, title: 'leaves for nobody before the custody leg does, whatever the states' }],
  },
  {
    id: 'decide-commission-earned',
    safeguard: 'the books say that a commission is earned before it is paid',
    rule: 'design 4, ledger: commissions',
    file: PAYOUT,
    find: "return { do: 'move', leg, to: 'reserved', cause, claims: [], booking: { write: 'earned' } };",
    replace: 'return cause === null ? wait(view, leg, cause) : null;',
    caughtBy: [{ file: LEGS_TEST, title: 'is booked as earned with the custody leg’s payout, then paid' }],
  },
  {
    id: 'decide-switch-of-paid',
    safeguard: 'the switch of whoever a leg pays keeps that leg',
    rule: 'design 4, guards',
    file: 'src/reactor/payment/decide.ts',
    find: 'standsOver(name, leg, kind)) ?? leg.stopped;',
    replace: 'standsOver(name, leg, kind));',
    caughtBy: [{ file: LEGS_TEST, title: 'the switch of whoever a leg pays keeps that leg' }],
  },
  {
    id: 'guard-switch-of-paid',
    safeguard: 'no intent is recorded past the switch of whoever the leg pays',
    rule: 'design 4, guards',
    file: 'src/reactor/guards/scope.ts',
    find: '    UNION SELECT name FROM ${switchesOfPaid(paymentId, legId)} AS paid (name)\n',
    replace: '',
    caughtBy: [{ file: 'test/guards/paid.test.ts', title: 'stands over the leg that pays him, and over no other' }],
  },
  {
    id: 'books-one-issuance',
    safeguard: 'the deposit is issued in the books once, for all legs of its payment',
    rule: 'design 4, ledger',
    file: 'src/reactor/advance/apply.ts',
    find: 'moved.map((one) => one.leg.amount),',
    replace: '[view.amount],',
    caughtBy: [
      {
        file: 'test/intake/legs.test.ts',
        title: 'pays every leg of its payment, claimed and booked once however often it is listed',
      },
    ],
  },
];
