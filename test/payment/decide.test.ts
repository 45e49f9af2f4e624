import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EFFECT_KINDS, EFFECT_STATES, isLiveEffect, MAX_ATTEMPTS } from '../../src/reactor/effects/states.ts';
import { decide, decideLeg } from '../../src/reactor/payment/decide.ts';
import { canMove, isFinal, LEG_KINDS, LEG_STATES, type LegState, RAILS } from '../../src/reactor/payment/states.ts';
import type { ChainFact, EvidenceName, LegFacts, LegView } from '../../src/reactor/payment/view.ts';
import { chainFact, effectView, legView, NOW, SOON, standsOn, viewOf as view } from '../support/views.ts';

/** All that it stands on is still there. */
const STANDS = { standing: [standsOn('funded')] };
const goneFrom = (as: EvidenceName) => ({ standing: [standsOn(as, { verdict: 'mismatch' })] });

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
      redemption: juno,
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
      enteredAt: fc.constantFrom(NOW, new Date(0)),
      facts,
      effects,
    })
    .map(legView);
  const anyView = fc
    .record({
      legs: fc.array(leg, { maxLength: 3 }),
      holds: fc.constantFrom([], [{ kind: 'dispute' as const, sentence: 'contested' }]),
      stopped: fc.constantFrom([], [{ name: 'all', reason: 'drill' }]),
      destination: fc.constantFrom({ isReady: true, problem: null }, { isReady: false, problem: null }),
      depositAddress: fc.constantFrom({ isProved: true, sentence: '' }, { isProved: false, sentence: 'a probe' }),
      hasBitso: fc.boolean(),
      creditBound_ms: fc.integer({ min: 1_000, max: 86_400_000 }),
      chain: fc.constantFrom({ headTimestamp: 10, trouble: null }, { headTimestamp: 10, trouble: 'lag' }),
    })
    .map((given) => view({}, given));

  test('it always answers; moves are legal; nothing is begun or sent past a hold, a switch or chain trouble, nor beside a live attempt', () => {
    fc.assert(
      fc.property(anyView, (v) => {
        const d = decide(v);
        if (d.do === 'wait') expect(d.until.getTime()).toBeGreaterThanOrEqual(NOW.getTime());
        if (d.do === 'move' && d.leg.kind === 'custody' && d.to !== d.leg.state)
          expect(canMove(d.leg.kind, d.leg.state, d.to), `${d.leg.state} → ${d.to}`).toBe(true);
        // Nothing lies unseen: what is not at its end is acted on, waited in for a named thing, or shown to a person.
        if (d.do === 'done') expect(v.legs.filter(({ state }) => !isFinal(state))).toEqual([]);
        if (d.do === 'wait') expect(d.for).toMatch(/\S/);
        if (d.do === 'ask') expect([d.code, d.owner, d.sentence].every((word) => /\S/.test(word))).toBe(true);
        if (d.do !== 'record' && d.do !== 'send') return;
        if (d.do === 'send' && !d.mayWrite) {
          expect(['sending', 'unknown']).toContain(d.effect.state);
          return;
        }
        expect([v.holds.length, v.stopped.length]).toEqual([0, 0]);
        expect(v.chain.trouble).toBeNull();
        if (d.do !== 'record') return;
        const last = d.leg.effects[d.effect];
        expect(last && isLiveEffect(last.state)).toBeFalsy();
        expect(d.attempt).toBe((last?.attempt ?? 0) + 1);
        expect(d.attempt).toBeLessThanOrEqual(MAX_ATTEMPTS);
        const isForJunosAccount = d.leg.rail === 'bank_redemption' && d.effect.startsWith('juno_');
        if (isForJunosAccount) expect(v.destination.isReady).toBe(true);
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
      { numRuns: 2_000 },
    );
  });
});

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
    const destination = { isReady: false, problem: 'It could not be registered.' };
    expect(decide(view({ state: 'requested' }, { destination }))).toMatchObject({
      do: 'ask',
      code: 'payout_account_unusable',
      sentence: expect.stringMatching(/^It could not be registered\. No deposit has come yet: let the payer wait/),
    });
    expect(decide(view({ state: 'requested', rail: 'bitso_spei' }, { destination }))).toMatchObject({ do: 'wait' });
    const payment = { id: 'p', expiresAt: NOW, depositsReadAt: new Date(NOW.getTime() + 3_600_000) };
    expect(decide(view({ state: 'requested' }, { destination, payment }))).toMatchObject({ do: 'move', to: 'expired' });
  });

  test('what may have left is looked for past a hold, and nothing is written', () => {
    const effects = { juno_redemption: effectView('juno_redemption', { state: 'unknown', externalId: null }) };
    const held = { holds: [{ kind: 'hold' as const, sentence: 'stop' }] };
    expect(decide(view({ state: 'redeeming', effects }, held))).toMatchObject({ do: 'send', mayWrite: false });
    expect(decide(view({ state: 'redeeming', effects }))).toMatchObject({ do: 'send', mayWrite: true });
    const unsent = { juno_redemption: effectView('juno_redemption', { state: 'recorded', externalId: null }) };
    expect(decide(view({ state: 'redeeming', effects: unsent }, held))).toMatchObject({ do: 'wait' });
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
