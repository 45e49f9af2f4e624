import { type Mutant, removing } from '../mutant.ts';

const EVIDENCE = 'design 3, evidence ends a step; 4, escrow gateway';
const STANDING = 'src/reactor/advance/standing.ts';
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
      'return escrow && paidTo({ token, escrow: contract, escrowId: escrow.escrowId, to: bridge, value });',
      'return isTransfer({ token, from: contract, to: bridge, value });',
    ],
    [ANOTHER, 'that a reorganisation puts behind the redirect'],
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
      "WHERE external_id is not null and kind <> 'chain_release'",
      'WHERE external_id is not null',
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
