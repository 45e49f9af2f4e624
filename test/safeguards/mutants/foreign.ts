import { type Mutant, removing } from '../mutant.ts';

const EVIDENCE = 'design 3, evidence ends a step; 4, escrow gateway';
const STANDING = 'src/reactor/advance/standing.ts';
const STRANGERS = 'test/guards/stranger-ends.test.ts';
const NAMES = 'is told as that, and goes on once two people name it: that one, as deep as it asks, and once';
const ENDED = 'src/reactor/payment/ended.ts';
const ENDS = 'test/payment/ended.test.ts';
const NAMED = 'test/guards/named.test.ts';
const LEFT = 'test/guards/freeze-left.test.ts';
const LOGS = 'test/chain/logs.test.ts';
const ANOTHER = 'test/guards/pays-another.test.ts';
const RELEASE = 'test/finality/foreign-release.test.ts';
const CHANGE = 'test/guards/bridge-change.test.ts';

const at = (id: string, safeguard: string, ...rest: [Change, Test]): Mutant =>
  removing(id, safeguard, EVIDENCE, ...rest);
type Change = Parameters<typeof removing>[3];
type Test = Parameters<typeof removing>[4];

/** What others than the reactor do with the contract, and a change of its own wallet. */
export const FOREIGN: readonly Mutant[] = [
  at(
    'release-own-transfer',
    'of several transfers of one transaction a release takes that of its own escrow',
    ['src/chain/logs.ts', "kinds[place] === 'out' && others[place] === log", 'isOut(want, log)'],
    [ANOTHER, ', and pays the other'],
  ),
  at(
    'release-own-transfer-again',
    'what a release brought is read again as the Transfer of its own escrow',
    [
      STANDING,
      "case 'unlocked':\n",
      "case 'unlocked':\n      if (escrow) return isTransfer({ token, from: contract, to: bridge, value });\n",
    ],
    [ANOTHER, 'that a reorganisation puts behind the redirect'],
  ),
  at(
    'release-right-after',
    'our own contract pays directly after its event: what a stranger puts around it makes nothing untold',
    ['src/chain/logs.ts', "want.pays === 'after' ? at + 1", "want.pays === 'after' ? others.length - 1"],
    [STRANGERS, 'while it is due for anybody: it is paid'],
  ),
  at(
    'release-nothing-is-no-payment',
    'a Transfer of nothing, which anybody makes without an allowance, pays no escrow',
    ['src/chain/logs.ts', ' && told.value > 0n;', ';'],
    [LOGS, 'is told though anybody makes Transfers of nothing around it, and an admin takes tokens out'],
  ),
  at(
    'ended-freeze-first',
    'a freeze that is signed comes to its end before anything goes on for an escrow that others ended',
    [ENDED, '  if (freeze) return freezeRefused(view, leg) ?? freeze;\n', ''],
    [ENDS, 'a freeze that is signed comes to its end first: by its event, or by its transaction'],
  ),
  at(
    'ended-freeze-refused',
    'a freeze that came to nothing ends with its escrow: no former key keeps a leg for ever',
    [ENDED, 'return freezeRefused(view, leg) ?? freeze;', 'return freeze;'],
    [ENDS, 'a freeze that is signed and has no event ends with its escrow'],
  ),
  at(
    'ended-freeze-unseen',
    'a freeze whose event the indexer shows has not come to nothing',
    ['src/reactor/payment/dispute.ts', ' || (signed.fact && !signed.fact.isClaimed)) return null;', ') return null;'],
    [ENDS, 'a freeze that is signed and has no event ends with its escrow'],
  ),
  at(
    'ended-told-past-a-freeze',
    'that the money of an escrow is gone is told at once, whatever becomes of a freeze of it',
    [ENDED, "if (freeze?.do === 'move') return freeze;", 'if (freeze) return freeze;'],
    [ENDS, 'is told at once, though a freeze that is signed is in no block'],
  ),
  at(
    'stolen-freeze-ends',
    'a freeze in no block keeps nobody from closing a leg whose escrow paid a stranger',
    [
      'src/reactor/replace/stolen.ts',
      "    if (REFUSED.has(one.kind) && !mined.has(one.id)) return { one, end: 'dead' };\n",
      '',
    ],
    [LEFT, 'robbed: it is told, and closed by a payment by hand'],
  ),
  at(
    'stolen-freeze-in-a-block',
    'a freeze that is in a block is looked at before a leg whose escrow paid a stranger is closed',
    ['src/reactor/replace/stolen.ts', ' && !mined.has(one.id)', ''],
    [LEFT, 'robbed: it is told, and closed by a payment by hand'],
  ),
  at(
    'release-odd-untold',
    'where one of the ends beside one another is of another token, a Transfer of it passes for no other’s',
    ['src/chain/logs.ts', '  if ((last - first) % 2 === 0) return null;\n', ''],
    [LOGS, 'is not told where one more ended among them, of another token'],
  ),
  at(
    'untold-is-told',
    'of an escrow that has ended and whose Transfer cannot be told nobody is told that a release is still tried',
    [
      'src/reactor/payment/ended.ts',
      '  if (!released || !isUntold) return null;',
      '  if (!released || isUntold) return null;',
    ],
    [STRANGERS, NAMES],
  ),
  at(
    'named-where-untold',
    'people name what paid an escrow only where its transaction does not tell',
    [
      'src/reactor/replace/name-transfer.ts',
      '  if (receipt.logs.some((one) => isPayment(one, receipt.logs)))',
      '  if (!txHash)',
    ],
    [STRANGERS, 'and that tells what paid it, or has not ended, is named by nobody'],
  ),
  at(
    'named-settled',
    'what people name is on the chain as deep as a redemption asks',
    ['src/reactor/replace/name-transfer.ts', "  if (verdict !== 'final')", "  if (verdict === 'mismatch')"],
    [STRANGERS, 'that paid a stranger, is robbed once two people name it, as deep as a redemption asks'],
  ),
  at(
    'named-is-such',
    'what people name moved the escrow’s amount out of its contract',
    [
      'src/reactor/replace/name-transfer.ts',
      '  if (!log || !told || told.value !== value || !mayPay(log, receipt.logs))',
      '  if (!log || !told)',
    ],
    [STRANGERS, NAMES],
  ),
  at(
    'named-no-others',
    'what people name paid no other escrow that ended in its transaction',
    ['src/chain/logs.ts', "    if (want.pays === 'after') {", '    if (want.pays === undefined) {'],
    [LOGS, 'and what people may name is no other’s, was taken out by no admin, and is of an escrow that ended there'],
  ),
  at(
    'named-read-again',
    'what people named is read again before anything is built on it',
    [STANDING, '        if (again) return { ...fact, verdict: again };\n', ''],
    [STRANGERS, NAMES],
  ),
  at(
    'named-at-its-place',
    'what people named is that Transfer in another block as well: at its place, to whom it went, and of an escrow that it may have paid',
    ['src/reactor/advance/named.ts', 'others[place] === log && isIt(log)', 'isIt(log)'],
    [NAMED, 'at its place, to whom it went, in whatever block'],
  ),
  at(
    'named-last-word',
    'what was named for another leg since is not this one’s any more',
    ['src/reactor/advance/named.ts', 'return row?.stands ? NAMED', 'return row ? NAMED'],
    [NAMED, 'the last word counts: what was named for another leg since is not this one’s any more'],
  ),
  at(
    'release-gone-unshown',
    'of money that is gone nobody is told that it stays in the escrow',
    ['src/reactor/advance/before.ts', 'if (isHeld) return', 'if (isHeld !== null) return'],
    [
      'test/advance/escrow.test.ts',
      'an escrow that has ended and paid somebody else is told as that: nothing stays in it',
    ],
  ),
  at(
    'release-batch-ours',
    'one transaction of somebody else may release several legs',
    [
      'src/reactor/db/migrations/0000_tables.sql',
      "kind not in ('chain_release', 'chain_dispute', 'chain_resolve', 'juno_bank_account')",
      "kind not in ('chain_dispute', 'chain_resolve', 'juno_bank_account')",
    ],
    [ANOTHER, 'pays both where neither was'],
  ),
  at(
    'foreign-release-attempt',
    'somebody else’s release in the place of ours is claimed under an attempt that is confirmed by it',
    ['src/reactor/payment/step.ts', "(!isFound || kind === 'chain_release')", '(!isFound)'],
    [
      RELEASE,
      'that is mined before ours, which fails and is given up, is claimed under an attempt of its own, and the leg is paid',
    ],
  ),
  at(
    'foreign-release-lost',
    'somebody else’s release that a reorganisation took out is taken back',
    ['src/reactor/payment/undone.ts', 'if (!leg.facts.isReleaseLost || ', 'if (leg.facts.isReleaseLost !== null || '],
    [RELEASE, 'is taken back, and the escrow is released by us'],
  ),
  at(
    'foreign-release-again',
    'what a reorganisation took out and brought back is evidence of its leg again',
    ['src/reactor/advance/apply.ts', 'if (!isKnown) await tx.insert(evidence)', 'await tx.insert(evidence)'],
    [RELEASE, 'is claimed again as it was when it comes back'],
  ),
  at(
    'evidence-wallet',
    'evidence is compared with the bridge wallet of its time',
    [STANDING, 'contentOf(ctx, row, name, escrow, found?.bridge)', 'contentOf(ctx, row, name, escrow)'],
    [
      CHANGE,
      'what is in custody, and what waits to be redeemed, is paid under the new wallet, each once; then new money comes in',
    ],
  ),
  at(
    'custody-pays-another-told',
    'whom an escrow in custody would pay is told when it changes, and not when it is due',
    ['src/reactor/payment/journey.ts', 'return paysAnotherMeanwhile(leg, next);', 'return next;'],
    [ANOTHER, 'is told at once, years before it is due, and the person is let go once it is put right'],
  ),
  at(
    'custody-redirect-woken',
    'an escrow in custody that was redirected is found at once',
    ['src/reactor/watch/rescan.ts', "'released', 'cancelled', 'redirected')", "'released', 'cancelled')"],
    [ANOTHER, 'is told at once, years before it is due, and the person is let go once it is put right'],
  ),
  at(
    'ended-goes-on',
    'those whose escrow ended and that something holds keep no later one from being found',
    ['src/reactor/watch/rescan.ts', 'if (found.length < most) return', 'if (found) return'],
    [
      'test/watch/rescan.test.ts',
      'an escrow that somebody else ended is found behind however many that a hold keeps where they are',
    ],
  ),
];
