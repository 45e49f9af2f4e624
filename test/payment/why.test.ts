/** `kustodia payment why`: for each state, reason and barrier, what is waited for, until when, and what its reader does. */
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import type { EffectState } from '../../src/reactor/effects/states.ts';
import { sentenceOf, type Uncleared } from '../../src/reactor/payment/screening.ts';
import {
  isFinal,
  LEG_KINDS,
  LEG_MOVES,
  type LegKind,
  type LegState,
  PARTIES,
  type ReleasePolicy,
} from '../../src/reactor/payment/states.ts';
import type { ChainFact, LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { why } from '../../src/reactor/payment/why.ts';
import { chainFact, legView, NOW, SOON, standsOn, viewOf } from '../support/views.ts';
import {
  assertWellPut,
  BACK,
  type Given,
  HELD,
  inCustody,
  needs,
  nothing,
  now,
  people,
  refused,
  type Said,
  says,
  sent,
} from './why-says.ts';

/** Each state of each kind that has it, as it stands when nothing is amiss: a new state has to say here what it waits for. */
const ORDINARY: Readonly<Record<LegState, (kind: LegKind) => readonly [Partial<LegView>, Said]>> = {
  requested: () => [{}, nothing('the payer’s SPEI deposit, until 2026-01-01T12:01:00.000Z')],
  deposited: () => [{}, now('record', 'begins juno_withdrawal now')],
  withdrawing: () => [
    { effects: sent('juno_withdrawal'), facts: { withdrawal: { id: 'w', status: 'pending', txHash: null } } },
    nothing('Juno to complete juno_withdrawal x'),
  ],
  withdrawn: () => [{ facts: { standing: [standsOn('arrival')] } }, now('record', 'begins chain_fund now')],
  creating: () => [
    { fundsInTwo: true, effects: sent('chain_create', { state: 'sending' }) },
    nothing('chain_create to be mined and indexed'),
  ],
  created: () => [
    { fundsInTwo: true, effects: sent('chain_create'), facts: { standing: [standsOn('created')] } },
    now('record', 'begins chain_fund now'),
  ],
  funding: () => [
    { effects: sent('chain_fund', { state: 'recorded' }) },
    nothing('the wallet’s turn to sign chain_fund'),
  ],
  in_custody: () => [
    { deadline: 5_000, facts: HELD },
    nothing('the custody to end at 1970-01-01T01:23:20.000Z (4000 s by the chain’s clock)'),
  ],
  releasing: () => [
    { effects: sent('chain_release', { state: 'sending' }) },
    nothing('chain_release to be mined and indexed'),
  ],
  released: () => [{ facts: { standing: [standsOn('released')] } }, now('record', 'begins chain_return now')],
  returning: () => [
    { effects: sent('chain_return'), facts: { sentBack: chainFact(), credit: { id: 'c', status: 'pending' } } },
    nothing('Juno to credit the return (0x1)'),
  ],
  returned: () => [{ facts: BACK }, now('record', 'begins juno_redemption now')],
  reserved: (kind) => [
    {},
    kind === 'commission' ? now('move', 'earned: nothing is in custody') : now('record', 'begins juno_redemption now'),
  ],
  redeeming: () => [
    { effects: sent('juno_redemption'), facts: { redemption: { id: 'r', status: 'in_progress' } } },
    nothing('Juno to complete juno_redemption x'),
  ],
  paying_out: () => [
    { rail: 'bitso_spei', effects: sent('bitso_payout', { state: 'recorded', nextLookAt: SOON }) },
    nothing('bitso_payout to be sent'),
  ],
  completed: () => [{}, now('done', 'what was to be paid is paid')],
  payout_failed: () => [{}, needs('payout_failed', 'kustodia payment repay payment --leg leg')],
  payout_returned: () => [{}, needs('payout_returned', 'kustodia payment repay payment --leg leg')],
  accrued: () => [{}, nothing('to reach Juno’s minimum')],
  replaced: () => [{}, now('done', 'other legs took the place')],
  expired: () => [{}, now('done', 'no deposit came in time')],
  closed: () => [{}, now('done', 'called off')],
};
const statesOf = (kind: LegKind): LegState[] => {
  const moves = Object.entries(LEG_MOVES[kind]);
  return [...new Set(moves.flatMap(([from, to]) => [from as LegState, ...to]))];
};

describe.each(LEG_KINDS)('a %s leg', (kind) => {
  test.each(statesOf(kind))('that is %s', (state) => {
    const [leg, said] = ORDINARY[state](kind);
    says(viewOf({ kind, state, ...leg }), said);
  });

  test.each(statesOf(kind).filter((state) => !isFinal(state)))(
    'that is %s and marked says what it is marked for, however often it is asked',
    (state) => {
      const view = viewOf({ kind, state, ...ORDINARY[state](kind)[0] });
      const first = why(view);
      const { attention } = first;
      if (!attention) return;
      const marked = { ...legView({ kind, state }), attention: { ...attention, text: 'as it was told' } };
      expect(why({ ...view, legs: [marked] })).toEqual(first);
    },
  );
});

const ready = { state: 'deposited' } as const;
const DISPUTE = { id: 'D', reasonCode: 'not_received', appealableUntil: null };

const HOLDS: Readonly<Record<PaymentView['holds'][number]['kind'], readonly [Given, string]>> = {
  hold: [{}, 'kustodia hold close HOLD'],
  dispute: [{ dispute: DISPUTE }, 'kustodia dispute resolve D'],
};
const UNCLEARED: Readonly<Record<Uncleared['why'], string>> = {
  missing: 'kustodia user screen U',
  pending: 'kustodia user screen U',
  stale: 'kustodia user screen U',
  listed: 'kustodia user screening U',
  refused: 'kustodia user screening U',
};
const VERDICTS: Readonly<Record<ChainFact['verdict'], Said>> = {
  final: now('record', 'begins chain_fund'),
  shallow: nothing('more blocks on top of the evidence'),
  unreachable: nothing('the RPC to answer'),
  mismatch: { code: 'evidence_gone' },
  rpcs_disagree: { code: 'rpcs_disagree' },
  finalized_unknown: { code: 'finalized_unknown' },
};
const EFFECTS: Readonly<Record<EffectState, Said>> = {
  recorded: now('send', 'juno_withdrawal (attempt 1) is sent or looked for now'),
  sending: now('send', 'sent or looked for now'),
  unknown: now('send', 'sent or looked for now'),
  confirmed: nothing('Juno to complete juno_withdrawal'),
  rejected: now('move', 'was refused before it was processed'),
  dead: now('move', 'the money was seen back'),
};
const POLICIES: Readonly<Record<ReleasePolicy, Said>> = {
  date: nothing('the custody to end'),
  approvals: people('the approvals of payer and recipient', 'kustodia payment approve payment --as payer|recipient'),
  date_or_approvals: nothing('or the approvals of payer and recipient'),
  date_and_approvals: people('and the approvals of payer and recipient', 'kustodia payment approve payment'),
};

describe('what people keep it for', () => {
  test.each(Object.entries(HOLDS))('a %s', (kind, [given, toDo]) => {
    const holds = [{ kind: kind as 'hold', sentence: 'it is looked into', over: null }];
    says(viewOf(ready, { ...given, holds }), people(`the ${kind} to be closed: it is looked into`, toDo));
  });

  test.each(['user:u', 'rail:bank_redemption'])('a hold on %s', (over) => {
    const holds = [{ kind: 'hold' as const, sentence: 'fraud', over }];
    says(
      viewOf(ready, { holds }),
      people(`the hold on “${over}” to be closed: fraud`, `kustodia hold list --on ${over}`),
    );
  });

  test.each(['all', 'rail:juno', 'rail:bank_redemption', 'user:u'])('the switch %s', (name) => {
    const stopped = [{ name, reason: 'a drill' }];
    says(
      viewOf(ready, { stopped }),
      people(`the switch “${name}” to be opened again: a drill`, `kustodia guard open ${name}`),
    );
  });

  test('the recovery switch, a contract that takes nothing new, an indexer that is behind, an unproved address', () => {
    says(
      viewOf(ready, { stopped: [{ name: 'recovery', reason: null }] }),
      people('no reason given', 'kustodia recover'),
    );
    says(viewOf({ ...ready, contractStopped: 'it is paused' }), people('it is paused', 'kustodia contract verify'));
    const chain = { headTimestamp: 1, trouble: 'the indexer to catch up: it is 90 s behind' };
    says(viewOf(ready, { chain }), people('the indexer to catch up', 'docs/runbook.md#indexer-behind'));
    const depositAddress = { isProved: false, sentence: 'the deposit address to be proved' };
    says(viewOf({ state: 'released' }, { depositAddress }), people('to be proved', 'kustodia doctor'));
  });

  test.each(Object.entries(UNCLEARED))('somebody who is not cleared: %s', (reason, toDo) => {
    const one = { userId: 'U', why: reason as Uncleared['why'] };
    says(viewOf(ready, { uncleared: [one] }), people(sentenceOf(one), toDo));
  });

  test('a dispute: before it is decided, and while it can be appealed', () => {
    const disputed = { isDisputed: true, disputed: { ...chainFact(), isClaimed: true, isOurs: true } };
    const holds = [{ kind: 'dispute' as const, sentence: 'not received', over: null }];
    const frozen = { dispute: DISPUTE, holds };
    says(
      viewOf(inCustody({ facts: disputed })[0], frozen),
      people('its dispute to be decided', 'kustodia dispute resolve D'),
    );
    const late = { ...HELD, unfreezable: 'it is too late to freeze it' };
    says(
      viewOf(inCustody({ facts: late })[0], frozen),
      people('it is too late to freeze it', 'kustodia dispute resolve D'),
    );
    const appealable = { ...DISPUTE, appealableUntil: new Date(NOW.getTime() + 10_000) };
    const shown = viewOf(inCustody({ facts: disputed })[0], { ...frozen, dispute: appealable });
    expect(why(shown).looksAgainAt).toEqual(appealable.appealableUntil);
    says(viewOf({}, { dispute: { ...DISPUTE, appealableUntil: NOW } }), now('conclude', 'Nobody appealed in time'));
  });
});

describe('what it waits for by itself', () => {
  test.each(Object.entries(VERDICTS))('evidence that is %s', (verdict, said) => {
    const standing = [standsOn('arrival', { verdict: verdict as ChainFact['verdict'] })];
    says(viewOf({ state: 'withdrawn', facts: { standing } }), said);
  });

  test.each(Object.entries(EFFECTS))('an effect that is %s', (state, said) => {
    says(viewOf({ state: 'withdrawing', effects: sent('juno_withdrawal', { state: state as EffectState }) }), said);
  });

  test.each(Object.entries(POLICIES))('a release by %s', (policy, said) => {
    const release = policy as ReleasePolicy;
    says(viewOf(inCustody({})[0], { payment: { release } }), said);
    const approvals = PARTIES.map((party) => ({ party, givenAt: NOW, valid_s: 60 }));
    assertWellPut(viewOf(inCustody({ approvals })[0], { payment: { release } }));
  });

  test('an account that is not registered, a settlement, a commission of what is in custody, a deposit that may be unread', () => {
    says(
      viewOf({ ...ready, account: { isReady: false, problem: null } }),
      nothing('to be registered at Juno and read back'),
    );
    const settlement = { paymentId: 'S', legId: 'l', state: 'payout_returned' } as const;
    says(viewOf({ state: 'accrued', facts: { settlement } }), people('settlement S', 'kustodia payment why S'));
    const [held] = inCustody({});
    const legs = [legView({ id: 'fee', kind: 'commission', state: 'reserved' }), legView(held)];
    says(viewOf({}, { legs }), nothing('Its custody leg of 1,500.00 MXN (in_custody) waits for the custody to end at'));
    const payment = { expiresAt: NOW, depositsReadAt: null };
    says(viewOf({}, { payment }), nothing('Juno’s deposits to be read past the moment at which it expired'));
    const old = { state: 'accrued', amount: centavos(50n), enteredAt: new Date(0) } as const;
    says(viewOf(old), people('If no more is to come', 'kustodia payment settle-outside payment --leg leg'));
  });

  test('refused by a cap the last time, it says so, and not that it begins now', () => {
    const [leg] = refused('daily_cap');
    says(viewOf(leg), {
      ...needs('daily_cap', 'kustodia guard cap'),
      sentence: 'It needs a person (operations): It was refused. It is tried again by itself.',
    });
    // What mended itself meanwhile is told no more.
    const moves = { ...leg, kind: 'commission' as const };
    says(viewOf(moves), now('move', 'earned'));
  });
});
