import { type Mutant, removing } from '../mutant.ts';

const V2 = 'src/chain/escrow-v2.ts';
const CODE = 'src/chain/escrow-code.ts';
const BREAKER = 'src/reactor/guards/breaker.ts';
const CONTRACT = 'src/reactor/guards/contract.ts';
const LIVE = 'test/guards/live-contracts.test.ts';
const BREAKS = 'test/guards/breaker.test.ts';
const CHECK = 'design 4, escrow gateway: checked at start';
const GUARD = 'design 4, guards: the contract’s Paused, Upgraded and a role change are breakers too';
const PAYS = 'design 3, evidence ends a step; 4, escrow gateway';
const ESCROWS = 'test/advance/escrow.test.ts';
const ANOTHER = 'test/guards/pays-another.test.ts';
const ENDED = 'test/payment/ended.test.ts';
const TWO = 'design 3, one live effect a subject; incidents 2 and 3';

/** The contracts that others deployed, and what may happen to any contract while it is driven. */
export const CONTRACTS: readonly Mutant[] = [
  removing(
    'live-version',
    'a live contract is of the version that the settings name',
    CHECK,
    [CODE, 'if (!own || !code.includes(toFunctionSelector(own).slice(2)))', 'if (!own)'],
    [LIVE, 'refuses the other version, and our own'],
  ),
  removing(
    'live-bridge',
    'a live contract obeys and pays our own wallet',
    CHECK,
    [V2, 'if (bridgeWallet.toLowerCase() !== bridge.toLowerCase())', 'if (!bridgeWallet)'],
    [LIVE, 'refuses a contract whose bridge wallet is another'],
  ),
  removing(
    'live-dispatch',
    'a contract that answers what it has no function for proves nothing by what it says',
    CHECK,
    [CODE, '    return false;\n  } catch', '    return true;\n  } catch'],
    [LIVE, 'refuses a contract that answers whatever it is asked, with the right code as dead bytes behind'],
  ),
  removing(
    'live-implementation',
    'the contract that is live runs the code that it was deployed with',
    CHECK,
    [CODE, 'if (known && implementation?.toLowerCase() !== known)', 'if (known && !code)'],
    [LIVE, 'the contract that is live is refused once its code is none that this release knows'],
  ),
  removing(
    'contract-known-token',
    'where MXNB is known no other token passes for it',
    CHECK,
    ['src/chain/escrow-token.ts', 'known.toLowerCase() !== token.toLowerCase()', '!token'],
    [LIVE, 'refuses another token than MXNB where MXNB is known, whatever its decimals'],
  ),
  removing(
    'contract-words',
    'a contract whose answers do not fit is a mismatch, and no failure of the node',
    CHECK,
    [V2, 'if (says === null)', 'if (says === null && !version)'],
    [LIVE, 'refuses in our own words a contract whose answers do not fit'],
  ),
  removing(
    'live-code',
    'the code behind a proxy is part of what a contract is',
    CHECK,
    [V2, 'of: implementationCode && keccak256(implementationCode)', 'of: null'],
    [LIVE, 'is another contract once its code, its owner or a wallet changed'],
  ),
  removing(
    'contract-as-it-was',
    'a reactor does not start against a contract that changed since it was last driven',
    CHECK,
    [CONTRACT, 'if (pin && pin.identity !== identity)', 'if (pin && !identity)'],
    [LIVE, 'starts against it once, and then only as it was'],
  ),
  removing(
    'contract-named',
    'a contract that holds a payment under way must be named in the settings',
    CHECK,
    [CONTRACT, 'if (adapter) return adapter;', 'return adapter ?? chain.escrow;'],
    [LIVE, 'a contract that holds a payment under way must be named'],
  ),
  removing(
    'breaker-acts',
    'whatever the admins of a contract do stops new money',
    GUARD,
    [BREAKER, '  if (act)\n', '  if (act && !pin)\n'],
    [BREAKS, 'is whatever else its admins did'],
  ),
  removing(
    'breaker-silent-change',
    'a change of a contract that no event tells of stops new money',
    GUARD,
    [BREAKER, "if (answer.is === 'found' && answer.identity !== pin.identity)", "if (answer.is === 'found' && !pin)"],
    [BREAKS, 'is a change that no event told of'],
  ),
  removing(
    'breaker-pause',
    'a paused contract gets no new money',
    GUARD,
    [BREAKER, 'return isPaused ? PAUSED : null;', 'return null;'],
    [BREAKS, 'is a pause, by the contract’s own word'],
  ),
  removing(
    'breaker-latched',
    'what stopped a contract is over when people say so, and not when the indexer does not show it',
    GUARD,
    [BREAKER, '          eq(guardSwitch.reason, PAUSED),\n', ''],
    [BREAKS, 'what its admins did is not forgotten while the indexer does not show it'],
  ),
  removing(
    'breaker-each',
    'each contract of the settings has a breaker, and not the one in use alone',
    GUARD,
    [BREAKER, 'ctx.chain.escrows.map(', '[ctx.chain.escrow].map('],
    [BREAKS, 'is watched as well, and one that was never sound is shut'],
  ),
  removing(
    'breaker-behind-pauses',
    'an act of the admins is seen behind however many pauses',
    GUARD,
    ['src/chain/indexed/readAdminNews.ts', "NOT IN ('Paused', 'Unpaused')", "NOT IN ('none')"],
    [BREAKS, 'is the first that is no pause and the newest that is one, however many pauses there were'],
  ),
  removing(
    'breaker-signature',
    'an intent that is written down is not signed for a contract that is stopped',
    GUARD,
    [
      'src/reactor/wallet/lane.ts',
      'walletSwitch(signer.address), ...switchesOverCall(row.kind, call)];',
      'walletSwitch(signer.address)];',
    ],
    [BREAKS, 'what was thrown by people is not opened by it, and an intent that is written down is not signed'],
  ),
  removing(
    'release-pays-us',
    'no release is written down of an escrow that would pay anybody but the bridge wallet',
    PAYS,
    ['src/reactor/advance/before.ts', 'if (paid === bridge) return null;', 'if (paid) return null;'],
    [ESCROWS, 'an escrow that would pay somebody else is not released, and a person is told'],
  ),
  removing(
    'release-pays-us-signed',
    'whom an escrow would pay is read once more before its release is signed',
    PAYS,
    ['src/reactor/wallet/ours.ts', 'if (paid !== settings.bridge)', 'if (!paid)'],
    [ESCROWS, 'the last look before a release is signed is at whom it would pay'],
  ),
  removing(
    'release-elsewhere-told',
    'a release whose money went elsewhere is told, and not waited for',
    PAYS,
    ['src/reactor/payment/journey.ts', '    paidElsewhere(view, leg) ??\n', ''],
    [ENDED, ': a person is told at once, and of whom'],
  ),
  removing(
    'custody-ended-found',
    'an escrow in custody that somebody else ended is found, and not waited for',
    PAYS,
    ['src/reactor/payment/journey.ts', '      endedByOthers(view, leg) ??\n', ''],
    [ENDED, 'before its time, and its money in the wallet: nobody is paid, and a person is told'],
  ),
  removing(
    'custody-ended-early',
    'an escrow that ended before its time pays nobody before it',
    PAYS,
    ['src/reactor/payment/ended.ts', '  if (isWanted(view, leg)) {', '  if (view) {'],
    [ENDED, 'before its time, and its money in the wallet: nobody is paid, and a person is told'],
  ),
  removing(
    'release-again-pays-another',
    'a release that is signed already is not handed over again once its escrow would pay somebody else',
    PAYS,
    [
      'src/reactor/wallet/reopen.ts',
      '(await contract.paysTo(ownId)) !== ctx.settings.bridge',
      '(await contract.paysTo(ownId)) === null',
    ],
    [ANOTHER, 'is not handed to the node again, though its release was signed: its nonce is used up by nothing'],
  ),
  removing(
    'custody-ended-woken',
    'an escrow in custody that somebody else ended is found at once',
    PAYS,
    [
      'src/reactor/watch/rescan.ts',
      "(l.attention_code IS NULL AND e.kind IN ('released'",
      "(l.attention_code IS NOT NULL AND e.kind IN ('released'",
    ],
    [ANOTHER, 'before its time is found at once and told, nobody is paid, and it goes on when its time comes'],
  ),
  removing(
    'rescue-surplus',
    'no command moves more out of the contract than no escrow holds',
    'design 4, escrow gateway',
    ['src/cli/contract/acts/rescue.ts', 'units > surplusOf(view) &&', 'units < 0n &&'],
    ['test/cli/contract/acts.test.ts', 'rescue: what no escrow holds is moved, and not more'],
  ),
  removing(
    'two-steps-late',
    'an escrow that nothing can be put into any more gives way to another',
    TWO,
    ['src/reactor/advance/standing.ts', 'return isLate ?', 'return isLate && !isPending ?'],
    [
      'test/finality/two-steps.test.ts',
      'what was held until nothing can be put into its escrow any more gets another one',
    ],
  ),
  removing(
    'recover-own-creation',
    'of several creations of one leg recovery takes the one that was funded',
    TWO,
    ['src/reactor/recovery/plan.ts', 'made.find(isFunded) ?? made.at(-1)', 'made.at(-1)'],
    ['test/recovery/plan.test.ts', 'of two creations of one leg the one that was funded is its own'],
  ),
  removing(
    'recover-own-contract',
    'an escrow’s id says nothing without its contract',
    TWO,
    [
      'src/reactor/recovery/plan.ts',
      "'contract' in other && act.contract === other.contract && act.escrowId === other.escrowId",
      "'contract' in other && act.escrowId === other.escrowId",
    ],
    ['test/recovery/plan.test.ts', 'the same id in another contract, another amount or another reference is another’s'],
  ),
  removing(
    'breaker-judges-by-the-pin',
    'what people accepted is not stopped again by a look that began before',
    GUARD,
    [BREAKER, 'if (kept?.value !== (pin ? printPin(pin) : undefined)) return false;', ''],
    [BREAKS, 'a look that began before people accepted what it saw stops nothing after them'],
  ),
];
