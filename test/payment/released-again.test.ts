/** A release that was undone under a leg whose money had gone on: it is made again, and neither keeps the leg nor is kept by it. */
import { expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import type { EffectView, LegView } from '../../src/reactor/payment/view.ts';
import { chainFact, effectView, legView, standsOn, viewOf as view } from '../support/views.ts';

const GONE = { standing: [standsOn('released', { verdict: 'mismatch' })], wasFunded: true };
const RELEASE = { chain_release: effectView('chain_release', { state: 'dead' }) };
const PAID = { juno_redemption: effectView('juno_redemption') };
const again = (given: Partial<EffectView>) => ({
  chain_release: effectView('chain_release', { attempt: 2, ...given }),
});
const AGAIN = { ...GONE, released: chainFact(), unlocked: chainFact({ id: '31337:0x1:1' }) };
const AT_BITSO = { state: 'paying_out', rail: 'bitso_spei', deadline: 900 } as const;
const RAIL_OFF = { stopped: [{ name: 'rail:bitso_spei', reason: 'Bitso is down' }] };
const ALL = { amount: legView().amount };

test.each([
  [
    'closed by a payment by hand, its release undone: it is made again, because the wallet lacks what the escrow has',
    { state: 'closed', deadline: 9, effects: RELEASE, facts: GONE },
    { do: 'record', effect: 'chain_release', attempt: 2, to: 'closed', isBooked: true },
  ],
  [
    'closed by a payment by hand, because its escrow paid a stranger: nothing is released',
    { state: 'closed', deadline: 9, effects: RELEASE },
    { do: 'done' },
  ],
  [
    'in the Bitso balance, and its rail is off: its undone release is made again all the same',
    { ...AT_BITSO, effects: RELEASE, facts: GONE },
    { do: 'record', effect: 'chain_release', attempt: 2 },
    RAIL_OFF,
  ],
  [
    'in the Bitso balance and held: its undone release waits as well',
    { ...AT_BITSO, effects: RELEASE, facts: GONE },
    { do: 'wait', for: 'the hold to be closed: contested' },
    { holds: [{ kind: 'hold', sentence: 'contested' }] },
  ],
  [
    'in the Bitso balance, and its rail is off: what was released again is written down',
    { ...AT_BITSO, effects: again({ state: 'sending' }), facts: AGAIN },
    { do: 'move', to: 'paying_out', confirms: { attempt: 2 } },
    RAIL_OFF,
  ],
  [
    'in the Bitso balance and to go back to the payer: what was released again is written down first',
    { ...AT_BITSO, refund: ALL, effects: again({ state: 'sending' }), facts: AGAIN },
    { do: 'move', to: 'paying_out', confirms: { attempt: 2 } },
  ],
  [
    'in the Bitso balance and to go back to the payer, its release undone: that is made again first',
    { ...AT_BITSO, refund: ALL, effects: RELEASE, facts: GONE },
    { do: 'record', effect: 'chain_release', attempt: 2 },
  ],
  [
    'in the Bitso balance and to go back to the payer while its release is made again: it goes back',
    { ...AT_BITSO, refund: ALL, effects: again({ state: 'recorded' }), facts: GONE },
    { do: 'replace' },
  ],
  [
    'in the Bitso balance and to go back to the payer beside a payout that may have left: a person looks',
    { ...AT_BITSO, refund: ALL, effects: { juno_redemption: effectView('juno_redemption', { state: 'unknown' }) } },
    { do: 'ask', code: 'effect_out_of_place' },
  ],
  ...(['completed', 'replaced', 'closed', 'redeeming', 'returned'] as const).flatMap((state) =>
    (['approvals', 'date_and_approvals'] as const).map((release): [string, Partial<LegView>, object, object] => [
      `${state}, under the policy ${release}, its release undone, and the approvals lapsed or void: it is made again, as it was approved once`,
      {
        state,
        deadline: 900,
        approvals: [],
        fourEyes: 'missing',
        effects: { ...PAID, ...RELEASE },
        facts: GONE,
      },
      { do: 'record', effect: 'chain_release', attempt: 2 },
      { payment: { release } },
    ]),
  ),
  [
    'completed, under the policy approvals, its release undone, and the custody that began anew not over: its date is waited for',
    { state: 'completed', deadline: 1_500, approvals: [], effects: RELEASE, facts: GONE },
    { do: 'wait', for: expect.stringContaining('the custody to end at') },
    { payment: { release: 'approvals' } },
  ],
  [
    'to be released again and not signed, under the policy approvals, after the approvals lapsed: it does not give way',
    {
      state: 'completed',
      deadline: 900,
      approvals: [],
      effects: again({ state: 'recorded' }),
      facts: GONE,
    },
    { do: 'wait', for: expect.stringContaining('chain_release') },
    { payment: { release: 'approvals' } },
  ],
  ...(['completed', 'returned'] as const).flatMap((state) =>
    [
      { holds: [{ kind: 'hold', sentence: 'contested' }] },
      { stopped: [{ name: 'rail:chain', reason: 'a drill' }] },
      { dispute: { id: 'd', reasonCode: 'x', appealableUntil: null } },
    ].map((around): [string, Partial<LegView>, object, object] => [
      `${state}, its release undone, and ${Object.keys(around)[0]} over the payment: it is not made again`,
      { state, deadline: 900, effects: RELEASE, facts: GONE },
      { do: 'wait' },
      { ...around, payment: { release: 'approvals' } },
    ]),
  ),
] as [string, Partial<LegView>, object, Parameters<typeof view>[1]?][])('%s', (_name, leg, expected, around = {}) => {
  expect(decide(view(leg, around))).toMatchObject(expected);
});
