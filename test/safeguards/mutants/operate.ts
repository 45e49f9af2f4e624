import type { Mutant } from '../mutant.ts';

const TESTS = 'test/cli/contract';
const OPERATE = 'docs/contract-operations.md';
const INTENT = 'design 3: intent before effect; unknown is resolved by looking';
const CARRY_OUT = 'src/cli/contract/carry-out.ts';
const SEND = 'src/cli/contract/send.ts';
const JOURNAL = 'src/cli/contract/journal.ts';
const ROLES = 'src/cli/contract/acts/roles.ts';

/** What keeps a person who administers the contract from doing harm, or the same thing twice. */
export const OPERATED: readonly Mutant[] = [
  {
    id: 'operate-intent',
    safeguard: 'an act on the contract is in the audit log before it is sent',
    rule: INTENT,
    file: SEND,
    find: 'await recordIntent(db, intent, who, replaced.length > 0);',
    replace: '',
    caughtBy: [{ file: `${TESTS}/unfinished.test.ts`, title: 'the same command finishes it' }],
  },
  {
    id: 'operate-unfinished',
    safeguard: 'while it is unknown what became of an act, its signer signs no other',
    rule: INTENT,
    file: CARRY_OUT,
    find: 'if (!open.every(isSame)) throw otherOpen(open);',
    replace: '',
    caughtBy: [{ file: `${TESTS}/unfinished.test.ts`, title: 'no block in time is unknown' }],
  },
  {
    id: 'operate-same-nonce',
    safeguard: 'what takes the place of an act takes its nonce',
    rule: INTENT,
    file: SEND,
    find: 'const nonce = replaced[0]?.nonce ?? (await door.minedNonce(signer.address));',
    replace: 'const nonce = (await door.minedNonce(signer.address)) + replaced.length;',
    caughtBy: [{ file: `${TESTS}/unfinished.test.ts`, title: 'takes its nonce with a higher fee' }],
  },
  {
    id: 'operate-nonce-signed',
    safeguard: 'a nonce that the audit log has is not signed again, by nobody and on no chain that was set back',
    rule: INTENT,
    file: JOURNAL,
    find: 'if (isReplacement ? highest > intent.nonce : highest >= intent.nonce)',
    replace: 'if (isReplacement ? highest > intent.nonce : highest > intent.nonce + 9)',
    caughtBy: [
      { file: `${TESTS}/unfinished.test.ts`, title: 'two at once: one of them signs' },
      { file: `${TESTS}/unfinished.test.ts`, title: 'a chain that was set back' },
    ],
  },
  {
    id: 'operate-others-wait',
    safeguard: 'nothing is signed behind a transaction that was not made here',
    rule: INTENT,
    file: CARRY_OUT,
    find: 'if (first === undefined) await assertNothingWaits(door, signer.address);',
    replace: '',
    caughtBy: [{ file: `${TESTS}/unfinished.test.ts`, title: 'while a transaction waits that was not made here' }],
  },
  {
    id: 'operate-last-bridge',
    safeguard: 'the last bridge wallet keeps its role',
    rule: OPERATE,
    file: ROLES,
    find: 'grants?.holders.bridge.every((holder) => holder === account) === true &&',
    replace: 'grants === null &&',
    caughtBy: [{ file: `${TESTS}/acts.test.ts`, title: 'the bridge key is rotated' }],
  },
  {
    id: 'operate-bridge-of-admin',
    safeguard: 'the admin is given neither the bridge nor the approver role',
    rule: OPERATE,
    file: ROLES,
    find: "role !== 'pauser' &&",
    replace: "role === 'pauser' &&",
    caughtBy: [{ file: `${TESTS}/acts.test.ts`, title: 'grant refuses ' }],
  },
  {
    id: 'operate-bridge-key',
    safeguard: 'the bridge wallet’s key administers nothing',
    rule: OPERATE,
    file: CARRY_OUT,
    find: 'if (signer.address === settings.bridge)',
    replace: 'if (signer.address === settings.token)',
    caughtBy: [{ file: `${TESTS}/deploy.test.ts`, title: ' nothing is signed' }],
  },
  {
    id: 'operate-no-delay',
    safeguard: 'no contract without a delay of the admin is deployed where money is',
    rule: OPERATE,
    file: 'src/cli/contract/deploy.ts',
    find: 'chainId !== LOCAL &&',
    replace: 'chainId === LOCAL &&',
    caughtBy: [{ file: `${TESTS}/deploy.test.ts`, title: 'without a delay it is refused everywhere' }],
  },
  {
    id: 'operate-other-code',
    safeguard: 'nothing but a pause is signed for code that is not this release’s',
    rule: OPERATE,
    file: 'src/cli/contract/act.ts',
    find: '!state.isThisRelease && !canPause &&',
    replace: 'state.isThisRelease && state.escrowCount < 0n &&',
    caughtBy: [{ file: `${TESTS}/verify.test.ts`, title: 'code that is another one, none at all' }],
  },
  {
    id: 'operate-holders',
    safeguard: 'who has a role is asked of the contract, and not believed of events',
    rule: OPERATE,
    file: 'src/chain/contract/roles.ts',
    find: 'return named.accounts.filter((_, i) => has[i]);',
    replace: 'return named.accounts.filter((_, i) => has.length > i);',
    caughtBy: [{ file: `${TESTS}/verify.test.ts`, title: 'who was granted and lost a role is not among its holders' }],
  },
  {
    id: 'operate-whole',
    safeguard: 'events that begin after the deployment are no whole answer',
    rule: OPERATE,
    file: 'src/cli/contract/verify.ts',
    find: '!grants.isWhole &&',
    replace: 'grants.tokens.length < 0 &&',
    caughtBy: [{ file: `${TESTS}/verify.test.ts`, title: 'events that begin too late are no whole answer' }],
  },
  {
    id: 'operate-falling-delay',
    safeguard: 'a delay of the admin that falls is an alarm',
    rule: OPERATE,
    file: 'src/cli/contract/verify.ts',
    find: 'pendingDelay_s.to < state.adminDelay_s &&',
    replace: 'pendingDelay_s.to < 0 &&',
    caughtBy: [{ file: `${TESTS}/verify.test.ts`, title: 'a hand-over is an alarm unless it is known' }],
  },
  {
    id: 'operate-hand-over',
    safeguard: 'a hand-over of the admin role that nobody named is an alarm',
    rule: OPERATE,
    file: 'src/cli/contract/verify.ts',
    find: 'pendingAdmin.to !== handedTo &&',
    replace: 'pendingAdmin.schedule < 0 &&',
    caughtBy: [{ file: `${TESTS}/verify.test.ts`, title: 'a hand-over is an alarm unless it is known' }],
  },
  {
    id: 'operate-live-code',
    safeguard: 'the check of a predecessor’s contract complains of its code',
    rule: OPERATE,
    file: 'src/cli/contract/verify-live.ts',
    find: 'state.codeTrouble ?? false,',
    replace: '',
    caughtBy: [
      {
        file: `${TESTS}/verify-live.test.ts`,
        title: 'code that answers whatever it is asked, and a token that is none',
      },
    ],
  },
];
