/** What holds of every decision, whatever a payment's view holds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import {
  EFFECT_KINDS,
  EFFECT_STATES,
  type EffectKind,
  isLiveEffect,
  MAX_ATTEMPTS,
  RELEASES,
} from '../../src/reactor/effects/states.ts';
import { paysBeside } from '../../src/reactor/payment/beside.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import {
  canMove,
  FROM_RETURN,
  isFinal,
  LEG_KINDS,
  LEG_STATES,
  type LegState,
  PARTIES,
  RAILS,
  RELEASE_POLICIES,
} from '../../src/reactor/payment/states.ts';
import type { ChainFact, EvidenceName, LegFacts } from '../../src/reactor/payment/view.ts';
import { why } from '../../src/reactor/payment/why.ts';
import { effectView, legView, NOW, SOON, viewOf as view } from '../support/views.ts';

const BOTH = PARTIES.map((party) => ({ party, givenAt: NOW, valid_s: 60 }));
const HAS_ENDED: readonly LegState[] = ['replaced', 'closed', 'expired'];
const BUILT: readonly LegState[] = ['withdrawn', 'in_custody', 'released', 'returned'];

describe('total and safe over everything that a view can hold', () => {
  const fact = fc.record({
    id: fc.uuid(),
    txHash: fc.constant('0x1'),
    blockNumber: fc.bigInt({ min: 0n, max: 9n }),
    blockHash: fc.constant('0xb'),
    verdict: fc.constantFrom<ChainFact['verdict']>(
      ...(['final', 'shallow', 'mismatch', 'rpcs_disagree', 'finalized_unknown', 'unreachable'] as const),
    ),
  });
  const juno = fc.record({
    id: fc.uuid(),
    status: fc.constantFrom(
      'pending' as const,
      'in_progress' as const,
      'complete' as const,
      'failed' as const,
      'unknown' as const,
    ),
    txHash: fc.constantFrom('0x1', null),
  });
  const facts = fc.record(
    {
      deposit: fc.record({ id: fc.uuid(), claimedAt: fc.constant(NOW) }),
      issuance: juno,
      assigned: fc.record({ id: fc.uuid() }),
      returnedBy: fc.record({ id: fc.uuid() }),
      withdrawal: juno,
      arrival: fact,
      funded: fact.map((f) => ({ ...f, contract: '0xc', escrowId: 1n, deadline: 5 })),
      released: fact,
      unlocked: fact,
      sentBack: fact,
      credit: juno,
      standing: fc.array(
        fact.chain((one) =>
          fc.constantFrom<EvidenceName>('arrival', 'funded', 'released', 'unlocked').map((as) => ({ ...one, as })),
        ),
        { maxLength: 3 },
      ),
      moved: fc.constant({ contract: '0xc', escrowId: 2n, deadline: 6 }),
      escrowNow: fc.constant({ escrowId: 1n, disputes: 0 }),
      redemption: juno,
      isEarned: fc.boolean(),
      isDisputed: fc.boolean(),
      wasFrozen: fc.boolean(),
      unfreezable: fc.constant('it is too late'),
      disputed: fc
        .record({ fact, isClaimed: fc.boolean(), isOurs: fc.boolean() })
        .map(({ fact: one, ...rest }) => ({ ...one, ...rest })),
      resolved: fc.record({ fact, isClaimed: fc.boolean() }).map(({ fact: one, ...rest }) => ({ ...one, ...rest })),
      settlement: fc.record({ paymentId: fc.uuid(), legId: fc.uuid(), state: fc.constantFrom(...LEG_STATES) }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<LegFacts>;
  const oneEffect = fc.record({
    kind: fc.constantFrom(...EFFECT_KINDS),
    attempt: fc.integer({ min: 1, max: 4 }),
    state: fc.constantFrom(...EFFECT_STATES),
    failures: fc.nat(12),
    nextLookAt: fc.constantFrom(NOW, SOON),
    early: fc.constantFrom(
      { act: 'release', escrowId: 1n, disputes: 0, expiry: 5_000, approver: '0xa' },
      { act: 'cancel', escrowId: 1n, disputes: 0, expiry: 5_000, approver: '0xa' },
      { act: 'release', escrowId: 2n, disputes: 0, expiry: 5, approver: '0xa' },
    ),
  });
  const effects = fc
    .array(oneEffect)
    .map((list) => Object.fromEntries(list.map((e) => [e.kind, effectView(e.kind, e)])));
  const leg = fc
    .record({
      kind: fc.constantFrom(...LEG_KINDS),
      state: fc.constantFrom(...LEG_STATES),
      rail: fc.constantFrom(...RAILS),
      deadline: fc.constantFrom(null, 1, 5_000),
      approvals: fc.constantFrom([], [], BOTH, BOTH.slice(1)),
      fourEyes: fc.constantFrom('missing', 'given'),
      earlyClosed: fc.constantFrom(null, 'nobody signs'),
      account: fc.constantFrom({ isReady: true, problem: null }, { isReady: false, problem: null }),
      enteredAt: fc.constantFrom(NOW, new Date(0)),
      refund: fc.option(fc.constantFrom(1n, legView({}).amount.units).map((units) => ({ amount: centavos(units) }))),
      endsByCancel: fc.boolean(),
      facts,
      effects,
    })
    .map(({ refund, ...given }) => legView({ ...given, ...(refund ? { refund } : {}) }));
  /** Else something would always stand in the way, and little be begun. */
  const mostlyNone = <T>(some: fc.Arbitrary<T[]>): fc.Arbitrary<T[]> =>
    fc.oneof({ weight: 2, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary: some });
  const anyView = fc
    .record({
      legs: fc.array(leg, { maxLength: 3 }),
      holds: mostlyNone(
        fc.array(
          fc.record({
            kind: fc.constantFrom('hold' as const, 'dispute' as const),
            sentence: fc.constant('contested'),
            over: fc.constantFrom(null, 'user:u', ...RAILS.map((rail) => `rail:${rail}`)),
          }),
          { maxLength: 2 },
        ),
      ),
      stopped: mostlyNone(
        fc.array(
          fc.record({
            name: fc.constantFrom('all', 'rail:juno', 'user:u', 'wallet:0x1', ...RAILS.map((rail) => `rail:${rail}`)),
            reason: fc.constantFrom(null, 'drill'),
          }),
          { maxLength: 2 },
        ),
      ),
      uncleared: fc.constantFrom([], [], [{ userId: 'u', why: 'stale' as const }]),
      depositAddress: fc.constantFrom({ isProved: true, sentence: '' }, { isProved: false, sentence: 'a probe' }),
      dispute: fc.constantFrom(
        ...[null, null, null],
        { id: 'd', reasonCode: 'not_received', appealableUntil: null },
        { id: 'd', reasonCode: 'not_received', appealableUntil: SOON },
        { id: 'd', reasonCode: 'not_received', appealableUntil: NOW },
      ),
      release: fc.constantFrom(...RELEASE_POLICIES),
      hasBitso: fc.boolean(),
      creditBound_ms: fc.integer({ min: 1_000, max: 86_400_000 }),
      chain: fc.constantFrom({ headTimestamp: 10, trouble: null }, { headTimestamp: 10, trouble: 'lag' }),
    })
    .map(({ release, ...given }) => view({}, { ...given, payment: { release } }));

  test('it always answers; moves are legal; nothing is begun or sent past a hold, a switch or chain trouble, nor beside a live attempt', () => {
    fc.assert(
      fc.property(anyView, (v) => {
        const d = decide(v);
        const told = why(v);
        // Whoever asks why is told of a person who is needed and what that person does, or until when it waits.
        if (told.attention) expect(told.toDo).toMatch(/\S/);
        if (told.decision === 'wait') expect(told.sentence).toContain(told.looksAgainAt?.toISOString() ?? 'no moment');
        if (d.do === 'ask') expect(told.decision).toBe('ask');
        if (d.do === 'wait') expect(d.until.getTime()).toBeGreaterThanOrEqual(NOW.getTime());
        if (d.do === 'move')
          for (const { leg, to } of [d, ...(d.beside ?? [])])
            if ((leg.kind === 'custody' || leg !== d.leg) && to !== leg.state)
              expect(canMove(leg.kind, leg.state, to), `${leg.kind}: ${leg.state} → ${to}`).toBe(true);
        // Nothing lies unseen: what is not at its end is acted on, waited in for a named thing, or shown to a person.
        if (d.do === 'done') expect(v.legs.filter(({ state }) => !isFinal(state))).toEqual([]);
        if (d.do === 'wait') expect(d.for).toMatch(/\S/);
        if (d.do === 'ask') expect([d.code, d.owner, d.sentence].every((word) => /\S/.test(word))).toBe(true);
        if (d.do === 'replace' && d.leg.kind === 'custody')
          expect(canMove(d.leg.kind, d.leg.state, 'replaced'), d.leg.state).toBe(true);
        // What the database would refuse at every look, for ever, is not decided: `leg_guard`, `effect_born`.
        if (d.do === 'replace') expect(paysBeside(d.leg)).toBeUndefined();
        if (d.do === 'record' && HAS_ENDED.includes(d.leg.state))
          expect([RELEASES.has(d.effect), d.leg.effects.chain_release?.state]).toEqual([true, 'dead']);
        if (d.do === 'conclude') expect(v.dispute?.appealableUntil).toEqual(NOW);
        if (d.do === 'contest') expect([v.dispute, d.leg.facts.isDisputed]).toEqual([null, true]);
        if (d.do !== 'record' && d.do !== 'send' && d.do !== 'replace') return;
        if (d.do === 'send' && !d.mayWrite) {
          expect(['sending', 'unknown']).toContain(d.effect.state);
          return;
        }
        // What stands over another leg's rail, or over what a wallet signs, leaves this one alone; all else stands over it.
        const kind = d.do === 'replace' ? '' : d.do === 'record' ? d.effect : d.effect.kind;
        // Nor does the rail of a payout stand over what only gives the wallet back what it lent.
        const isAgain = RELEASES.has(kind as EffectKind) && FROM_RETURN.has(d.leg.state);
        const isElsewhere = (name: string | null) =>
          (name === 'wallet:0x1' && !kind.startsWith('chain_')) ||
          RAILS.some((rail) => name === `rail:${rail}` && (rail !== d.leg.rail || isAgain));
        // A freeze keeps money where it is, and passes what only asks for that; nothing else passes a dispute.
        if (kind === 'chain_dispute') expect(v.dispute).not.toBeNull();
        else {
          expect(v.dispute).toBeNull();
          expect(v.holds.filter(({ over }) => !isElsewhere(over ?? null))).toEqual([]);
          expect(v.uncleared).toEqual([]);
        }
        // What is disputed in its contract is not released; where it can only be cancelled, that is what ends its dispute.
        if (kind === 'chain_release' && !d.leg.endsByCancel && d.leg.state === 'in_custody')
          expect(d.leg.facts.isDisputed).not.toBe(true);
        expect(v.stopped.filter(({ name }) => !isElsewhere(name))).toEqual([]);
        expect(v.chain.trouble).toBeNull();
        // What goes back to the payer is paid to nobody else.
        if (d.do === 'record' && d.leg.refund) expect(['juno_redemption', 'bitso_payout']).not.toContain(d.effect);
        if (d.do !== 'record') return;
        const last = d.leg.effects[d.effect];
        expect(last && isLiveEffect(last.state)).toBeFalsy();
        expect(d.attempt).toBe((last?.attempt ?? 0) + 1);
        // A signature moves nothing, however often it is asked for.
        if (d.effect !== 'approver_signature') expect(d.attempt).toBeLessThanOrEqual(MAX_ATTEMPTS);
        if (d.effect === 'approver_signature' || d.early) {
          expect(d.leg.earlyClosed).toBeNull();
          // All of it goes back, as two people ordered; or both have approved, and none of it does.
          const isBack = d.leg.refund?.amount.units === d.leg.amount.units;
          if (d.early) expect(d.early.act).toBe(isBack ? 'cancel' : 'release');
          if (isBack) return;
          expect([d.leg.approvals, d.leg.refund]).toEqual([BOTH, undefined]);
          expect(['approvals', 'date_or_approvals']).toContain(v.payment.release);
          expect(d.leg.fourEyes).not.toBe('missing');
        }
        // No commission leaves that the books do not have as earned.
        if (d.leg.kind === 'commission' && d.leg.state === 'reserved') expect(d.leg.facts.isEarned).toBe(true);
        const isForJunosAccount = d.leg.rail === 'bank_redemption' && d.effect.startsWith('juno_');
        if (isForJunosAccount) expect(d.leg.account.isReady).toBe(true);
        if (d.effect === 'chain_return') expect(v.depositAddress.isProved).toBe(true);
        if (d.leg.kind !== 'custody' || !BUILT.includes(d.leg.state)) return;
        // Nothing is built on what the chain itself does not hold firmly at this moment.
        expect(d.leg.facts.standing?.length).toBeGreaterThan(0);
        // But what was undone there is done again.
        if (d.isBooked) return expect(last?.state).toBe('dead');
        expect(d.leg.facts.standing?.every(({ verdict }) => verdict === 'final')).toBe(true);
        if (d.effect === 'chain_release') expect(d.leg.facts.moved).toBeUndefined();
        if (d.effect === 'juno_redemption') expect(d.leg.facts.credit?.status).toBe('complete');
      }),
      { numRuns: 6_000 },
    );
  });
});
