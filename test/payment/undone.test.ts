/** What is decided of a step that a reorganisation undid. */
import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import type { EffectView, EvidenceName, LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { chainFact, effectView, NOW, standsOn, viewOf as view } from '../support/views.ts';

const STANDS = { standing: [standsOn('funded')] };
const complete = { id: 't', status: 'complete' } as const;
/** The contract has no escrow where its funding is gone. */
const goneFrom = (as: EvidenceName) => ({
  standing: [standsOn(as, { verdict: 'mismatch' })],
  ...(as === 'funded' ? { wasFunded: false } : {}),
});

const FUND = { chain_fund: effectView('chain_fund', { state: 'dead' }) };
const RELEASE = { chain_release: effectView('chain_release', { state: 'dead' }) };
const FOREIGN = { chain_release: effectView('chain_release', { externalId: '0xforeign' }) };
const LOST = { ...goneFrom('released'), isReleaseLost: true as const };
const TROUBLE = { chain: { headTimestamp: 1_000, trouble: 'the indexer is behind' } };
const again = (given: Partial<EffectView>) => ({
  chain_release: effectView('chain_release', { attempt: 2, ...given }),
});

test.each([
  [
    'in custody, its funding gone, and its own transaction failed in the new history: back to the wallet',
    {
      state: 'in_custody',
      deadline: 9_000,
      effects: { chain_fund: effectView('chain_fund', { state: 'dead' }) },
      facts: goneFrom('funded'),
    },
    { do: 'move', to: 'withdrawn', booking: { undo: ['chain_fund'] }, escrow: null },
  ],
  ...(
    [
      ['chain_dispute', 'recorded'],
      ['chain_resolve', 'recorded'],
      ['approver_signature', 'recorded'],
      ['approver_signature', 'unknown'],
    ] as const
  ).map(([kind, state]): [string, Partial<LegView>, object] => [
    `in custody, its funding undone, and a ${kind} of its escrow that is ${state}: that gives way first`,
    {
      state: 'in_custody',
      deadline: 9_000,
      effects: { ...FUND, [kind]: effectView(kind, { state }) },
      facts: goneFrom('funded'),
    },
    { do: 'move', to: 'in_custody', kills: { kind }, booking: {} },
  ]),
  [
    'in custody, its funding gone while its own transaction may still be mined again',
    {
      state: 'in_custody',
      deadline: 9_000,
      effects: { chain_fund: effectView('chain_fund', { state: 'confirmed' }) },
      facts: goneFrom('funded'),
    },
    { do: 'ask', code: 'evidence_gone' },
  ],
  [
    'in custody by somebody else’s transaction, its own having failed',
    {
      state: 'in_custody',
      deadline: 9_000,
      effects: { chain_fund: effectView('chain_fund', { state: 'dead' }) },
      facts: STANDS,
    },
    { do: 'wait' },
  ],
  [
    'released, its release undone: in custody again',
    {
      state: 'released',
      effects: { chain_release: effectView('chain_release', { state: 'dead' }) },
      facts: goneFrom('released'),
    },
    { do: 'move', to: 'in_custody', booking: { undo: ['chain_release'] } },
  ],
  [
    'back at Juno out of what else the wallet had, its release undone: it is made again, and the money stays',
    {
      state: 'returned',
      deadline: 9,
      effects: { chain_release: effectView('chain_release', { state: 'dead' }) },
      facts: { ...goneFrom('released'), credit: complete },
    },
    { do: 'record', effect: 'chain_release', attempt: 2, to: 'returned' },
  ],
  [
    'to go back, its release undone: nobody has signed the return, and what the wallet has is another’s',
    {
      state: 'returning',
      deadline: 9,
      effects: {
        chain_release: effectView('chain_release', { state: 'dead' }),
        chain_return: effectView('chain_return', { state: 'recorded' }),
      },
      facts: goneFrom('released'),
    },
    { do: 'move', to: 'released', kills: { kind: 'chain_return' }, booking: { void: 'chain_return' } },
  ],
  [
    'its release undone, and its escrow another one now',
    {
      state: 'returned',
      effects: { chain_release: effectView('chain_release', { state: 'dead' }) },
      facts: { ...goneFrom('released'), moved: { contract: '0xc', escrowId: 7n, deadline: 1_009 } },
    },
    { do: 'rebind', escrow: { escrowId: 7n } },
  ],
  [
    'back at Juno, its funding and its release undone: it never was in an escrow',
    {
      state: 'returned',
      effects: {
        chain_fund: effectView('chain_fund', { state: 'dead' }),
        chain_release: effectView('chain_release', { state: 'dead' }),
      },
      facts: { standing: [...goneFrom('funded').standing, ...goneFrom('released').standing], wasFunded: false },
    },
    { do: 'move', to: 'returned', escrow: null, booking: { undo: ['chain_fund', 'chain_release'] } },
  ],
  [
    'released again, and not indexed',
    {
      state: 'returned',
      effects: { chain_release: effectView('chain_release', { state: 'sending', attempt: 2 }) },
      facts: { ...goneFrom('released'), credit: complete },
    },
    { do: 'wait' },
  ],
  [
    'released again, and the RPC does not have it',
    {
      state: 'returned',
      effects: { chain_release: effectView('chain_release', { state: 'sending', attempt: 2 }) },
      facts: {
        ...goneFrom('released'),
        released: chainFact({ verdict: 'mismatch' }),
        unlocked: chainFact({ id: '31337:0x1:1' }),
      },
    },
    { do: 'ask', code: 'indexer_mismatch' },
  ],
  [
    'released again',
    {
      state: 'returned',
      effects: { chain_release: effectView('chain_release', { state: 'sending', attempt: 2 }) },
      facts: { ...goneFrom('released'), released: chainFact(), unlocked: chainFact({ id: '31337:0x1:1' }) },
    },
    { do: 'move', to: 'returned', confirms: { attempt: 2 }, booking: {} },
  ],
  [
    'back at Juno, its release undone, while indexer and RPC disagree',
    { state: 'returned', deadline: 9, effects: RELEASE, facts: { ...goneFrom('released'), credit: complete } },
    { do: 'wait', for: 'the indexer is behind' },
    TROUBLE,
  ],
  [
    'in custody, its funding undone, while indexer and RPC disagree',
    { state: 'in_custody', deadline: 9_000, effects: FUND, facts: goneFrom('funded') },
    { do: 'wait', for: 'the indexer is behind' },
    TROUBLE,
  ],
  [
    'back at Juno, its release undone, and the custody that began anew not over',
    { state: 'returned', deadline: 1_500, effects: RELEASE, facts: { ...goneFrom('released'), credit: complete } },
    { do: 'wait', for: 'the custody to end at 1970-01-01T00:25:00.000Z (500 s by the chain’s clock)' },
  ],
  [
    'released by somebody else, and that is gone: what it had confirmed came to nothing',
    { state: 'released', effects: FOREIGN, facts: LOST },
    { do: 'move', to: 'released', kills: FOREIGN.chain_release, booking: {} },
  ],
  [
    'to go back, released by somebody else, and that is gone before anybody has signed the return',
    {
      state: 'returning',
      effects: { ...FOREIGN, chain_return: effectView('chain_return', { state: 'recorded', failures: 1 }) },
      facts: LOST,
    },
    { do: 'move', to: 'returning', kills: FOREIGN.chain_release, booking: {} },
  ],
  [
    'returned, released by somebody else, and that is gone: it is released again, and the leg stays where its money is',
    { state: 'returned', deadline: 900, effects: FOREIGN, facts: LOST },
    { do: 'move', to: 'returned', kills: FOREIGN.chain_release, booking: {} },
  ],
  [
    'released by somebody else, and that is gone, while the indexer is behind',
    { state: 'released', effects: FOREIGN, facts: LOST },
    { do: 'wait', for: 'the indexer is behind' },
    TROUBLE,
  ],
  [
    'releasing what nobody has signed yet, its funding undone: it gives way',
    {
      state: 'releasing',
      deadline: 9,
      effects: { ...FUND, chain_release: effectView('chain_release', { state: 'recorded' }) },
      facts: goneFrom('funded'),
    },
    { do: 'move', to: 'in_custody', kills: { kind: 'chain_release' }, booking: { void: 'chain_release' } },
  ],
  [
    'releasing what was signed, its funding undone: the wallet gives its nonce up first',
    {
      state: 'releasing',
      deadline: 9,
      effects: { ...FUND, chain_release: effectView('chain_release', { state: 'sending' }) },
      facts: goneFrom('funded'),
    },
    { do: 'wait' },
  ],
  [
    'to be released again, not signed yet, and its funding undone by now: it gives way, and the books stay',
    { state: 'returned', effects: { ...FUND, ...again({ state: 'recorded' }) }, facts: goneFrom('funded') },
    { do: 'move', to: 'returned', kills: { attempt: 2 }, booking: {} },
  ],
  [
    'released again, and it does not get through',
    {
      state: 'returned',
      effects: again({ state: 'recorded', failures: 8, error: { code: 'x', text: 'the RPC refuses it' } }),
      facts: { ...goneFrom('released'), credit: complete },
    },
    { do: 'ask', code: 'chain_release_not_getting_through' },
  ],
  [
    'released again an hour ago, and not indexed',
    {
      state: 'returned',
      effects: again({ state: 'sending', firstSentAt: new Date(NOW.getTime() - 61 * 60_000) }),
      facts: { ...goneFrom('released'), credit: complete },
    },
    { do: 'ask', code: 'chain_release_overdue' },
  ],
  [
    'on its way back, its release and its return undone: it is released no more',
    {
      state: 'returning',
      effects: { ...RELEASE, chain_return: effectView('chain_return', { state: 'dead' }) },
      facts: goneFrom('released'),
    },
    { do: 'move', to: 'released', booking: { void: 'chain_return' } },
  ],
  [
    'on its way back, signed, its release and its funding undone: what comes of the return decides',
    {
      state: 'returning',
      effects: { ...FUND, ...RELEASE, chain_return: effectView('chain_return', { state: 'sending' }) },
      facts: { standing: [...goneFrom('funded').standing, ...goneFrom('released').standing], wasFunded: false },
    },
    { do: 'wait', for: 'chain_return to be mined and indexed' },
  ],
  [
    'on its way back, its return failed in a block that is not finalised: that is what it waits for',
    {
      state: 'returning',
      effects: {
        chain_return: effectView('chain_return', {
          state: 'sending',
          error: { code: 'not_final', text: 'block 7 is not final' },
        }),
      },
    },
    { do: 'wait', for: 'chain_return to be taken back: block 7 is not final' },
  ],
  [
    'back at Juno, its funding undone, while the contract has an escrow of it that another funding made',
    {
      state: 'returned',
      deadline: 9,
      effects: { ...FUND, ...RELEASE },
      facts: { standing: [...goneFrom('funded').standing, ...goneFrom('released').standing], wasFunded: true },
    },
    { do: 'record', effect: 'chain_release', attempt: 2 },
  ],
  [
    'releasing what nobody has signed yet, and its escrow has another id: it gives way',
    {
      state: 'releasing',
      effects: { chain_release: effectView('chain_release', { state: 'recorded', failures: 1 }) },
      facts: { moved: { contract: '0xc', escrowId: 7n, deadline: 1_009 } },
    },
    { do: 'move', to: 'in_custody', kills: { kind: 'chain_release' }, booking: { void: 'chain_release' } },
  ],
  [
    'completed, its release undone: it is made again, because the wallet lacks what the escrow has',
    { state: 'completed', deadline: 9, effects: RELEASE, facts: goneFrom('released') },
    { do: 'record', effect: 'chain_release', attempt: 2, to: 'completed', isBooked: true },
  ],
  [
    'being paid out, its release undone: the payout goes first',
    {
      state: 'redeeming',
      deadline: 9,
      effects: { ...RELEASE, juno_redemption: effectView('juno_redemption', { state: 'recorded' }) },
      facts: goneFrom('released'),
    },
    { do: 'send', effect: { kind: 'juno_redemption' }, mayWrite: true },
  ],
  [
    'to be paid out, its return undone: nothing was sent, and nothing is',
    {
      state: 'redeeming',
      effects: {
        chain_return: effectView('chain_return', { state: 'dead' }),
        juno_redemption: effectView('juno_redemption', { state: 'recorded' }),
      },
    },
    { do: 'move', to: 'returned', kills: { kind: 'juno_redemption' }, booking: { void: 'juno_redemption' } },
  ],
  [
    'perhaps paid out, its return undone: it is looked for, and not sent again',
    {
      state: 'redeeming',
      effects: {
        chain_return: effectView('chain_return', { state: 'dead' }),
        juno_redemption: effectView('juno_redemption', { state: 'unknown' }),
      },
    },
    { do: 'send', effect: { kind: 'juno_redemption' }, mayWrite: false },
  ],
  [
    'owed later, its return undone: no settlement pays it, and a person is told',
    { state: 'accrued', effects: { chain_return: effectView('chain_return', { state: 'dead' }) } },
    { do: 'ask', code: 'return_undone' },
  ],
  [
    'credited by Juno, and its return undone: nothing is paid on either’s word',
    {
      state: 'returned',
      effects: { chain_return: effectView('chain_return', { state: 'dead', externalId: '0xfeed' }) },
      facts: { ...goneFrom('sentBack'), credit: complete },
    },
    { do: 'ask', code: 'return_undone', sentence: expect.stringContaining('0xfeed') },
  ],
] as [string, Partial<LegView>, object, Partial<PaymentView>?][])('%s', (_name, leg, expected, around = {}) => {
  expect(decide(view(leg, around))).toMatchObject(expected);
});
