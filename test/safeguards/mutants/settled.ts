import type { Mutant } from '../mutant.ts';

const SETTLE = 'test/settlement/settle.test.ts';
const LOST = 'test/settlement/lost-wakes.test.ts';

/** What accrues until it is enough to be paid, and what is found although a wake-up after it was lost. */
export const SETTLED: readonly Mutant[] = [
  {
    id: 'settle-minimum',
    safeguard: 'what is accrued is settled only when Juno will redeem it',
    rule: 'design 4, settlement',
    file: 'src/reactor/settlement/settle.ts',
    find: 'return compare(total, JUNO_MINIMUM) < 0 ? null : { legs, total };',
    replace: 'return legs.length === 0 ? null : { legs, total };',
    caughtBy: [{ file: SETTLE, title: 'accrues, is settled once when it is enough, however many look at once' }],
  },
  {
    id: 'settle-holds',
    safeguard: 'what is held or disputed stays out of a settlement',
    rule: 'design 2, a dispute holds the money',
    file: 'src/reactor/settlement/settle.ts',
    find: 'isNull(hold.closedAt)',
    replace: 'isNull(hold.id)',
    caughtBy: [
      { file: SETTLE, title: 'of a payment that is held stays out; one that is held afterwards stops the settlement' },
    ],
  },
  {
    id: 'settle-held-afterwards',
    safeguard: 'a hold on one of the payments that a settlement pays holds the settlement',
    rule: 'design 2, a dispute holds the money',
    file: 'src/reactor/guards/scope.ts',
    find: 'WHERE s.payment_id = ${paymentId}::uuid)',
    replace: 'WHERE false)',
    caughtBy: [
      { file: SETTLE, title: 'of a payment that is held stays out; one that is held afterwards stops the settlement' },
    ],
  },
  {
    id: 'settle-own-account',
    safeguard: 'what is owed to one account is never settled to another',
    rule: 'design 4, settlement',
    file: 'src/reactor/settlement/settle.ts',
    find: 'among,\n        eq(leg.destinationId, destinationId),',
    replace: 'among,',
    caughtBy: [{ file: SETTLE, title: 'of another account is never settled with it' }],
  },
  {
    id: 'settlement-within-caps',
    safeguard: 'no settlement is made that is more than the caps let out at once',
    rule: 'design 4, settlement; guards: caps',
    file: 'src/reactor/settlement/settle.ts',
    find: 'sql`${free.before} + ${free.amount} <= ${most.units.toString()}`,',
    replace: '',
    caughtBy: [
      { file: SETTLE, title: 'is settled in as much as the caps let out at once, and the rest with the next' },
    ],
  },
  {
    id: 'settlement-spares-held-people',
    safeguard: 'what is owed between people of whom one is held goes into no settlement',
    rule: 'design 2, a hold keeps the money; rule 5, fail closed',
    file: 'src/reactor/guards/scope.ts',
    find: "WHERE h.closed_at IS NULL AND h.switch_name = 'user:' || people.id)\n    OR EXISTS (SELECT 1 FROM ${newestOf",
    replace: 'WHERE false)\n    OR EXISTS (SELECT 1 FROM ${newestOf',
    caughtBy: [{ file: SETTLE, title: 'of a payer who is held stays out until the hold is closed' }],
  },
  {
    id: 'settlement-spares-stopped-people',
    safeguard: 'what is owed between people of whom one is stopped goes into no settlement',
    rule: 'design 8, kill switches; rule 5, fail closed',
    file: 'src/reactor/guards/scope.ts',
    find: 'WHERE g.is_stopped AND g.name',
    replace: 'WHERE false AND g.name',
    caughtBy: [
      {
        file: SETTLE,
        title: 'of a payer whose switch is off stays out; one that is thrown afterwards stops the settlement',
      },
    ],
  },
  {
    id: 'switches-of-whom-it-pays-for',
    safeguard: 'the switch of a person whose payment a settlement pays for stops the settlement',
    rule: 'design 8, kill switches; rule 5, fail closed',
    file: 'src/reactor/guards/scope.ts',
    find: 'WHERE p.id IN ${holders})`;',
    replace: "WHERE p.id IN ${holders} AND p.kind = 'settlement')`;",
    caughtBy: [
      {
        file: SETTLE,
        title: 'of a payer whose switch is off stays out; one that is thrown afterwards stops the settlement',
      },
    ],
  },
  {
    id: 'settlement-makes-due',
    safeguard: 'what a settlement has paid is found, whatever wake-up is lost',
    rule: 'design 3, losing every wake-up costs 30 s and nothing else',
    file: 'src/reactor/advance/apply.ts',
    find: "if (view.kind === 'settlement' && isFinal(move.to)) await makePaidDue(tx, paymentId);",
    replace: '',
    caughtBy: [{ file: LOST, title: 'whatever wake-up is lost, what becomes of that is found' }],
  },
  {
    id: 'settlement-unpaid-swept',
    safeguard: 'what a settlement has paid no longer is found, whatever wake-up is lost',
    rule: 'design 3, losing every wake-up costs 30 s and nothing else',
    file: 'src/reactor/watch/rescan.ts',
    find: ', unpaid: byId(UNPAID), ',
    replace: ', ',
    caughtBy: [{ file: LOST, title: 'whatever wake-up is lost, what becomes of that is found' }],
  },
  {
    id: 'act-makes-due',
    safeguard: 'what two people did in the lane of a payment is found, whatever wake-up is lost',
    rule: 'design 3, losing every wake-up costs 30 s and nothing else',
    file: 'src/reactor/approvals/approve.ts',
    find: 'if (lane?.name.startsWith(PAYMENT))',
    replace: 'if (lane?.name === PAYMENT)',
    caughtBy: [{ file: 'test/effects/people.test.ts', title: 'is given up by two people, after the window' }],
  },
  {
    id: 'dispute-makes-due',
    safeguard: 'a payment that is disputed is looked at next, whatever wake-up is lost: its escrow is frozen',
    rule: 'design 3, losing every wake-up costs 30 s and nothing else',
    file: 'src/reactor/disputes/open.ts',
    find: '  await makeDue(tx, paymentId);\n',
    replace: '',
    caughtBy: [{ file: 'test/disputes/dispute.test.ts', title: 'holds the payment in the same moment' }],
  },
];
