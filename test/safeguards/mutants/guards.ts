import type { Mutant } from '../mutant.ts';

const LOST = 'test/recovery/lost-acts.test.ts';
const RECORD = 'src/reactor/effects/record.ts';
const CHECK = 'src/reactor/guards/check.ts';
const APPLY = 'src/reactor/advance/apply.ts';
const SENDING = 'test/effects/send.test.ts';
const BEFORE = 'test/effects/before-the-write.test.ts';

/** What forbids an intent, and what one transaction does with it. */
export const GUARDS: readonly Mutant[] = [
  {
    id: 'guard-at-recording',
    safeguard: 'no intent past a switch that is off',
    rule: 'design 4, guards',
    file: RECORD,
    find: 'await assertGuards(tx, {',
    replace: 'void ({',
    caughtBy: [
      {
        file: SENDING,
        title: 'a switch that is off, and one that does not exist, stop the intent; nothing is written',
      },
    ],
  },
  {
    id: 'guard-stopped',
    safeguard: 'a switch that is off stops',
    rule: 'design 4, guards',
    file: CHECK,
    find: 'if (stopped)\n',
    replace: 'if (stopped && !scope)\n',
    caughtBy: [
      {
        file: SENDING,
        title: 'a switch that is off, and one that does not exist, stop the intent; nothing is written',
      },
    ],
  },
  {
    id: 'guard-missing-is-closed',
    safeguard: 'a switch that does not exist counts as off: guards fail closed',
    rule: 'design 4, guards all fail closed',
    file: CHECK,
    find: 'if (missing)\n',
    replace: 'if (missing && !scope)\n',
    caughtBy: [
      {
        file: SENDING,
        title: 'a switch that is off, and one that does not exist, stop the intent; nothing is written',
      },
    ],
  },
  {
    id: 'guard-holds',
    safeguard: 'no intent past a hold or a dispute',
    rule: 'design 2, a dispute holds the money; incident 21',
    file: CHECK,
    find: 'if (open) throw',
    replace: 'if (open && !scope) throw',
    caughtBy: [{ file: BEFORE, title: 'is not committed past a hold' }],
  },
  {
    id: 'guard-for-share',
    safeguard: 'whoever throws a switch waits for every intent under way (FOR SHARE)',
    rule: 'design 3, rows read FOR SHARE',
    file: CHECK,
    find: "inArray(guardSwitch.name, names)).for('share');",
    replace: 'inArray(guardSwitch.name, names));',
    caughtBy: [{ file: BEFORE, title: 'is waited for by whoever throws a switch or opens a hold, and by nobody else' }],
  },
  {
    id: 'guard-payment-locked',
    safeguard: 'whoever opens a hold waits for every intent under way of its payment',
    rule: 'design 3, the recording transaction locks the payment',
    file: CHECK,
    find: 'ORDER BY id FOR UPDATE`',
    replace: 'ORDER BY id`',
    caughtBy: [{ file: BEFORE, title: 'is waited for by whoever throws a switch or opens a hold, and by nobody else' }],
  },
  {
    id: 'guard-cap-reserved',
    safeguard: 'what leaves is reserved in the day’s cap',
    rule: 'design 3, reserves caps',
    file: CHECK,
    find: 'if (scope.outgoing) await reserveCap(',
    replace: 'if (scope.outgoing && !tx) await reserveCap(',
    caughtBy: [{ file: BEFORE, title: 'takes its part of the day’s cap, and waits where there is none left' }],
  },
  {
    id: 'guard-cap-full',
    safeguard: 'what the day’s cap leaves no room for waits',
    rule: 'design 3, reserves caps',
    file: CHECK,
    find: ' AND used_centavos + ${amount.toString()} <= limit_centavos`',
    replace: '`',
    caughtBy: [{ file: BEFORE, title: 'takes its part of the day’s cap, and waits where there is none left' }],
  },
  {
    id: 'move-stale-view',
    safeguard: 'a decision over what is no longer so writes nothing',
    rule: 'design 3, advance is safe to run by anybody, at once; incident 1',
    file: APPLY,
    find: 'eq(leg.state, view.state)',
    replace: 'eq(leg.id, view.id)',
    caughtBy: [{ file: BEFORE, title: 'over a view that is no longer so writes nothing, not even its evidence' }],
  },
  {
    id: 'move-pins-the-block',
    safeguard: 'the newest block acted on is remembered',
    rule: 'design 3, never trust the indexer alone',
    file: APPLY,
    find: "if (source !== 'chain') return;",
    replace: 'if (source) return;',
    caughtBy: [
      { file: BEFORE, title: 'on what happened on chain pins its block: the newest that this database acted on' },
    ],
  },
  {
    id: 'move-pins-the-newest',
    safeguard: 'an older block never takes the place of the newest one acted on',
    rule: 'design 3, never trust the indexer alone',
    file: APPLY,
    find: 'lte(chainPin.blockNumber, Number(blockNumber))',
    replace: 'lte(chainPin.blockNumber, 1_000_000)',
    caughtBy: [
      { file: BEFORE, title: 'on what happened on chain pins its block: the newest that this database acted on' },
    ],
  },
  {
    id: 'move-claims-evidence',
    safeguard: 'the evidence that ends a step is claimed with the move',
    rule: 'design 3, evidence is claimed once',
    file: APPLY,
    find: 'for (const claim of move.claims) await claimEvidence(',
    replace: 'for (const claim of []) await claimEvidence(',
    caughtBy: [
      { file: BEFORE, title: 'on what happened on chain pins its block: the newest that this database acted on' },
    ],
  },
  {
    id: 'intent-counts-in-the-cap',
    safeguard: 'every redemption counts in the day’s cap',
    rule: 'design 3, reserves caps',
    file: APPLY,
    find: "outgoing: kind === 'juno_redemption' ? view.amount : null",
    replace: 'outgoing: null',
    caughtBy: [
      {
        file: BEFORE,
        title: 'a redemption and its leg’s move are one commit: pending in the books, counted in the day’s cap',
      },
    ],
  },
  {
    id: 'intent-moves-its-leg',
    safeguard: 'an intent and the move of its leg are one commit',
    rule: 'design 3, intent before effect; incident 13',
    file: APPLY,
    find: 'await moveLeg(tx, view, decision.to, decision.cause, { effectId, attempt: decision.attempt });',
    replace: '',
    caughtBy: [
      {
        file: BEFORE,
        title: 'a redemption and its leg’s move are one commit: pending in the books, counted in the day’s cap',
      },
    ],
  },
  {
    id: 'intent-in-the-books',
    safeguard: 'an intent is pending in the books from the moment it is recorded',
    rule: 'design 3, posts the ledger entry as pending',
    file: RECORD,
    find: 'if (postings) {',
    replace: 'if (!tx) {',
    caughtBy: [
      {
        file: BEFORE,
        title: 'a redemption and its leg’s move are one commit: pending in the books, counted in the day’s cap',
      },
    ],
  },
  {
    id: 'recovery-sends-in-flight',
    safeguard: 'what an effect whose answer is out may have done is no lost act',
    rule: 'design 3, recovery',
    file: 'src/reactor/recovery/juno-acts.ts',
    find: 'return open <= 0;',
    replace: 'return true;',
    caughtBy: [{ file: LOST, title: 'what an effect whose answer is out may have done is no lost act' }],
  },
  {
    id: 'recovery-stops-money',
    safeguard: 'an act outside that the database lost turns money off',
    rule: 'design 3, recovery',
    file: 'src/reactor/recovery/gate.ts',
    find: 'if (found.length > 0) {',
    replace: 'if (found.length < 0) {',
    caughtBy: [{ file: LOST, title: 'a payout made since the backup: money is off' }],
  },
  {
    id: 'repeat-reads-the-account-back',
    safeguard: 'the payout account is read back before a repeated redemption too',
    rule: 'design 4, payout rails; incident 14',
    file: 'src/reactor/advance/advance.ts',
    find: 'const trouble = mayWrite && !isAsked ?',
    replace: 'const trouble = mayWrite && !mayWrite ?',
    caughtBy: [{ file: 'test/effects/read-back.test.ts', title: 'it is not repeated' }],
  },
];
