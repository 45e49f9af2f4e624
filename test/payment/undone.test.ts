/** What is decided of a step that a reorganisation undid. */
import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import type { EvidenceName, LegView } from '../../src/reactor/payment/view.ts';
import { chainFact, effectView, standsOn, viewOf as view } from '../support/views.ts';

const STANDS = { standing: [standsOn('funded')] };
const complete = { id: 't', status: 'complete' } as const;
const goneFrom = (as: EvidenceName) => ({ standing: [standsOn(as, { verdict: 'mismatch' })] });

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
      effects: { chain_release: effectView('chain_release', { state: 'dead' }) },
      facts: { ...goneFrom('released'), credit: complete },
    },
    { do: 'record', effect: 'chain_release', attempt: 2, to: 'returned' },
  ],
  [
    'on its way back, its release undone: it is made again',
    {
      state: 'returning',
      effects: {
        chain_release: effectView('chain_release', { state: 'dead' }),
        chain_return: effectView('chain_return', { state: 'recorded' }),
      },
      facts: goneFrom('released'),
    },
    { do: 'record', effect: 'chain_release', attempt: 2, to: 'returning' },
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
      facts: { standing: [...goneFrom('funded').standing, ...goneFrom('released').standing] },
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
] as [string, Partial<LegView>, object][])('%s', (_name, leg, expected) => {
  expect(decide(view(leg))).toMatchObject(expected);
});
