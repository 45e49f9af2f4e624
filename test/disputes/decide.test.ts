import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import type { LegFacts, LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { chainFact, effectView, NOW, SOON, standsOn, viewOf } from '../support/views.ts';

const OPEN = { id: 'd', reasonCode: 'not_received', appealableUntil: null };
const HOLDS: PaymentView['holds'] = [{ kind: 'dispute', sentence: 'contested' }];
/** In custody past its date, with these facts of its escrow. */
const inCustody = (facts: LegFacts, given: Partial<LegView> = {}): Partial<LegView> => ({
  ...{ state: 'in_custody', deadline: 1 },
  facts: { standing: [standsOn('funded')], ...facts },
  ...given,
});
const disputed = (given: Partial<LegView>) => decide(viewOf(given, { dispute: OPEN, holds: HOLDS }));
const undisputed = (given: Partial<LegView>) => decide(viewOf(given));
const event = (isClaimed = false, isOurs = false) => ({ ...chainFact(), isClaimed, isOurs });
const effect = (kind: EffectKind, state: 'recorded' | 'sending' | 'confirmed' | 'dead', attempt = 1) => ({
  [kind]: effectView(kind, { state, attempt }),
});

describe('while a payment is disputed', () => {
  test('its escrow is frozen in the contract, past holds and people who are not cleared, never past a switch', () => {
    const wanted = { do: 'record', effect: 'chain_dispute', to: 'in_custody', attempt: 1, reason: 'not_received' };
    const leg = inCustody({ isDisputed: false });
    expect(disputed(leg)).toMatchObject(wanted);
    const uncleared = [{ userId: 'u', why: 'stale' as const }];
    expect(decide(viewOf(leg, { dispute: OPEN, holds: HOLDS, uncleared }))).toMatchObject(wanted);
    const stopped = [{ name: 'all', reason: 'drill' }];
    expect(decide(viewOf(leg, { dispute: OPEN, holds: HOLDS, stopped }))).toMatchObject({ do: 'wait' });
    expect(decide(viewOf(leg, { dispute: OPEN }))).toMatchObject(wanted);
  });

  test('it waits once the contract has it, and takes the event of somebody else for its evidence', () => {
    expect(disputed(inCustody({ isDisputed: true }))).toMatchObject({
      do: 'wait',
      for: expect.stringMatching(/indexer/),
    });
    expect(disputed(inCustody({ isDisputed: true, disputed: event() }))).toMatchObject({
      ...{ do: 'move', to: 'in_custody' },
      claims: [{ source: 'chain', detail: { as: 'disputed' } }],
    });
    const known = inCustody({ isDisputed: true, disputed: event(true) });
    expect(disputed(known)).toMatchObject({ do: 'wait', for: expect.stringMatching(/to be decided/) });
  });

  test('a freeze that a reorganisation undid is made again; while it may come back, a person is told', () => {
    const gone = { isDisputed: false };
    expect(disputed(inCustody(gone, { effects: effect('chain_dispute', 'dead') }))).toMatchObject({
      ...{ do: 'record', effect: 'chain_dispute', attempt: 2 },
    });
    expect(disputed(inCustody(gone, { effects: effect('chain_dispute', 'confirmed') }))).toMatchObject({
      ...{ do: 'ask', code: 'not_frozen_on_chain' },
    });
  });

  test('what the contract can freeze no more is held here, and a freeze that cannot be signed gives way', () => {
    const late = { isDisputed: false, unfreezable: 'it is too late' };
    expect(disputed(inCustody(late))).toMatchObject({ do: 'wait', for: expect.stringContaining('too late') });
    const recorded = effect('chain_dispute', 'recorded');
    for (const facts of [late, { isDisputed: true, disputed: event() }])
      expect(disputed(inCustody(facts, { effects: recorded }))).toMatchObject({
        ...{ do: 'move', kills: { kind: 'chain_dispute' } },
      });
  });

  test.each<[LegState, EffectKind, LegState]>([
    ['withdrawing', 'juno_withdrawal', 'deposited'],
    ['creating', 'chain_create', 'withdrawn'],
    ['funding', 'chain_fund', 'withdrawn'],
    ['releasing', 'chain_release', 'in_custody'],
    ['returning', 'chain_return', 'withdrawn'],
    ['redeeming', 'juno_redemption', 'reserved'],
    ['paying_out', 'bitso_payout', 'paying_out'],
  ])('in %s what is recorded and unsent gives way; what may have left is only looked for', (state, kind, back) => {
    const given = disputed({ state, effects: effect(kind, 'recorded') });
    expect(given).toMatchObject({ do: 'move', to: back, kills: { kind } });
    if (kind !== 'chain_create') expect(given).toMatchObject({ booking: { void: kind } });
    const sent = disputed({ state, effects: effect(kind, 'sending') });
    expect(sent.do === 'send' ? sent.mayWrite : sent.do).toBe(sent.do === 'send' ? false : 'wait');
    expect(undisputed({ state, effects: effect(kind, 'recorded') }).do).not.toBe('move');
  });

  test('a payout that gave way begins anew, or goes back, when it is over', () => {
    const effects = {
      bitso_payout: effectView('bitso_payout', { state: 'dead', error: { code: 'no_longer_wanted', text: '' } }),
    };
    expect(undisputed({ state: 'paying_out', rail: 'bitso_spei', effects })).toMatchObject({
      ...{ do: 'record', effect: 'bitso_payout', attempt: 2 },
    });
    const refund = { amount: centavos(150_000n) };
    expect(undisputed({ state: 'paying_out', rail: 'bitso_spei', effects, refund })).toMatchObject({ do: 'replace' });
  });
});

describe('what was decided', () => {
  const decided = (appealableUntil: Date) => ({ dispute: { ...OPEN, appealableUntil }, holds: HOLDS });
  test('is carried out when the time to appeal is over, before anything else, and not sooner', () => {
    const leg = inCustody({ isDisputed: true, disputed: event(true) });
    expect(decide(viewOf(leg, decided(NOW)))).toEqual({ do: 'conclude', disputeId: 'd' });
    const soon = new Date(NOW.getTime() + 1_000);
    expect(decide(viewOf(leg, decided(soon)))).toMatchObject({ do: 'wait', until: soon });
    expect(decide(viewOf(leg, decided(SOON)))).toMatchObject({ do: 'wait' });
  });

  test('while the indexer lags: nothing is let go before the freeze that was mined is seen', () => {
    const lags = inCustody({ isDisputed: true }, { effects: effect('chain_dispute', 'sending') });
    expect(undisputed(lags)).toMatchObject({ do: 'wait', for: expect.stringContaining('mined and indexed') });
    const seen = inCustody({ isDisputed: true, disputed: event() }, { effects: effect('chain_dispute', 'sending') });
    expect(undisputed(seen)).toMatchObject({ do: 'move', to: 'in_custody', confirms: { kind: 'chain_dispute' } });
    // Not what another attempt brought.
    const old = inCustody({ isDisputed: true, disputed: event(true) }, { effects: effect('chain_dispute', 'sending') });
    expect(undisputed(old)).toMatchObject({ do: 'wait' });
  });

  const frozen = { isDisputed: true, disputed: event(true, true), wasFrozen: true };
  const freeze = effect('chain_dispute', 'confirmed');
  test('is resolved in the contract, and released after that', () => {
    expect(undisputed(inCustody(frozen, { effects: freeze }))).toMatchObject({
      ...{ do: 'record', effect: 'chain_resolve', to: 'in_custody' },
    });
    const sent = { ...freeze, ...effect('chain_resolve', 'sending') };
    expect(undisputed(inCustody(frozen, { effects: sent }))).toMatchObject({ do: 'wait' });
    const over = { ...frozen, isDisputed: false, resolved: { ...chainFact(), isClaimed: false } };
    expect(undisputed(inCustody(over, { effects: sent }))).toMatchObject({
      ...{ do: 'move', confirms: { kind: 'chain_resolve' }, claims: [{ detail: { as: 'resolved' } }] },
    });
    const done = { ...freeze, ...effect('chain_resolve', 'confirmed') };
    expect(undisputed(inCustody({ ...frozen, isDisputed: false }, { effects: done }))).toMatchObject({
      ...{ do: 'record', effect: 'chain_release' },
    });
  });

  test('a resolution that a reorganisation undid is made again; one that may come back is told', () => {
    const undone = { ...freeze, ...effect('chain_resolve', 'dead') };
    expect(undisputed(inCustody(frozen, { effects: undone }))).toMatchObject({
      ...{ do: 'record', effect: 'chain_resolve', attempt: 2 },
    });
    const stands = { ...freeze, ...effect('chain_resolve', 'confirmed') };
    expect(undisputed(inCustody(frozen, { effects: stands }))).toMatchObject({ do: 'ask', code: 'disputed_again' });
  });

  test('where a disputed escrow can only be cancelled, that is its release, and not before its date', () => {
    const cancels = { effects: freeze, endsByCancel: true };
    expect(undisputed(inCustody(frozen, cancels))).toMatchObject({ do: 'record', effect: 'chain_release' });
    expect(undisputed(inCustody(frozen, { ...cancels, deadline: 5_000 }))).toMatchObject({
      ...{ do: 'wait', for: expect.stringContaining('custody to end') },
    });
  });

  test('before the freeze was signed: it gives way', () => {
    expect(
      undisputed(inCustody({ isDisputed: false }, { effects: effect('chain_dispute', 'recorded') })),
    ).toMatchObject({
      ...{ do: 'move', kills: { kind: 'chain_dispute' } },
    });
  });
});

describe('a dispute in the contract itself', () => {
  test('opens the record as soon as the indexer shows it and the chain holds it, and not for what is ours', () => {
    expect(undisputed(inCustody({ isDisputed: true }))).toMatchObject({
      do: 'wait',
      for: expect.stringContaining('indexer'),
    });
    expect(undisputed(inCustody({ isDisputed: true, disputed: event() }))).toMatchObject({ do: 'contest' });
    const gone = { ...event(), verdict: 'mismatch' as const };
    expect(undisputed(inCustody({ isDisputed: true, disputed: gone }))).toMatchObject({
      do: 'ask',
      code: 'indexer_mismatch',
    });
    const ours = inCustody({ isDisputed: true, disputed: event(false, true), wasFrozen: true });
    expect(undisputed({ ...ours, effects: effect('chain_dispute', 'confirmed') })).toMatchObject({
      effect: 'chain_resolve',
    });
  });

  test('after ours was ended is a new one', () => {
    const again = inCustody({ isDisputed: true, disputed: event(), wasFrozen: true });
    const effects = { ...effect('chain_dispute', 'confirmed'), ...effect('chain_resolve', 'confirmed') };
    expect(undisputed({ ...again, effects })).toMatchObject({ do: 'contest' });
  });

  test('takes back a release that nobody has signed', () => {
    const given = { state: 'releasing' as const, effects: effect('chain_release', 'recorded') };
    const facts = { isDisputed: true, disputed: event() };
    expect(undisputed({ ...given, facts })).toMatchObject({
      do: 'move',
      to: 'in_custody',
      kills: { kind: 'chain_release' },
    });
    const ours = { isDisputed: true, disputed: event(true, true), wasFrozen: true };
    expect(undisputed({ ...given, endsByCancel: true, facts: ours })).toMatchObject({ do: 'wait' });
  });
});

test('an escrow that was made and never funded stays empty where its money goes back', () => {
  const made = { state: 'created' as const, fundsInTwo: true, effects: effect('chain_create', 'confirmed') };
  const facts = { standing: [standsOn('arrival'), standsOn('created')] };
  expect(undisputed({ ...made, facts, refund: { amount: centavos(150_000n) } })).toMatchObject({
    ...{ do: 'move', to: 'withdrawn', escrow: null },
  });
  expect(undisputed({ ...made, facts })).toMatchObject({ do: 'record', effect: 'chain_fund' });
});
