import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { decide, decideLeg } from '../../src/reactor/payment/decide.ts';
import type { EvidenceName, LegView } from '../../src/reactor/payment/view.ts';
import { chainFact, effectView, legView, NOW, standsOn, viewOf as view } from '../support/views.ts';

/** All that it stands on is still there. */
const STANDS = { standing: [standsOn('funded')] };
const goneFrom = (as: EvidenceName) => ({ standing: [standsOn(as, { verdict: 'mismatch' })] });

describe('the custody journey, step by step', () => {
  const complete = { id: 't', status: 'complete' as const };
  test.each([
    ['no deposit yet', { state: 'requested' }, { do: 'wait' }],
    ['deposit, no issuance', { state: 'requested', facts: { deposit: { id: 'd', claimedAt: NOW } } }, { do: 'wait' }],
    [
      'deposit and issuance',
      { state: 'requested', facts: { deposit: { id: 'd', claimedAt: NOW }, issuance: complete } },
      { do: 'move', to: 'deposited' },
    ],
    [
      'the ISSUANCE names the deposit that it is claimed for',
      { state: 'requested', facts: { deposit: { id: 'd', claimedAt: NOW }, issuance: complete } },
      { claims: [{ source: 'juno_transaction', externalId: 't', detail: { depositId: 'd' } }] },
    ],
    [
      'given money from suspense, without a deposit of its own',
      { state: 'requested', facts: { assigned: { id: 'part' } } },
      { do: 'move', to: 'deposited', cause: 'assigned from suspense', claims: [], booking: {} },
    ],
    [
      'a refund that got its part of a deposit',
      { kind: 'refund', state: 'requested', facts: { assigned: { id: 'part' } } },
      { do: 'move', to: 'reserved' },
    ],
    [
      'over, and come back',
      { state: 'completed', facts: { returnedBy: { id: 'd' } } },
      { do: 'move', to: 'payout_returned', booking: { write: 'payout_return' } },
    ],
    ['came back: a person', { state: 'payout_returned' }, { do: 'ask', code: 'payout_returned' }],
    ['its turn', { state: 'deposited' }, { do: 'record', effect: 'juno_withdrawal', attempt: 1 }],
    [
      'recorded',
      { state: 'withdrawing', effects: { juno_withdrawal: effectView('juno_withdrawal', { state: 'recorded' }) } },
      { do: 'send' },
    ],
    [
      'an answer that never came is looked into, not sent anew',
      { state: 'withdrawing', effects: { juno_withdrawal: effectView('juno_withdrawal', { state: 'unknown' }) } },
      { do: 'send' },
    ],
    [
      'complete at Juno, not on chain',
      {
        state: 'withdrawing',
        effects: { juno_withdrawal: effectView('juno_withdrawal') },
        facts: { withdrawal: { ...complete, txHash: '0x1' } },
      },
      { do: 'wait' },
    ],
    [
      'arrived',
      {
        state: 'withdrawing',
        effects: { juno_withdrawal: effectView('juno_withdrawal') },
        facts: { withdrawal: { ...complete, txHash: '0x1' }, arrival: chainFact() },
      },
      { do: 'move', to: 'withdrawn' },
    ],
    [
      'arrived in a block that the RPC does not have',
      {
        state: 'withdrawing',
        effects: { juno_withdrawal: effectView('juno_withdrawal') },
        facts: { withdrawal: { ...complete, txHash: '0x1' }, arrival: chainFact({ verdict: 'mismatch' }) },
      },
      { do: 'ask', code: 'indexer_mismatch' },
    ],
    [
      'after one that came to nothing a second attempt',
      { state: 'deposited', effects: { juno_withdrawal: effectView('juno_withdrawal', { state: 'dead' }) } },
      { do: 'record', attempt: 2 },
    ],
    [
      'failed at Juno, money not seen back',
      {
        state: 'withdrawing',
        effects: { juno_withdrawal: effectView('juno_withdrawal') },
        facts: { withdrawal: { id: 't', status: 'failed', txHash: null } },
      },
      { do: 'ask', code: 'failed_not_returned' },
    ],
    ['custody runs', { state: 'in_custody', deadline: 1_001, facts: STANDS }, { do: 'wait' }],
    [
      'custody is over by the chain’s clock',
      { state: 'in_custody', deadline: 1_000, facts: STANDS },
      { do: 'record', effect: 'chain_release' },
    ],
    ['custody is over, and its funding was not read again', { state: 'in_custody', deadline: 1_000 }, { do: 'wait' }],
    [
      'custody is over, and its funding is gone',
      { state: 'in_custody', deadline: 1_000, facts: goneFrom('funded') },
      { do: 'ask', code: 'evidence_gone' },
    ],
    [
      'custody is over, and the contract has another escrow under its reference',
      {
        state: 'in_custody',
        deadline: 1_000,
        facts: { ...STANDS, moved: { contract: '0xc', escrowId: 7n, deadline: 1_009 } },
      },
      { do: 'rebind', escrow: { escrowId: 7n, deadline: 1_009 } },
    ],
    [
      'back at Juno, but one of two RPCs does not have it',
      {
        state: 'returned',
        facts: { standing: [standsOn('sentBack', { verdict: 'rpcs_disagree' })], credit: complete },
      },
      { do: 'ask', code: 'rpcs_disagree' },
    ],
    [
      'back at Juno, and the RPC cannot say what is finalised',
      {
        state: 'returned',
        facts: { standing: [standsOn('sentBack', { verdict: 'finalized_unknown' })], credit: complete },
      },
      { do: 'ask', code: 'finalized_unknown' },
    ],
    ['back at Juno on chain alone', { state: 'returned', facts: STANDS }, { do: 'wait' }],
    [
      'back at Juno',
      { state: 'returned', facts: { ...STANDS, credit: complete } },
      { do: 'record', effect: 'juno_redemption' },
    ],
    [
      'reverted on chain: back to where the money is',
      { state: 'funding', effects: { chain_fund: effectView('chain_fund', { state: 'dead' }) } },
      { do: 'move', to: 'withdrawn' },
    ],
    [
      'a third attempt died: a person',
      {
        state: 'withdrawn',
        effects: { chain_fund: effectView('chain_fund', { state: 'dead', attempt: 3 }) },
        facts: STANDS,
      },
      { do: 'ask', code: 'attempts_used_up' },
    ],
    [
      'an escrow of two steps was made, and the money is to go back: it stays empty',
      {
        state: 'created',
        refund: { amount: centavos(150_000n) },
        effects: { chain_create: effectView('chain_create') },
        facts: { standing: [standsOn('created'), standsOn('arrival')] },
      },
      { do: 'move', to: 'withdrawn', booking: {}, escrow: null },
    ],
    [
      'returned, not credited',
      { state: 'returning', effects: { chain_return: effectView('chain_return') }, facts: { sentBack: chainFact() } },
      { do: 'wait' },
    ],
    [
      'never credited',
      {
        state: 'returning',
        enteredAt: new Date(0),
        effects: { chain_return: effectView('chain_return') },
        facts: { sentBack: chainFact() },
      },
      { do: 'ask', code: 'juno_holds_deposit' },
    ],
    [
      'credited',
      {
        state: 'returning',
        effects: { chain_return: effectView('chain_return') },
        facts: { sentBack: chainFact(), credit: complete },
      },
      { do: 'move', to: 'returned' },
    ],
    [
      'paid',
      {
        state: 'redeeming',
        effects: { juno_redemption: effectView('juno_redemption') },
        facts: { redemption: complete },
      },
      { do: 'move', to: 'completed' },
    ],
    ['over', { state: 'completed' }, { do: 'done' }],
  ] as [string, Partial<LegView>, object][])('%s', (_name, leg, expected) => {
    expect(decide(view(leg))).toMatchObject(expected);
  });

  test('what Juno is still doing ends nothing, whatever it calls it', () => {
    for (const status of ['pending', 'in_progress', 'unknown'] as const) {
      const redeeming = { state: 'redeeming', effects: { juno_redemption: effectView('juno_redemption') } } as const;
      expect(decide(view({ ...redeeming, facts: { redemption: { id: 't', status } } }))).toMatchObject({ do: 'wait' });
    }
  });

  test('evidence that is not deep enough, or that nobody vouches for, ends no step', () => {
    const returning = { state: 'returning', effects: { chain_return: effectView('chain_return') } } as const;
    for (const verdict of ['shallow', 'unreachable'] as const)
      expect(
        decide(view({ ...returning, facts: { sentBack: chainFact({ verdict }), credit: complete } })),
      ).toMatchObject({ do: 'wait' });
  });

  test('an unlocking without its transfer is not a release', () => {
    const releasing = { state: 'releasing', effects: { chain_release: effectView('chain_release') } } as const;
    expect(decide(view({ ...releasing, facts: { released: chainFact() } }))).toMatchObject({ do: 'wait' });
    const both = { released: chainFact(), unlocked: chainFact({ id: '31337:0x1:1' }) };
    expect(decide(view({ ...releasing, facts: both }))).toMatchObject({ do: 'move', to: 'released' });
  });

  test('a leg that is completed decides nothing', () => {
    expect(decideLeg(view({}), legView({ state: 'completed' }))).toEqual({ do: 'done' });
  });

  test('a payment does not expire while Juno could not be read since', () => {
    for (const depositsReadAt of [null, NOW]) {
      const now = new Date(NOW.getTime() + 3_600_000);
      const unread = view({ state: 'requested' }, { now, payment: { id: 'p', expiresAt: NOW, depositsReadAt } });
      expect(decide(unread)).toMatchObject({ do: 'wait' });
    }
  });

  test('a payout account that is lost is told before any deposit comes, and the payment still expires', () => {
    const account = { isReady: false, problem: 'It could not be registered.' };
    expect(decide(view({ state: 'requested', account }))).toMatchObject({
      do: 'ask',
      code: 'payout_account_unusable',
      sentence: expect.stringMatching(/^It could not be registered\. No deposit has come yet: let the payer wait/),
    });
    expect(decide(view({ state: 'requested', rail: 'bitso_spei', account }))).toMatchObject({ do: 'wait' });
    const payment = { id: 'p', expiresAt: NOW, depositsReadAt: new Date(NOW.getTime() + 3_600_000) };
    expect(decide(view({ state: 'requested', account }, { payment }))).toMatchObject({ do: 'move', to: 'expired' });
  });

  test('what may have left is looked for past a hold, and nothing is written', () => {
    const effects = { juno_redemption: effectView('juno_redemption', { state: 'unknown', externalId: null }) };
    const held = { holds: [{ kind: 'hold' as const, sentence: 'stop' }] };
    expect(decide(view({ state: 'redeeming', effects }, held))).toMatchObject({ do: 'send', mayWrite: false });
    expect(decide(view({ state: 'redeeming', effects }))).toMatchObject({ do: 'send', mayWrite: true });
    const unsent = { juno_redemption: effectView('juno_redemption', { state: 'recorded', externalId: null }) };
    expect(decide(view({ state: 'redeeming', effects: unsent }, held))).toMatchObject({ do: 'wait' });
  });

  test('money that a check keeps which nobody has made is told to a person, and what a check has found is not', () => {
    const of = (why: 'stale' | 'listed', minutes: number) =>
      decide(
        view(
          { state: 'deposited', enteredAt: NOW },
          { now: new Date(NOW.getTime() + minutes * 60_000), uncleared: [{ userId: 'u', why }] },
        ),
      );
    expect(of('stale', 59)).toMatchObject({
      do: 'wait',
      for: expect.stringContaining('their last screening is too old'),
    });
    expect(of('stale', 61)).toMatchObject({
      do: 'ask',
      code: 'screening_overdue',
      sentence: expect.stringContaining('user u: their last screening is too old'),
    });
    expect(of('listed', 61)).toMatchObject({ do: 'wait' });
  });

  test('what the outside does not do for an hour is told to a person', () => {
    const now = new Date(NOW.getTime() + 61 * 60_000);
    const effects = {
      juno_redemption: effectView('juno_redemption'),
      chain_fund: effectView('chain_fund', { state: 'sending' }),
    };
    const facts = { deposit: { id: 'd', claimedAt: NOW } };
    for (const state of ['redeeming', 'funding', 'requested'] as const)
      expect(decide(view({ state, effects, facts }, { now }))).toMatchObject({
        do: 'ask',
        code: expect.stringMatching(/_overdue$/),
      });
  });

  test('money from suspense is taken although the time for a deposit is over', () => {
    const given = { state: 'requested', facts: { assigned: { id: 'part' } } } as const;
    expect(decide(view(given, { payment: { id: 'p', expiresAt: NOW, depositsReadAt: null } }))).toMatchObject({
      do: 'move',
      to: 'deposited',
    });
  });

  test('a deposit that comes too late finds the payment expired', () => {
    const depositsReadAt = new Date(NOW.getTime() + 10 * 60_000);
    const later = { now: depositsReadAt, payment: { id: 'p', expiresAt: NOW, depositsReadAt } };
    expect(decide(view({ state: 'requested' }, later))).toMatchObject({
      do: 'move',
      to: 'expired',
    });
  });
});

test('nothing is returned to an address that no probe has proved', () => {
  const released = { state: 'released', facts: STANDS } as const;
  expect(decide(view(released))).toMatchObject({ do: 'record', effect: 'chain_return' });
  const depositAddress = { isProved: false, sentence: 'the address to be proved' };
  expect(decide(view(released, { depositAddress }))).toMatchObject({ do: 'wait' });
});

test('where the credit of the probe itself never comes, released payments wait for a person and not for ever', () => {
  const depositAddress = { isProved: false, sentence: 'the address to be proved' };
  expect(decide(view({ state: 'released' }, { depositAddress }))).toMatchObject({ do: 'wait' });
  expect(decide(view({ state: 'released', enteredAt: new Date(0) }, { depositAddress }))).toMatchObject({
    do: 'ask',
    code: 'deposit_address_overdue',
  });
});
