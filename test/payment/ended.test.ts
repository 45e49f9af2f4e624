/** An escrow that ended otherwise than the reactor ends it. */
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import type { LegView } from '../../src/reactor/payment/view.ts';
import { chainFact, effectView, NOW, standsOn, viewOf } from '../support/views.ts';

const facts = { standing: [standsOn('funded')], wasFunded: true, isEnded: true as const };
const released = chainFact({ txHash: '0xend' });
/** Its custody ends an hour after the chain's clock of the view. */
const early: Partial<LegView> = {
  state: 'in_custody',
  deadline: 4_600,
  effects: { chain_fund: effectView('chain_fund') },
};
const due: Partial<LegView> = { ...early, deadline: 900 };

describe('in custody', () => {
  test('before its time, and its money in the wallet: nobody is paid, and a person is told', () => {
    const view = viewOf({ ...early, facts: { ...facts, released, unlocked: chainFact() } });
    expect(decide(view)).toMatchObject({
      do: 'ask',
      code: 'escrow_ended_early',
      sentence: expect.stringContaining('0xend; its money is in the bridge wallet'),
    });
  });
  test('before the indexer shows how, a person is told as well', () => {
    expect(decide(viewOf({ ...early, facts }))).toMatchObject({ do: 'ask', code: 'escrow_ended_early' });
  });
  test('with its time come it goes on as after a release of ours', () => {
    const view = viewOf({ ...due, facts: { ...facts, released, unlocked: chainFact() } });
    expect(decide(view)).toMatchObject({ do: 'record', effect: 'chain_release', to: 'releasing' });
  });
  test('what goes back to the payer waits for no date', () => {
    const refund = { amount: centavos(150_000n) };
    const view = viewOf({ ...early, refund, facts: { ...facts, released, unlocked: chainFact() } });
    expect(decide(view)).toMatchObject({ do: 'record', effect: 'chain_release' });
  });
  test('a freeze that nobody has signed has nothing to freeze any more', () => {
    const chain_dispute = effectView('chain_dispute', { state: 'recorded' });
    const effects = { ...due.effects, chain_dispute };
    expect(decide(viewOf({ ...due, effects, facts }))).toMatchObject({
      do: 'move',
      to: 'in_custody',
      kills: chain_dispute,
    });
  });
  test.each(['recorded', 'sending', 'unknown'] as const)(
    'a signature that was asked for and is %s has nothing to let out any more',
    (state) => {
      const approver_signature = effectView('approver_signature', { state, externalId: null });
      const effects = { ...early.effects, approver_signature };
      const refund = { amount: centavos(150_000n) };
      expect(
        decide(viewOf({ ...early, refund, effects, facts: { ...facts, released, unlocked: chainFact() } })),
      ).toMatchObject({
        ...{ do: 'move', to: 'in_custody', kills: approver_signature, booking: {} },
      });
    },
  );
  test('a freeze that is signed comes to its end first: by its event, or by its transaction', () => {
    const chain_dispute = effectView('chain_dispute', { state: 'sending', firstSentAt: NOW });
    const effects = { ...due.effects, chain_dispute };
    const ended = { ...facts, released, unlocked: chainFact() };
    expect(
      decide(
        viewOf({
          ...due,
          effects,
          facts: { ...ended, disputed: { ...chainFact({ id: 'frozen' }), isClaimed: false, isOurs: true } },
        }),
      ),
    ).toMatchObject({
      ...{ do: 'move', to: 'in_custody', confirms: chain_dispute },
      claims: [expect.objectContaining({ externalId: 'frozen' })],
    });
    expect(decide(viewOf({ ...due, effects, facts: ended })).do).not.toBe('record');
  });
  test('a freeze that is signed and has no event ends with its escrow: the contract refuses it from then on', () => {
    const chain_dispute = effectView('chain_dispute', { state: 'sending', firstSentAt: NOW });
    const leg = { ...due, effects: { ...due.effects, chain_dispute } };
    const unlocked = chainFact();
    expect(decide(viewOf({ ...leg, facts: { ...facts, released, unlocked } }))).toMatchObject({
      ...{ do: 'move', to: 'in_custody', kills: chain_dispute, claims: [], booking: {} },
      cause: 'its escrow ended in 0xend before chain_dispute came to the contract, which refuses it since',
    });
    for (const shallow of [undefined, chainFact({ verdict: 'shallow' })])
      expect(decide(viewOf({ ...leg, facts: { ...facts, released: shallow } as never })).do).toBe('wait');
    const disputed = { ...chainFact({ verdict: 'shallow' }), isClaimed: false, isOurs: true };
    expect(decide(viewOf({ ...leg, facts: { ...facts, released, unlocked, disputed } })).do).toBe('wait');
  });
  test.each([
    ['escrow_paid_another', { paidElsewhere: { to: '0xthief', by: chainFact() } }],
    ['escrow_payment_untold', { isUntold: true as const }],
  ])('%s is told at once, though a freeze that is signed is in no block', (code, told) => {
    const chain_dispute = effectView('chain_dispute', { state: 'sending', firstSentAt: NOW });
    const leg = { ...due, effects: { ...due.effects, chain_dispute } };
    expect(decide(viewOf({ ...leg, facts: { ...facts, released, ...told } }))).toMatchObject({ do: 'ask', code });
  });
  test('whom a hold or a dispute keeps is kept', () => {
    const holds = [{ kind: 'hold' as const, sentence: 'a drill' }];
    const view = viewOf({ ...due, facts: { ...facts, released, unlocked: chainFact() } }, { holds });
    expect(decide(view)).toMatchObject({ do: 'wait' });
  });
});

describe('with its money gone elsewhere', () => {
  const paidElsewhere = { to: '0xthief', by: chainFact() };
  const chain_release = effectView('chain_release', { state: 'sending', firstSentAt: NOW });
  test.each([
    ['in custody', due],
    ['under release', { ...due, state: 'releasing', effects: { ...due.effects, chain_release } }],
  ] as const)('%s: a person is told at once, and of whom', (_, leg) => {
    expect(decide(viewOf({ ...leg, facts: { ...facts, released, paidElsewhere } }))).toMatchObject({
      do: 'ask',
      code: 'escrow_paid_another',
      sentence: expect.stringContaining('went to 0xthief, not to the bridge wallet'),
    });
  });
  test('an end that the chain does not have is no such news', () => {
    const gone = chainFact({ verdict: 'mismatch' });
    expect(decide(viewOf({ ...due, facts: { ...facts, released: gone, paidElsewhere } }))).toMatchObject({
      code: 'indexer_mismatch',
    });
  });
});

test('no attempt is begun beside a live one: a person is told', () => {
  const effects = { chain_fund: effectView('chain_fund'), chain_release: effectView('chain_release') };
  const view = viewOf({ ...due, effects, facts: { ...facts, released, unlocked: chainFact() } });
  expect(decide(view)).toMatchObject({ do: 'ask', code: 'effect_out_of_place' });
});
