/** When a leg may leave its custody, by the release policy of its payment. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import {
  approvalEnd,
  type GivenApproval,
  type ReleaseFacts,
  releaseOf,
  stands,
} from '../../src/reactor/payment/release.ts';
import { PARTIES, RELEASE_POLICIES } from '../../src/reactor/payment/states.ts';
import type { LegView } from '../../src/reactor/payment/view.ts';
import { effectView, legView, NOW, standsOn, viewOf } from '../support/views.ts';

const over = { state: 'in_custody', deadline: 900, facts: { standing: [standsOn('funded')] } } as const;
const early = { ...over, deadline: 5_000 };
const approval = (party: 'payer' | 'recipient', given: Partial<GivenApproval> = {}): GivenApproval => ({
  ...{ party, givenAt: NOW, valid_s: 86_400 },
  ...given,
});
const both = [approval('payer'), approval('recipient')];
const decided = (leg: Partial<LegView>, release: (typeof RELEASE_POLICIES)[number]) =>
  decide(viewOf(leg, { payment: { release } }));

describe('a release', () => {
  test('by date, or by whichever comes first, is the chain’s clock', () => {
    for (const release of ['date', 'date_or_approvals'] as const) {
      expect(decided(over, release)).toMatchObject({ do: 'record', effect: 'chain_release' });
      expect(decided(early, release)).toMatchObject({ do: 'wait', for: expect.stringContaining('4000 s') });
    }
  });

  test('that needs approvals waits for both, and says for whose', () => {
    for (const release of ['approvals', 'date_and_approvals'] as const) {
      expect(decided(over, release)).toMatchObject({ do: 'wait', for: 'the approvals of payer and recipient' });
      for (const party of PARTIES)
        expect(decided({ ...over, approvals: [approval(party)] }, release)).toMatchObject({
          do: 'wait',
          for: `the approval of ${party === 'payer' ? 'recipient' : 'payer'}`,
        });
      expect(decided({ ...over, approvals: both }, release)).toMatchObject({ do: 'record', effect: 'chain_release' });
    }
  });

  test('that needs the date as well waits for it, whatever was approved', () => {
    expect(decided({ ...early, approvals: both }, 'date_and_approvals')).toMatchObject({
      do: 'wait',
      for: expect.stringContaining('4000 s'),
    });
  });

  test('never comes before the chain’s own deadline by the bridge wallet alone, whatever was approved', () => {
    for (const release of RELEASE_POLICIES) {
      const closed = { ...early, approvals: both, earlyClosed: 'nobody signs' };
      expect(decided(closed, release)).toMatchObject({ do: 'wait' });
      const open = decided({ ...early, approvals: both, facts: { ...early.facts, escrowNow } }, release);
      expect(open).not.toMatchObject({ effect: 'chain_release' });
    }
  });

  test('of what goes back to the payer needs nobody’s approval, for two people ordered it; of a part of it, the date', () => {
    for (const release of RELEASE_POLICIES)
      for (const amount of [BACK.refund.amount, centavos(1n)]) {
        const refund = { amount };
        expect(decided({ ...over, refund, fourEyes: 'missing' }, release)).toMatchObject({ do: 'record' });
        const open = { ...early.facts, escrowNow };
        const before = decided({ ...early, refund, facts: open, approvals: both }, release);
        expect(before.do).toBe(amount === BACK.refund.amount ? 'record' : 'wait');
      }
  });

  test('of a payment whose dispute two people decided needs the date alone', () => {
    for (const release of RELEASE_POLICIES) {
      const payment = { release, isDisputeOver: true };
      expect(decide(viewOf({ ...over, fourEyes: 'missing' }, { payment }))).toMatchObject({ do: 'record' });
      expect(decide(viewOf({ ...early, approvals: both }, { payment }))).toMatchObject({ do: 'wait' });
    }
  });

  test('above the amount of four eyes asks for two people, and only once nothing else is lacking', () => {
    expect(decided({ ...early, fourEyes: 'missing' }, 'date')).toMatchObject({ do: 'wait' });
    expect(decided({ ...over, fourEyes: 'missing' }, 'date_and_approvals')).toMatchObject({ do: 'wait' });
    expect(decided({ ...over, fourEyes: 'missing', approvals: both }, 'date_and_approvals')).toMatchObject({
      do: 'ask',
      code: 'release_four_eyes',
      sentence: expect.stringContaining('kustodia payment release'),
    });
    expect(decided({ ...over, fourEyes: 'given' }, 'date')).toMatchObject({ do: 'record' });
  });

  test('that was recorded and not signed gives way when an approval is taken back', () => {
    const recorded = effectView('chain_release', { state: 'recorded', externalId: null, firstSentAt: null });
    const releasing = { ...over, state: 'releasing', effects: { chain_release: recorded } } as const;
    expect(decided(releasing, 'date_and_approvals')).toMatchObject({
      ...{ do: 'move', to: 'in_custody', kills: recorded, booking: { void: 'chain_release' } },
      cause: expect.stringContaining('payer and recipient'),
    });
    expect(decided({ ...releasing, approvals: both }, 'date_and_approvals')).toMatchObject({ do: 'wait' });
    const sending = { ...releasing, effects: { chain_release: { ...recorded, state: 'sending' } } } as const;
    expect(decided(sending, 'date_and_approvals')).toMatchObject({ do: 'wait' });
  });
});

const escrowNow = { escrowId: 7n, disputes: 0 };
/** All of the leg. */
const BACK = { refund: { amount: legView({}).amount } };

describe('a release before its date', () => {
  const HEAD = 1_000;
  const signed = (given: object = {}, terms: object = {}) =>
    effectView('approver_signature', {
      ...{ externalId: '0xsigned', ...given },
      early: { act: 'release', escrowId: 7n, disputes: 0, expiry: HEAD + 3_600, approver: '0xa', ...terms },
    });
  const approved = { ...early, approvals: both, facts: { ...early.facts, escrowNow } };
  const having = (signature: ReturnType<typeof signed>) => ({
    ...approved,
    effects: { approver_signature: signature },
  });

  test('has its signature asked for as an effect of its own, and is recorded with it', () => {
    for (const release of ['approvals', 'date_or_approvals'] as const) {
      expect(decided(approved, release)).toMatchObject({
        ...{ do: 'record', effect: 'approver_signature', attempt: 1, to: 'in_custody' },
      });
      expect(decided(having(signed({ state: 'recorded' })), release)).toMatchObject({ do: 'send', mayWrite: true });
      expect(decided(having(signed()), release)).toMatchObject({
        ...{ do: 'record', effect: 'chain_release', to: 'releasing' },
        early: { approver: '0xa', expiry: HEAD + 3_600, signature: '0xsigned' },
      });
    }
  });

  test('is not asked for where nobody signs, or the escrow is not as it could be signed for; it says why', () => {
    expect(decided({ ...approved, earlyClosed: 'no approver is set up' }, 'approvals')).toMatchObject({
      do: 'wait',
      for: expect.stringContaining('because no approver is set up'),
    });
    expect(decided({ ...early, approvals: both }, 'approvals')).toMatchObject({
      do: 'wait',
      for: 'its escrow to be funded and undisputed on the chain',
    });
  });

  test('is built on no signature that expires soon, is of another escrow, or of before a dispute', () => {
    for (const worthless of [{ expiry: HEAD + 600 }, { escrowId: 8n }, { disputes: 1 }])
      for (const state of ['recorded', 'unknown', 'confirmed'] as const)
        expect(decided(having(signed({ state }, worthless)), 'approvals')).toMatchObject({
          ...{ do: 'move', to: 'in_custody', booking: {}, kills: { kind: 'approver_signature', state } },
        });
    expect(decided(having(signed({ state: 'dead', attempt: 5 })), 'approvals')).toMatchObject({ attempt: 6 });
  });

  test('that was recorded gives way when its signature is worth nothing any more, or an approval is taken back', () => {
    const release = (terms: object = {}) =>
      effectView('chain_release', {
        ...{ state: 'recorded', externalId: null, firstSentAt: null },
        early: { act: 'release', escrowId: 7n, disputes: null, expiry: HEAD + 1, approver: '0xa', ...terms },
      });
    const releasing = (one: ReturnType<typeof release>, given: Partial<LegView> = {}) =>
      decided({ ...approved, state: 'releasing', effects: { chain_release: one }, ...given }, 'date_or_approvals');
    expect(releasing(release())).toMatchObject({ do: 'wait' });
    expect(releasing(release({ expiry: HEAD }))).toMatchObject({ do: 'move', to: 'in_custody' });
    expect(releasing(release({ escrowId: 8n }))).toMatchObject({ do: 'move', to: 'in_custody' });
    const before = { approver_signature: signed(), chain_release: release() };
    const disputed = { ...early.facts, escrowNow: { escrowId: 7n, disputes: 1 } };
    expect(releasing(release(), { effects: before })).toMatchObject({ do: 'wait' });
    expect(releasing(release(), { effects: before, facts: disputed })).toMatchObject({ do: 'move', to: 'in_custody' });
    expect(releasing(release(), { approvals: [approval('payer')] })).toMatchObject({ do: 'move', to: 'in_custody' });
    // Of what was ordered back to the payer nobody approved the release.
    expect(releasing(release(), { refund: { amount: centavos(1n) } })).toMatchObject({ do: 'move', to: 'in_custody' });
  });

  test('is a cancellation where all of it goes back to the payer: with a signature for that alone, whatever the policy', () => {
    for (const release of RELEASE_POLICIES) {
      const back = { ...early, ...BACK, fourEyes: 'missing' as const, facts: { ...early.facts, escrowNow } };
      expect(decided(back, release)).toMatchObject({
        ...{ do: 'record', effect: 'approver_signature', to: 'in_custody' },
        cause: 'two people ordered it back to the payer',
      });
      const cancelled = { ...back, effects: { approver_signature: signed({}, { act: 'cancel' }) } };
      expect(decided(cancelled, release)).toMatchObject({
        ...{ do: 'record', effect: 'chain_release', to: 'releasing' },
        early: { act: 'cancel', signature: '0xsigned' },
      });
      const closed = { ...back, earlyClosed: 'its contract lets no escrow out sooner by anybody’s signature' };
      expect(decided(closed, release)).toMatchObject({
        do: 'wait',
        for: expect.stringMatching(/4000 s.*goes back to the payer.*its contract lets no escrow out sooner/),
      });
    }
    // Approved to be released, and ordered back since; or the other way round, which nobody can do.
    const since = { ...having(signed()), ...BACK };
    expect(decided(since, 'approvals')).toMatchObject({ do: 'move', kills: { kind: 'approver_signature' } });
    const never = having(signed({}, { act: 'cancel' }));
    expect(decided(never, 'approvals')).toMatchObject({ do: 'move', kills: { kind: 'approver_signature' } });
  });

  test('that was recorded gives way when all of it is ordered back, and is made as a cancellation', () => {
    const release = (act: 'release' | 'cancel') =>
      effectView('chain_release', {
        ...{ state: 'recorded', externalId: null, firstSentAt: null },
        early: { act, escrowId: 7n, disputes: null, expiry: HEAD + 3_600, approver: '0xa' },
      });
    const releasing = (act: 'release' | 'cancel') =>
      decided({ ...approved, ...BACK, state: 'releasing', effects: { chain_release: release(act) } }, 'approvals');
    expect(releasing('release')).toMatchObject({ do: 'move', to: 'in_custody', booking: { void: 'chain_release' } });
    expect(releasing('cancel')).toMatchObject({ do: 'wait' });
  });

  test('ends with the date, and with it what was not signed yet', () => {
    const due = { ...having(signed({ state: 'recorded' })), deadline: 900 };
    expect(decided(due, 'approvals')).toMatchObject({ do: 'move', kills: { kind: 'approver_signature' } });
    const released = decided({ ...having(signed()), deadline: 900 }, 'approvals');
    expect(released).toMatchObject({ do: 'record', effect: 'chain_release' });
    expect(released).not.toHaveProperty('early');
  });

  test('that a reorganisation undid after its money went on is made again, with a signature', () => {
    const undone = effectView('chain_release', { state: 'dead' });
    const gone = { standing: [standsOn('released', { verdict: 'mismatch' })], escrowNow };
    const beyond = (effects: LegView['effects']) =>
      ({
        ...approved,
        state: 'completed',
        effects: { chain_release: undone, ...effects },
        facts: gone,
      }) as const;
    expect(decided(beyond({}), 'approvals')).toMatchObject({
      do: 'record',
      effect: 'approver_signature',
      to: 'completed',
    });
    expect(decided(beyond({ approver_signature: signed() }), 'approvals')).toMatchObject({
      ...{ do: 'record', effect: 'chain_release', attempt: 2, to: 'completed', isBooked: true },
      early: { signature: '0xsigned' },
    });
  });
});

describe('an approval', () => {
  const at = fc.integer({ min: 0, max: 4_000_000_000 });
  const span = fc.integer({ min: 1, max: 315_360_000 });

  test('is never over before the custody is, nor before its own time from when it was given', () => {
    fc.assert(
      fc.property(at, span, at, (given_s, valid_s, deadline) => {
        const one = approval('payer', { givenAt: new Date(given_s * 1000), valid_s });
        const end = approvalEnd(one, deadline) ?? 0;
        expect(end).toBeGreaterThanOrEqual(deadline + valid_s);
        expect(end).toBeGreaterThanOrEqual(given_s + valid_s);
        const clocks = (s: number) => ({ now: new Date(s * 1000), chain_s: s });
        expect(stands(one, deadline, clocks(end - 1))).toBe(true);
        expect(stands(one, deadline, clocks(end))).toBe(false);
        // A clock that runs ahead ends nothing.
        expect(stands(one, deadline, { now: new Date(end * 2_000), chain_s: end - 1 })).toBe(true);
        expect(stands(one, deadline, { now: new Date((end - 1) * 1000), chain_s: end * 2 })).toBe(true);
      }),
    );
    expect(approvalEnd(approval('payer'), null)).toBeNull();
  });

  test('of anything: no policy is met by less than it asks, and each by what it asks', () => {
    const one = fc.record({
      party: fc.constantFrom(...PARTIES),
      givenAt: at.map((s) => new Date(s * 1000)),
      valid_s: span,
    });
    const facts = fc
      .record({
        isBack: fc.boolean(),
        policy: fc.constantFrom(...RELEASE_POLICIES),
        deadline: at,
        isDue: fc.boolean(),
        clocks: fc.record({ now: at.map((s) => new Date(s * 1000)), chain_s: at }),
        approvals: fc.array(one, { maxLength: 4 }),
        isDecided: fc.boolean(),
        fourEyes: fc.constantFrom('not_asked', 'missing', 'given'),
      })
      // What goes back is decided.
      .map((f) => ({ ...f, isDecided: f.isDecided || f.isBack })) satisfies fc.Arbitrary<ReleaseFacts>;
    fc.assert(
      fc.property(facts, (f) => {
        const { isDue } = f;
        const all = PARTIES.every((party) =>
          f.approvals.some((a) => a.party === party && stands(a, f.deadline, f.clocks)),
        );
        const policy = {
          date: isDue,
          approvals: all,
          date_or_approvals: isDue || all,
          date_and_approvals: isDue && all,
        }[f.policy];
        const isMet = f.isBack || (f.isDecided ? isDue : policy && f.fourEyes !== 'missing');
        const release = releaseOf(f);
        expect(release.may).toBe(isMet ? (isDue ? 'when_due' : 'early') : null);
        if (release.may === null) expect(release.lacks.length).toBeGreaterThan(0);
        if (release.may === 'early' && !f.isBack) expect(f.isDecided || f.policy === 'date').toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });
});
