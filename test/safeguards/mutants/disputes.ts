import type { Mutant } from '../mutant.ts';
import { murmur, unchecked } from './refusals.ts';

const DECIDE = 'src/reactor/payment/decide.ts';
const DISPUTE = 'src/reactor/payment/dispute.ts';
const RULES = 'src/reactor/db/migrations/0001_rules.sql';
const OPEN = 'src/reactor/disputes/open.ts';
const STAKES = 'src/reactor/disputes/stakes.ts';
const CONCLUDE = 'src/reactor/disputes/conclude.ts';
const VIEW = { file: 'test/payment/any-view.test.ts', title: 'it always answers; moves are legal' };
const ORDER = { file: 'test/disputes/any-order.test.ts', title: 'nothing is released past a dispute' };
const PURE = 'test/disputes/decide.test.ts';
const DESK = 'test/disputes/dispute.test.ts';
const KEPT = 'test/disputes/rules.test.ts';
const SIGNED = 'test/disputes/signed.test.ts';
const RULE = 'design 2, a dispute holds the money where it is; incident 21';

/** What the database refuses of disputes, by the beginning of what it says, and the test that sees it refused. */
const REFUSALS: readonly (readonly [id: string, says: string, safeguard: string, file: string, title: string])[] = [
  [
    ...(['dispute-bars-a-send', 'effect % is of a disputed payment'] as const),
    'the database itself lets nothing of a disputed payment be sent but a freeze',
    ...([SIGNED, 'nothing else does, whatever the code above believes'] as const),
  ],
  [
    ...(['dispute-hold-stays', 'hold % is that of a dispute'] as const),
    'the hold of a dispute is closed by nothing but its end',
    ...([KEPT, 'its hold is not closed before it is final'] as const),
  ],
  [
    ...(['dispute-terms', 'dispute % keeps its terms'] as const),
    'a dispute keeps who opened it, and why',
    ...([KEPT, 'keeps its terms and is never deleted'] as const),
  ],
  [
    ...(['dispute-moves', 'dispute % may not move from'] as const),
    'a dispute moves only along a legal move, and from its end no more',
    ...([KEPT, 'is final after that, and closed to everything'] as const),
  ],
  [
    ...(['dispute-moves-on-something', 'dispute % has nothing that makes it'] as const),
    'a dispute is resolved by a decision, opened again by an appeal, and final by the end of the time for one',
    ...([KEPT, 'is resolved by a decision alone'] as const),
  ],
  [
    ...(['dispute-born', 'dispute % begins open'] as const),
    'a dispute begins open, with a hold of its own payment',
    ...([KEPT, 'begins open, over its own payment’s open hold'] as const),
  ],
  [
    ...(['dispute-takes', 'dispute % is %: no % is taken'] as const),
    'nothing is said or decided in a dispute that is final, nor appealed against where nothing is decided',
    ...([KEPT, 'is final after that, and closed to everything'] as const),
  ],
  [
    ...(['dispute-evidence-number', 'dispute % has all the evidence'] as const),
    'evidence is bounded in its number',
    ...([KEPT, 'evidence is bounded in its text'] as const),
  ],
  [
    ...(['dispute-decided-by-two', 'dispute % is decided by two people'] as const),
    'a dispute is decided by two people',
    ...([KEPT, 'is two people’s, of this very dispute'] as const),
  ],
  [
    ...(['dispute-appeal-newest', 'resolution % can be appealed'] as const),
    'an appeal is against the newest decision, and in time',
    ...([KEPT, 'is final after that, and closed to everything'] as const),
  ],
];

const OUTCOME = `
    (outcome = 'split') = (num_nonnulls(payer_basis_points, payer_centavos) = 1) AND (outcome = 'recipient') = (destination_id IS NULL)
    AND (payer_basis_points IS NULL OR payer_basis_points BETWEEN 1 AND 9999) AND (payer_centavos IS NULL OR payer_centavos > 0)`;
const BOUNDS = `
    char_length(text) <= 4000 AND CASE jsonb_typeof(files) WHEN 'array' THEN jsonb_array_length(files) <= 10 ELSE false END`;
const CHECKS: readonly (readonly [name: string, check: string, title: string])[] = [
  ['dispute_reason_code', "reason_code ~ '^[a-z][a-z0-9_]{2,39}$'", 'says who opened it, and why in a word'],
  ['dispute_statement', 'char_length(statement) <= 4000', 'says who opened it, and why in a word'],
  [
    'dispute_whose',
    "(user_id IS NOT NULL) = (opened_by IN ('payer', 'recipient'))",
    'says who opened it, and why in a word',
  ],
  ['dispute_evidence_bounds', BOUNDS, 'evidence is bounded in its text'],
  [
    'dispute_evidence_whose',
    "(user_id IS NOT NULL) = (given_by IN ('payer', 'recipient'))",
    'evidence is bounded in its text',
  ],
  ['dispute_appeal_bounds', 'char_length(text) BETWEEN 1 AND 4000', 'is opened again by an appeal'],
  ['dispute_resolution_outcome', OUTCOME, 'says whose the money is, and nothing else'],
];

/** What keeps disputed money where it is, until it is decided whose it is. */
export const DISPUTED: readonly Mutant[] = [
  {
    id: 'dispute-is-a-barrier',
    safeguard: 'while a dispute is not final nothing of its payment is begun, whatever its hold says',
    rule: RULE,
    file: DECIDE,
    find: "if (view.dispute && !isFreeze) return wait(view, leg, 'its dispute to be final', undefined, decideDispute(view));",
    replace: '',
    caughtBy: [VIEW],
  },
  {
    id: 'dispute-gives-way',
    safeguard: 'what is recorded and unsent gives way to a dispute',
    rule: RULE,
    file: DISPUTE,
    find: 'const step = view.dispute ? STEP[leg.state] : undefined;',
    replace: 'const step = view.dispute ? undefined : STEP[leg.state];',
    caughtBy: [{ file: PURE, title: 'what is recorded and unsent gives way' }],
  },
  {
    id: 'dispute-freezes-on-chain',
    safeguard: 'what is disputed is frozen in the escrow contract, too',
    rule: 'design 2, disputes: on chain, too',
    file: DISPUTE,
    find: "const next = begin(leg, 'chain_dispute', leg.state);",
    replace: "const next = wait(view, leg, 'its dispute to be decided');",
    caughtBy: [{ file: PURE, title: 'its escrow is frozen in the contract' }],
  },
  {
    id: 'dispute-freeze-passes-holds',
    safeguard: 'a freeze is recorded and signed past the dispute that it is for',
    rule: RULE,
    file: 'src/reactor/guards/check.ts',
    find: 'isFreeze ? NO_BARS : await',
    replace: 'await',
    caughtBy: [{ file: SIGNED, title: 'a freeze passes the dispute that it is for' }],
  },
  {
    id: 'dispute-on-chain-opens-here',
    safeguard: 'what somebody disputes in the contract itself is held here as well',
    rule: RULE,
    file: DISPUTE,
    find: "return settled(view, leg, [disputed]) ?? { do: 'contest', leg, fact: disputed };",
    replace: "return settled(view, leg, [disputed]) ?? begin(leg, 'chain_resolve', leg.state);",
    caughtBy: [{ file: PURE, title: 'opens the record as soon as the indexer shows it' }],
  },
  {
    id: 'dispute-on-chain-bars-a-release',
    safeguard: 'a release that nobody has signed gives way to a dispute in the contract',
    rule: RULE,
    file: 'src/reactor/payment/journey.ts',
    find: 'releaseBarred(view, leg) ??',
    replace: '',
    caughtBy: [{ file: PURE, title: 'takes back a release that nobody has signed' }],
  },
  {
    id: 'dispute-waits-for-its-freeze',
    safeguard: 'nothing is let go in the contract before the freeze that was signed is seen',
    rule: 'design 3, never trust the indexer alone',
    file: DISPUTE,
    find: 'if (!fact || fact.isClaimed) return underWay(view, leg, effect, effect.firstSentAt ?? view.now);',
    replace: 'if (!fact || fact.isClaimed) continue;',
    caughtBy: [{ file: PURE, title: 'while the indexer lags' }, ORDER],
  },
  {
    id: 'dispute-appeal-window',
    safeguard: 'what was decided is carried out only when the time to appeal is over',
    rule: RULE,
    file: DISPUTE,
    find: 'if (!dispute?.appealableUntil || dispute.appealableUntil > view.now) return null;',
    replace: 'if (!dispute?.appealableUntil) return null;',
    caughtBy: [{ file: PURE, title: 'is carried out when the time to appeal is over' }, VIEW],
  },
  {
    id: 'dispute-final-in-time',
    safeguard: 'the database lets no decision be final while it can be appealed against',
    rule: RULE,
    file: RULES,
    find: "OR (NEW.state = 'final' AND newest.appealable_until > reactor.now())",
    replace: '',
    caughtBy: [{ file: KEPT, title: 'is resolved by a decision alone, and final when the time to appeal is over' }],
  },
  {
    id: 'dispute-appeal-in-time',
    safeguard: 'the database takes no appeal when its time is over',
    rule: RULE,
    file: RULES,
    find: 'IF newest.id <> NEW.resolution_id OR newest.appealable_until <= reactor.now() THEN',
    replace: 'IF newest.id <> NEW.resolution_id THEN',
    caughtBy: [{ file: KEPT, title: 'is final after that, and closed to everything' }],
  },
  {
    id: 'dispute-two-people',
    safeguard: 'a dispute is decided by its own proposal that two people made',
    rule: 'design 4, guards: four eyes',
    file: RULES,
    find: "AND p.subject = 'dispute:' || of.id AND p.approved_by IS NOT NULL",
    replace: '',
    caughtBy: [{ file: KEPT, title: 'is two people’s, of this very dispute' }],
  },
  {
    id: 'dispute-signed-release',
    safeguard: 'a signed release that no block has gives way to a dispute at once',
    rule: RULE,
    file: 'src/reactor/wallet/follow.ts',
    find: 'const isDisputed = newest !== undefined && !newest.isNoop && (await isContested(ctx, newest));',
    replace: 'const isDisputed = false;',
    caughtBy: [{ file: SIGNED, title: 'the release gives way to nothing at its nonce, at once' }],
  },
  {
    id: 'dispute-release-not-handed-over',
    safeguard: 'a release that was signed in the moment of its dispute is not handed over',
    rule: RULE,
    file: 'src/reactor/wallet/lane.ts',
    find: "if (row.kind === 'chain_release' && (await isContested(ctx, { effectId: row.id }))) return cost;",
    replace: '',
    caughtBy: [{ file: SIGNED, title: 'its bytes never reach the node' }],
  },
  {
    id: 'dispute-never-against-the-seller',
    safeguard: 'no dispute is ever resolved against the seller: on version 2 that pays the platform wallet',
    rule: 'design 4, escrow gateway: never false',
    file: 'src/reactor/wallet/policy.ts',
    find: "if (call.is === 'resolve') must(call.inFavorOfSeller, 'it resolves a dispute against the seller');",
    replace: '',
    caughtBy: [{ file: 'test/wallet/policy.test.ts', title: 'a dispute is resolved for the seller' }],
  },
  {
    id: 'dispute-reason-is-a-word',
    safeguard: 'nothing but a word of ours is written on chain as the reason of a dispute',
    rule: 'design 4, privacy',
    file: 'src/reactor/wallet/policy.ts',
    find: "if (call.is === 'dispute') must(WORD.test(call.reason), 'its reason is no word of ours');",
    replace: '',
    caughtBy: [{ file: 'test/wallet/policy.test.ts', title: 'a dispute says a word' }],
  },
  {
    id: 'dispute-what-has-left',
    safeguard: 'a dispute is opened only over what has not left',
    rule: RULE,
    file: STAKES,
    find: 'OUT.has(one.state) ||',
    replace: '',
    caughtBy: [{ file: DESK, title: 'is refused twice, of nothing, and of what has left' }],
  },
  {
    id: 'dispute-people-too',
    safeguard: 'what is disputed is moved by no people either',
    rule: RULE,
    file: 'src/reactor/replace/refund.ts',
    find: '  await assertUndisputed(ctx.db, paymentId);',
    replace: '',
    caughtBy: [{ file: DESK, title: 'excludes what people would do with its money by hand' }],
  },
  {
    id: 'dispute-locks-the-payment',
    safeguard: 'opening a dispute takes the lock that every intent takes',
    rule: RULE,
    file: OPEN,
    find: ".where(eq(payment.id, paymentId)).for('update');",
    replace: '.where(eq(payment.id, paymentId));',
    caughtBy: [{ file: DESK, title: 'waits for an intent that is being recorded' }],
  },
  {
    id: 'dispute-shares',
    safeguard: 'what goes back of a dispute is what was decided, and never more than has not left',
    rule: 'design 2, live legs sum to the deposit',
    file: 'src/reactor/payment/shares.ts',
    find: 'const taken = left < amount.units ? left : amount.units;',
    replace: 'const taken = left;',
    caughtBy: [{ file: 'test/disputes/shares.test.ts', title: 'no share is more than its part' }],
  },
  {
    id: 'dispute-carried-out',
    safeguard: 'the payer’s share is ordered back in the transaction that ends the dispute',
    rule: RULE,
    file: CONCLUDE,
    find: 'for (const { id, amount } of shares)',
    replace: 'for (const { id, amount } of [] as typeof shares)',
    caughtBy: [{ file: DESK, title: 'is carried out when nobody has appealed in time, once' }],
  },
  {
    id: 'dispute-words-are-erased',
    safeguard: 'what a user said in disputes goes with the user',
    rule: 'design 4, privacy',
    file: 'src/reactor/people/erase.ts',
    find: "UPDATE reactor.dispute_evidence SET text = ${ERASED}, files = '[]' WHERE user_id = ${userId}",
    replace: 'SELECT 1 WHERE ${userId}::uuid IS NULL',
    caughtBy: [{ file: 'test/disputes/erased.test.ts', title: 'with a user goes what they said' }],
  },
  ...REFUSALS.map(([id, says, safeguard, file, title]) => ({
    ...{ id, safeguard, rule: RULE, file: RULES, ...murmur(says), caughtBy: [{ file, title }] },
  })),
  ...CHECKS.map(([name, check, title]) => ({
    ...{ id: name.replaceAll('_', '-'), safeguard: `the database checks ${name}`, rule: 'design 2, disputes' },
    ...{ file: RULES, ...unchecked(name, check), caughtBy: [{ file: KEPT, title }] },
  })),
];
