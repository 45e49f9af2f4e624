/** Whatever comes in whatever order, a disputed escrow is never released; and once it is decided, every escrow is. Pure. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EffectKind, EffectState } from '../../src/reactor/effects/states.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import type { EffectView, LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { chainFact, legView, standsOn, viewOf } from '../support/views.ts';

const EVENTS = [
  'somebody disputes it',
  'two people decide',
  'a side appeals',
  'time passes',
  'somebody disputes it in the contract',
  'the wallet signs',
  'a block',
  'a block is lost',
  'the indexer catches up',
  'the reactor looks',
] as const;
type Event = (typeof EVENTS)[number];
type Version = 'v3' | 'v2-pausable';
type Log = { kind: 'disputed' | 'resolved' | 'released'; hash: string };
type Sent = { kind: EffectKind; hash: string; call: 'dispute' | 'resolve' | 'release' | 'cancel' };

/** One escrow in custody, past its date, with its contract, its wallet and its indexer. */
function aWorld(version: Version) {
  const T0 = Date.UTC(2026, 0, 1);
  let now = T0;
  let hashes = 0;
  let state: LegView['state'] = 'in_custody';
  let dispute: { id: string; reasonCode: string; appealableUntil: Date | null } | null = null;
  let appeals = 0;
  let byChain = 0;
  const effects: Partial<Record<EffectKind, EffectView>> = {};
  let mempool: Sent[] = [];
  let contract = 'funded' as 'funded' | 'disputed' | 'released';
  let logs: Log[] = [];
  let indexed: Log[] = [];
  const claimed = new Set<string>();
  const signed = new Set<string>();
  let before: { contract: typeof contract; logs: Log[]; mempool: Sent[] } | null = null;
  let disputes = 0;
  let wasFrozen = false;

  const set = (kind: EffectKind, given: Partial<EffectView>) => {
    const one = effects[kind];
    if (one) effects[kind] = { ...one, ...given };
  };
  const view = (): PaymentView => {
    const disputed = indexed.findLast(({ kind }) => kind === 'disputed');
    const resolved = indexed
      .slice(indexed.lastIndexOf(disputed ?? (null as never)) + 1)
      .findLast((l) => l.kind === 'resolved');
    const released = indexed.find(({ kind }) => kind === 'released');
    const fact = ({ hash }: Log) => ({ ...chainFact({ id: hash, txHash: hash }), isClaimed: claimed.has(hash) });
    const isOpen = contract !== 'released';
    return viewOf(
      {},
      {
        now: new Date(now),
        holds: dispute ? [{ kind: 'dispute', sentence: 'contested' }] : [],
        dispute,
        legs: [
          legView({
            ...{ state, deadline: 1, effects: { ...effects }, endsByCancel: version === 'v2-pausable' },
            facts: {
              standing: [standsOn('funded')],
              ...(isOpen ? { isDisputed: contract === 'disputed' } : {}),
              wasFrozen,
              ...(disputed && { disputed: { ...fact(disputed), isOurs: signed.has(disputed.hash) } }),
              ...(resolved && { resolved: fact(resolved) }),
              ...(released &&
                state === 'releasing' && { released: fact(released), unlocked: { ...fact(released), id: 'unlocked' } }),
            },
          }),
        ],
      },
    );
  };
  const mine = ({ kind, hash, call }: Sent) => {
    const fails =
      (call === 'dispute' && contract !== 'funded') ||
      (call === 'resolve' && contract !== 'disputed') ||
      (call === 'release' && contract !== 'funded') ||
      (call === 'cancel' && contract === 'released');
    if (fails) return set(kind, { state: 'dead' });
    if (call === 'release' || call === 'cancel') {
      // The wallet gives up at its nonce what is disputed since it was signed; what a block had before, it had.
      expect(call === 'cancel' || contract === 'funded').toBe(true);
      contract = 'released';
      logs = [...logs, { kind: 'released', hash }];
    } else {
      contract = call === 'dispute' ? 'disputed' : 'funded';
      logs = [...logs, { kind: call === 'dispute' ? 'disputed' : 'resolved', hash }];
    }
  };
  /** Answers whether there was anything to do. */
  const look = (): boolean => {
    // What follows is another story's.
    if (state === 'released') return false;
    const d = decide(view());
    switch (d.do) {
      case 'record': {
        expect(dispute === null || d.effect === 'chain_dispute', `${d.effect} while it is disputed`).toBe(true);
        if (d.effect === 'chain_release') expect(contract === 'funded' || version === 'v2-pausable').toBe(true);
        expect(effects[d.effect]?.state ?? 'dead').toBe('dead');
        effects[d.effect] = {
          ...{ id: d.effect, kind: d.effect, attempt: d.attempt, state: 'recorded', externalId: null },
          ...{ failures: 0, error: null, firstSentAt: null, nextLookAt: new Date(now) },
        };
        state = d.to;
        return true;
      }
      case 'move': {
        if (d.to !== state) expect(dispute === null || d.to === 'in_custody' || d.to === 'released').toBe(true);
        for (const claim of d.claims) {
          expect(claimed.has(claim.externalId), 'evidence is claimed once').toBe(false);
          claimed.add(claim.externalId);
          wasFrozen ||= (claim.detail as { as: string }).as === 'disputed';
        }
        if (d.confirms) set(d.confirms.kind, { state: 'confirmed', externalId: d.claims[0]?.externalId ?? null });
        if (d.kills) {
          expect(effects[d.kills.kind]?.state).toBe('recorded');
          set(d.kills.kind, { state: 'dead', error: { code: 'no_longer_wanted', text: '' } });
        }
        state = d.to;
        return true;
      }
      case 'conclude':
        expect(dispute?.appealableUntil && dispute.appealableUntil.getTime() <= now).toBe(true);
        dispute = null;
        return true;
      case 'contest':
        byChain++;
        dispute = { id: `chain ${byChain}`, reasonCode: 'disputed_on_chain', appealableUntil: null };
        return true;
      default:
        return false;
    }
  };
  const happen = (event: Event): void => {
    switch (event) {
      case 'somebody disputes it':
        if (state === 'released' || dispute || disputes > 0) return;
        disputes++;
        dispute = { id: 'd', reasonCode: 'not_received', appealableUntil: null };
        return;
      case 'two people decide':
        if (dispute && !dispute.appealableUntil) dispute = { ...dispute, appealableUntil: new Date(now + 1_000) };
        return;
      case 'a side appeals':
        if (!dispute?.appealableUntil || dispute.appealableUntil.getTime() <= now || appeals > 1) return;
        appeals++;
        dispute = { ...dispute, appealableUntil: null };
        return;
      case 'time passes':
        now += 700;
        return;
      case 'somebody disputes it in the contract':
        if (contract !== 'funded' || byChain > 0) return;
        before = null;
        mine({ kind: 'chain_dispute', hash: `their ${hashes++}`, call: 'dispute' });
        return;
      case 'the wallet signs':
        for (const [kind, one] of Object.entries(effects) as [EffectKind, EffectView][]) {
          if (one.state !== 'recorded') continue;
          if (dispute && kind !== 'chain_dispute') continue;
          const call =
            kind === 'chain_dispute'
              ? ('dispute' as const)
              : kind === 'chain_resolve'
                ? ('resolve' as const)
                : contract === 'disputed'
                  ? ('cancel' as const)
                  : ('release' as const);
          // A call that would revert is not signed.
          if (
            call === 'dispute'
              ? contract !== 'funded'
              : call === 'resolve'
                ? contract !== 'disputed'
                : contract === 'released'
          )
            continue;
          if (call === 'cancel' && version !== 'v2-pausable') continue;
          const hash = `ours ${hashes++}`;
          if (kind === 'chain_dispute') signed.add(hash);
          mempool.push({ kind, hash, call });
          set(kind, { state: 'sending' satisfies EffectState, firstSentAt: new Date(now) });
        }
        return;
      case 'a block': {
        before = { contract, logs, mempool };
        const [next, ...rest] = mempool;
        if (!next) return;
        mempool = rest;
        // Disputed since it was signed, and in no block: a no-op takes its place.
        if (dispute && (next.call === 'release' || next.call === 'cancel')) set(next.kind, { state: 'dead' });
        else mine(next);
        return;
      }
      case 'a block is lost': {
        // The same bytes go out again; what the indexer has not shown, nobody has built on.
        if (!before || before.logs.length === logs.length || logs.length !== indexed.length + 1) return;
        ({ contract, logs, mempool } = before);
        before = null;
        return;
      }
      case 'the indexer catches up':
        indexed = [...logs];
        before = null;
        return;
      case 'the reactor looks':
        look();
    }
  };
  return {
    happen,
    look,
    shown: () => JSON.stringify({ state, contract, dispute, effects, logs, indexed, mempool }),
    state: () => state,
  };
}

test.each(['v3', 'v2-pausable'] as const)(
  'on %s nothing is released past a dispute, and nothing waits for ever',
  (version) => {
    let releasedAfterDispute = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), (events) => {
        const world = aWorld(version);
        for (const event of events) world.happen(event);
        // From here on everybody does their part.
        for (let turn = 0; turn < 60 && world.state() !== 'released'; turn++) {
          while (world.look());
          for (const event of ['two people decide', 'time passes', 'time passes', 'the wallet signs'] as const)
            world.happen(event);
          for (const event of ['a block', 'the indexer catches up'] as const) world.happen(event);
        }
        expect(world.state(), world.shown()).toBe('released');
        if (events.includes('somebody disputes it')) releasedAfterDispute++;
      }),
      { numRuns: 3_000 },
    );
    expect(releasedAfterDispute).toBeGreaterThan(100);
  },
);
