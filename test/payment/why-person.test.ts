/** Every reason for which a person is asked, made in the view that tells it: the person is told what to do. */
import { describe, expect, test } from 'vitest';
import { EFFECT_KINDS, type EffectKind } from '../../src/reactor/effects/states.ts';
import { NAMED_CODES, OVERDUE_CODES, stepFor } from '../../src/reactor/payment/attention.ts';
import type { LegView } from '../../src/reactor/payment/view.ts';
import { chainFact, effectView, legView, NOW, SOON, standsOn, viewOf } from '../support/views.ts';
import { BACK, type Given, inCustody, needs, refused, says, sent } from './why-says.ts';

const HOUR_AGO = new Date(NOW.getTime() - 61 * 60 * 1000);
const stuck = (kind: EffectKind) => ({
  [kind]: effectView(kind, { state: 'recorded', failures: 8, nextLookAt: SOON }),
});
const THIRD = { attempt: 3, state: 'dead' } as const;
/** A view in which each reason is told: a new reason has to be made here. */
const REASONS: Readonly<Record<(typeof NAMED_CODES)[number], readonly [Partial<LegView>, Given?]>> = {
  no_deadline: inCustody({ deadline: null }),
  effect_missing: [{ state: 'withdrawing' }],
  effect_out_of_place: [{ state: 'deposited', effects: sent('juno_withdrawal', { state: 'recorded' }) }],
  cannot_be_looked_at: refused('cannot_be_looked_at'),
  issuance_failed: [{ facts: { deposit: { id: 'd', claimedAt: NOW }, issuance: { id: 'i', status: 'failed' } } }],
  payout_account_unusable: [{ account: { isReady: false, problem: 'Juno refuses it.' } }],
  payout_account_differs: refused('payout_account_differs'),
  payout_account_unread: refused('payout_account_unread'),
  juno_holds_deposit: [
    {
      ...{ state: 'returning', enteredAt: new Date(0), effects: sent('chain_return') },
      facts: { sentBack: chainFact(), credit: { id: 'c', status: 'pending' } },
    },
  ],
  attempts_used_up: [{ state: 'deposited', effects: sent('juno_withdrawal', THIRD) }],
  failed_not_returned: [
    { state: 'redeeming', effects: sent('juno_redemption'), facts: { redemption: { id: 'r', status: 'failed' } } },
  ],
  return_undone: [{ state: 'returned', effects: sent('chain_return', { state: 'dead' }), facts: BACK }],
  money_in_former_wallet: [{ state: 'withdrawn', facts: { standing: [standsOn('arrival')], formerWallet: '0xf' } }],
  indexer_mismatch: [
    {
      ...{ state: 'funding', effects: sent('chain_fund') },
      facts: { funded: { ...chainFact({ verdict: 'mismatch' }), contract: '0xc', escrowId: 1n, deadline: 5 } },
    },
  ],
  evidence_gone: inCustody({ facts: { standing: [standsOn('funded', { verdict: 'mismatch' })] } }),
  rpcs_disagree: inCustody({ facts: { standing: [standsOn('funded', { verdict: 'rpcs_disagree' })] } }),
  finalized_unknown: inCustody({ facts: { standing: [standsOn('funded', { verdict: 'finalized_unknown' })] } }),
  not_frozen_on_chain: [
    ...inCustody({ effects: sent('chain_dispute') }),
    { dispute: { id: 'd', reasonCode: 'not_received', appealableUntil: null } },
  ],
  disputed_again: inCustody({
    effects: { ...sent('chain_dispute'), ...sent('chain_resolve') },
    facts: { isDisputed: true, wasFrozen: true },
  }),
  settlement_ended: [{ state: 'accrued', facts: { settlement: { paymentId: 's', legId: 'l', state: 'closed' } } }],
  commission_open: [
    {},
    { legs: [legView({ kind: 'commission', state: 'reserved' }), legView({ id: 'other', state: 'replaced' })] },
  ],
  rail_not_available: [{ kind: 'immediate', state: 'reserved', rail: 'bitso_spei' }, { hasBitso: false }],
  release_four_eyes: inCustody({ deadline: 5, fourEyes: 'missing' }),
  escrow_ended_early: inCustody({ facts: { isEnded: true, released: chainFact() } }),
  escrow_payment_untold: inCustody({ facts: { isEnded: true, released: chainFact(), isUntold: true } }),
  escrow_paid_another: inCustody({
    facts: { isEnded: true, released: chainFact(), paidElsewhere: { to: '0xd', by: chainFact() } },
  }),
  escrow_pays_another: inCustody({ facts: { paysAnother: { escrow: 'escrow 1', to: '0xd', bridge: '0xb' } } }),
  escrow_is_another: refused('escrow_is_another'),
  nonce_taken: [
    {
      state: 'funding',
      effects: sent('chain_fund', {
        ...{ state: 'sending', failures: 8, error: { code: 'nonce_taken', text: 'another has its nonce' } },
      }),
    },
  ],
  payout_failed: [{ state: 'payout_failed' }],
  payout_returned: [{ state: 'payout_returned' }],
  daily_cap: refused('daily_cap'),
  payment_cap: refused('payment_cap'),
  rate_missing: refused('rate_missing'),
};

describe('a person is needed', () => {
  test.each(Object.entries(REASONS))('for %s, and told what to do', (code, [leg, given]) => {
    says(viewOf(leg, given), { decision: 'ask', code, toDo: expect.stringMatching(/\S/) });
  });

  test.each(EFFECT_KINDS.filter((kind) => kind.startsWith('juno_w') || kind === 'juno_redemption'))(
    'for an unknown %s, one that does not get through, one that takes too long and one that was refused',
    (kind) => {
      const state = kind === 'juno_withdrawal' ? 'withdrawing' : 'redeeming';
      const error = { code: 'look_found_none', text: 'no trace of it was found' };
      const unknown = { state: 'unknown', nextLookAt: SOON, error } as const;
      says(
        viewOf({ state, effects: sent(kind, unknown) }),
        needs(`${kind}_unknown`, `effect propose ${kind}-1 --as happened`),
      );
      says(viewOf({ state, effects: stuck(kind) }), needs(`${kind}_not_getting_through`, `effect show ${kind}-1`));
      says(
        viewOf({ state, enteredAt: HOUR_AGO, effects: sent(kind) }),
        needs(`${kind}_overdue`, `effect look ${kind}-1`),
      );
      const before = kind === 'juno_withdrawal' ? 'deposited' : 'returned';
      const rejected = sent(kind, { state: 'rejected', error: { code: '34001', text: 'too much' } });
      const leg = { state: before, effects: rejected, facts: before === 'returned' ? BACK : {} } as const;
      says(viewOf(leg), needs('rejected:34001', `effect propose ${kind}-1 --allow-attempt`));
    },
  );

  test.each([
    ['issuance', { facts: { deposit: { id: 'd', claimedAt: HOUR_AGO } } }, {}],
    ['payout_account', { state: 'deposited', account: { isReady: false, problem: null } }, {}],
    ['screening', { state: 'deposited' }, { uncleared: [{ userId: 'u', why: 'missing' }] }],
    ['deposit_address', { state: 'released' }, { depositAddress: { isProved: false, sentence: 'a probe' } }],
    ['evidence', { state: 'withdrawn' }, {}],
    [
      'arrival',
      {
        state: 'withdrawing',
        effects: sent('juno_withdrawal'),
        facts: { withdrawal: { id: 'w', status: 'complete', txHash: '0x1' } },
      },
      {},
    ],
  ] satisfies [(typeof OVERDUE_CODES)[number], Partial<LegView>, Given][])(
    'for %s that takes too long',
    (code, leg, given) => {
      says(viewOf({ enteredAt: HOUR_AGO, ...leg }, given), needs(`${code}_overdue`, ''));
    },
  );

  test('and no code is without its step', () => {
    const at = { payment: 'p', leg: 'l', effect: 'e' };
    const families = EFFECT_KINDS.flatMap((kind) => [
      `${kind}_overdue`,
      `${kind}_unknown`,
      `${kind}_not_getting_through`,
    ]);
    const all = [...NAMED_CODES, ...OVERDUE_CODES.map((code) => `${code}_overdue`), ...families, 'rejected:1'];
    expect(all.filter((code) => !stepFor(code, at))).toEqual([]);
    expect(stepFor('never_heard_of', at)).toBeNull();
  });

  test('before anything that goes on by itself, and the others are counted', () => {
    const legs = [
      legView({ id: 'a', kind: 'immediate', state: 'reserved' }),
      legView({ id: 'b', state: 'payout_returned' }),
      legView({ id: 'c', kind: 'commission', state: 'payout_failed' }),
    ];
    says(viewOf({}, { legs }), {
      ...needs('payout_returned', '--leg b'),
      sentence: expect.stringMatching(
        /^Its custody leg of .* \(payout_returned\) needs a person .* Another leg needs a person as well\.$/s,
      ),
    });
  });
});
