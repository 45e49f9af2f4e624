import { removing } from '../mutant.ts';

const DECIDE = 'src/reactor/payment/decide.ts';
const RELEASE = 'src/reactor/payment/release.ts';
const STATES = 'src/reactor/payment/states.ts';
const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const TAKEN_BACK = 'test/payment/undone.test.ts';
const AGAIN = 'test/payment/released-again.test.ts';
const BESIDE = 'test/replace/beside.test.ts';
const BESIDE_TITLE = 'beside what is under way for its escrow once it is back at Juno, and beside nothing else';
const STUCK = 'design 3, stuck: there must be none';
const REPLACES = 'design 2, a refund or a re-payment replaces a leg in one transaction';

/** A release that is made again under a leg that is beyond its return: it keeps nothing of the leg, and nothing of the leg keeps it. */
export const MADE_AGAIN = [
  removing(
    'again-keeps-no-leg',
    'what is under way for the escrow of a leg that is back at Juno keeps nobody from taking its place',
    STUCK,
    [RULES, "AND NOT (OLD.state IN ('returned', 'paying_out'", "AND (OLD.state IN ('returned', 'paying_out'"],
    [BESIDE, BESIDE_TITLE],
  ),
  removing(
    'again-only-from-the-return',
    'what is under way for the escrow of a leg whose money is in it keeps everybody from taking its place',
    REPLACES,
    [
      RULES,
      "OLD.state IN ('returned', 'paying_out', 'payout_failed', 'payout_returned', 'accrued')\n",
      'OLD.state IS NOT NULL\n',
    ],
    [BESIDE, BESIDE_TITLE],
  ),
  removing(
    'again-only-of-the-escrow',
    'whatever else is under way for a leg keeps everybody from taking its place',
    REPLACES,
    [
      RULES,
      "AND e.kind IN ('chain_release', 'approver_signature', 'chain_dispute', 'chain_resolve')))",
      "AND e.kind::text LIKE 'c%'))",
    ],
    [BESIDE, BESIDE_TITLE],
  ),
  removing(
    'again-not-decided-beside',
    'nothing is decided to take the place of what may still be paid: a person looks',
    STUCK,
    [
      'src/reactor/payment/decisions.ts',
      'return beside ? outOfPlace(leg, beside) :',
      'return !beside && beside === null ? outOfPlace(leg, beside) :',
    ],
    [AGAIN, 'beside a payout that may have left: a person looks'],
  ),
  removing(
    'again-before-it-is-replaced',
    'a release that was undone is made again before the leg goes back to the payer',
    'never lost',
    [DECIDE, " || (step.do === 'replace' && URGENCY[again.do] === 0)", ''],
    [AGAIN, 'to go back to the payer, its release undone: that is made again first'],
  ),
  removing(
    'again-past-its-payout',
    'a release that was undone is made again while the payout of its leg is barred',
    'never lost',
    [DECIDE, 'if (URGENCY[next.do] === 0) return next;', 'if (next) return next;'],
    [AGAIN, 'its rail is off: its undone release is made again all the same'],
  ),
  removing(
    'again-past-its-rail',
    'the rail of a payout stands over no release that only gives the wallet back what it lent',
    'design 4, guards',
    [
      'src/reactor/guards/scope.ts',
      'isRelease ? sql`l.state NOT IN ${[...FROM_RETURN]}` :',
      'isRelease === null ? sql`false` :',
    ],
    ['test/guards/switches.test.ts', 'of a payout’s rail stands over no release that is made again'],
  ),
];

const BY_HAND_TITLE = 'a leg that a person paid by hand is released again once its release is undone';
const FOUND_TITLE = 'a leg that has ended is found once its release is undone, also where a person paid it by hand';

/** The same under a leg that a person paid by hand. */
export const CLOSED_AND_UNDONE = [
  removing(
    'closed-released-again',
    'a release that was undone under a leg that a person paid by hand is made again',
    'never lost',
    [STATES, "  'replaced',\n  'closed',\n]);", "  'replaced',\n]);"],
    [AGAIN, 'closed by a payment by hand, its release undone: it is made again'],
  ),
  removing(
    'closed-may-be-released',
    'the database lets the release of a leg that a person paid by hand be made again',
    'never lost',
    [
      RULES,
      "AND NOT (state IN ('replaced', 'closed') AND NOT EXISTS (",
      "AND NOT (state = 'replaced' AND NOT EXISTS (",
    ],
    [BESIDE, BY_HAND_TITLE],
  ),
  removing(
    'closed-stolen',
    'nothing is released for a leg whose escrow paid a stranger and that is written off',
    STUCK,
    [
      RULES,
      "v.subject_id = NEW.subject_id AND v.detail ->> 'as' = 'stolen')",
      "v.subject_id = NEW.subject_id AND v.detail ->> 'as' = 'none')",
    ],
    [BESIDE, BY_HAND_TITLE],
  ),
  removing(
    'closed-is-found',
    'a leg that a person paid by hand is found by the sweep once its release is undone',
    'design 3, a sweep finds all that is due',
    ['src/reactor/watch/rescan.ts', " OR (l.state = 'closed' AND NOT EXISTS", ' OR (false AND NOT EXISTS'],
    ['test/watch/rescan.test.ts', FOUND_TITLE],
  ),
];

const AGAIN_APPROVED =
  'no release that is made again once its leg is back at Juno, where nobody can approve it any more';

/** A release that is made again asks for no approval: it had them, and nobody can give them any more. */
export const APPROVED_ONCE = [
  removing(
    'approved-once',
    'a release that was undone after its money had gone on is made again whatever became of its approvals',
    STUCK,
    [RELEASE, 'hasLeft: FROM_RETURN.has(leg.state),', 'hasLeft: false,'],
    [AGAIN, 'and the approvals lapsed or void: it is made again, as it was approved once'],
  ),
  removing(
    'approved-once-by-its-date',
    'a release that is made again waits for the custody that began anew, whatever was approved before',
    'design 4, escrow gateway: due means chain time',
    [RELEASE, 'hasLeft && asked.length > 0 ? date : asked;', 'hasLeft && asked.length > 0 ? [] : asked;'],
    [AGAIN, 'and the custody that began anew not over: its date is waited for'],
  ),
  removing(
    'approved-once-under-lock',
    'the same is asked under the lock',
    STUCK,
    ['src/reactor/release/standing.ts', 'hasLeft: FROM_RETURN.has(own.state),', 'hasLeft: false,'],
    ['test/release/approvals.test.ts', AGAIN_APPROVED],
  ),
  removing(
    'approved-once-in-the-database',
    'the database lets a release be made again whose approvals cannot be given any more',
    STUCK,
    [
      RULES,
      "l.state IN ('returned', 'redeeming', 'paying_out', 'completed',",
      "l.state IN ('redeeming', 'paying_out', 'completed',",
    ],
    ['test/release/approvals.test.ts', AGAIN_APPROVED],
  ),
];

const CREDITED = 'design 3, never trust the indexer alone';
const UNDONE_RETURN = 'test/payment/undone-return.test.ts';

/** A return that is undone under a leg that another took the place of. */
export const RETURN_BEHIND = [
  removing(
    'behind-reserved',
    'nothing is paid on a return that was undone, though another leg has taken the place of the one that returned',
    CREDITED,
    [
      'src/reactor/payment/payout.ts',
      '    returnUndone(view, leg) ??\n    refunded(leg) ??\n',
      '    refunded(leg) ??\n',
    ],
    [UNDONE_RETURN, ': is not paid, and a person is told on it'],
  ),
  removing(
    'behind-at-bitso',
    'nothing is paid from the Bitso balance on a return that was undone',
    CREDITED,
    [
      'src/reactor/payment/payout.ts',
      'return returnUndone(view, leg) ?? refunded(leg) ?? payFromBitso',
      'return refunded(leg) ?? payFromBitso',
    ],
    [UNDONE_RETURN, 'a leg in the Bitso balance whose own return is undone is not paid from there'],
  ),
  removing(
    'behind-to-the-first',
    'a return is looked for behind all who took each other’s place',
    CREDITED,
    ['src/reactor/payment/undone.ts', 'steps <= legs.length; steps++', 'steps < 2; steps++'],
    [UNDONE_RETURN, ': is not paid, and a person is told on it'],
  ),
  removing(
    'behind-settled',
    'no settlement pays what took the place of a leg whose return was undone',
    CREDITED,
    [
      'src/reactor/settlement/settle.ts',
      ' UNION ALL SELECT l.id, l.replaces FROM reactor.leg l JOIN line ON l.id = line.replaces)',
      ')',
    ],
    ['test/settlement/undone-return.test.ts', 'and of what took its place'],
  ),
];

const FAILING = 'test/advance/failing.test.ts';
const FAILING_TITLE = 'though all its legs have ended: one is marked, each sweep looks again';

/** A payment that has ended and that throws whenever it is looked at. */
export const TOLD_OF_ENDED = [
  removing(
    'failing-ended-told',
    'somebody is told of a payment that cannot be looked at, though all its legs have ended',
    'design 3, stuck: nothing is unseen',
    [
      'src/reactor/advance/apply.ts',
      'or(notInArray(leg.state, [...FINAL]), eq(leg.id, shownFirst(paymentId))),',
      'or(notInArray(leg.state, [...FINAL]), eq(leg.id, sql`NULL`)),',
    ],
    [FAILING, FAILING_TITLE],
  ),
  removing(
    'failing-ended-swept',
    'what has ended and could not be looked at is looked at again by each sweep',
    'design 3, a sweep finds all that is due',
    ['src/reactor/watch/rescan.ts', "WHERE attention_code = 'cannot_be_looked_at' AND", 'WHERE false AND'],
    [FAILING, FAILING_TITLE],
  ),
  removing(
    'failing-ended-calmed',
    'the mark of what has ended is taken away once it can be looked at again',
    'design 3, stuck: with a true reason',
    ['src/reactor/advance/advance.ts', "new Set(['wait', 'done']);", "new Set(['wait']);"],
    [FAILING, FAILING_TITLE],
  ),
];

/** What is left of an escrow that is no more: it keeps its leg from nothing. */
export const LEFT_OVER = [
  removing(
    'moot-signature',
    'a signature that an ended escrow was to have is given up, whatever became of the answer',
    STUCK,
    [
      'src/reactor/payment/ended.ts',
      'unsignedOf(effects.approver_signature);',
      "[effects.approver_signature].find((one) => unsignedOf(one) && one?.state === 'recorded');",
    ],
    ['test/payment/ended.test.ts', 'has nothing to let out any more'],
  ),
  removing(
    'moot-unfunded',
    'what was to freeze or to let out an escrow gives way when its funding is undone',
    STUCK,
    ['src/reactor/payment/undone.ts', 'if (moot) return goBack', 'if (!moot && moot === null) return goBack'],
    [TAKEN_BACK, 'that gives way first'],
  ),
  removing(
    'moot-stolen',
    'a signature that was asked for keeps no leg from being paid by hand whose escrow paid a stranger',
    STUCK,
    ['src/reactor/replace/stolen.ts', "if (one.kind === 'approver_signature') return { one, end: 'dead' };", ''],
    ['test/guards/stolen-escrow.test.ts', 'it is closed by a payment by hand, and the books have what the chain has'],
  ),
];
