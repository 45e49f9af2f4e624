/** What the bank, Juno and the chain show of the one payment of `order-world.ts`. */
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import type { LegFacts, LegView } from '../../src/reactor/payment/view.ts';
import { chainFact, standsOn } from '../support/views.ts';

const CUSTODY_S = 3_600;
export const APPEAL_MS = 600_000;
/** Calls of the bridge wallet, and whether a block has them. */
export const CALLS: readonly EffectKind[] = ['chain_fund', 'chain_release', 'chain_return'];

/** From here on a leg's payout has begun. */
export const LEAVING: ReadonlySet<LegState> = new Set([
  'redeeming',
  'paying_out',
  'completed',
  'accrued',
  'payout_failed',
  'payout_returned',
]);

/** What the outside knows of an attempt. */
type Known = { isDone: boolean; hasFailed: boolean };

/** All that happened outside, as the world writes it down. */
export type Outside = {
  readonly start: number;
  readonly head_s: () => number;
  cameIn: bigint;
  isIssued: boolean;
  /** By leg and kind and attempt, as keys are derived. */
  readonly attempts: Map<string, Known>;
  readonly claimed: Set<string>;
  readonly earned: Set<string>;
  /** How often a leg was ever paid and sent back. */
  readonly returns: Map<string, number>;
  readonly settled: Set<string>;
};

export function showing(of: Outside) {
  const { start, head_s, attempts, claimed, earned, returns, settled } = of;
  const keyOf = (leg: LegView, kind: EffectKind) => `${leg.id} ${kind} ${leg.effects[kind]?.attempt}`;
  const knownOf = (leg: LegView, kind: EffectKind) => attempts.get(keyOf(leg, kind));
  const fact = (leg: LegView, what: string) =>
    chainFact({ id: `${leg.id} ${what} ${leg.effects.chain_fund?.attempt}`, txHash: what });
  const mined = (leg: LegView, kind: EffectKind) => knownOf(leg, kind)?.isDone === true;
  const juno = (leg: LegView, kind: EffectKind) => {
    const effect = leg.effects[kind];
    if (effect?.state !== 'confirmed') return undefined;
    const known = knownOf(leg, kind);
    const status = known?.hasFailed ? 'failed' : known?.isDone ? 'complete' : 'pending';
    return { id: keyOf(leg, kind), status, txHash: '0x1' } as const;
  };

  function factsOf(leg: LegView): LegFacts {
    switch (leg.state) {
      case 'requested':
        return of.cameIn === 0n
          ? {}
          : {
              deposit: { id: 'd', claimedAt: new Date(start) },
              issuance: { id: 'i', status: of.isIssued ? 'complete' : 'pending' },
            };
      case 'withdrawing': {
        const withdrawal = juno(leg, 'juno_withdrawal');
        return withdrawal
          ? { withdrawal, ...(withdrawal.status === 'complete' ? { arrival: fact(leg, 'arrival') } : {}) }
          : {};
      }
      case 'withdrawn':
        return { standing: [standsOn('arrival')] };
      case 'funding':
        return mined(leg, 'chain_fund')
          ? { funded: { ...fact(leg, 'funded'), contract: '0xc', escrowId: 1n, deadline: head_s() + CUSTODY_S } }
          : {};
      case 'in_custody':
        return {
          standing: [standsOn('funded')],
          escrowNow: { escrowId: 1n, disputes: 0 },
          unfreezable: 'the contract takes no dispute here',
        };
      case 'releasing':
        return {
          standing: [standsOn('funded')],
          escrowNow: { escrowId: 1n, disputes: 0 },
          ...(mined(leg, 'chain_release') ? { released: fact(leg, 'released'), unlocked: fact(leg, 'unlocked') } : {}),
        };
      case 'released':
        return { standing: [standsOn('released')] };
      case 'returning':
        return mined(leg, 'chain_return')
          ? { sentBack: fact(leg, 'sent back'), credit: { id: `${leg.id} credit`, status: 'complete' } }
          : {};
      case 'returned':
        return { standing: [standsOn('sentBack')], credit: { id: `${leg.id} credit`, status: 'complete' } };
      case 'redeeming': {
        const redemption = juno(leg, 'juno_redemption');
        return redemption ? { redemption } : {};
      }
      case 'paying_out': {
        const payout = juno(leg, 'bitso_payout');
        return payout ? { bitsoPayout: { ...payout, trackingKey: null, cepLink: null, failReason: null } } : {};
      }
      case 'reserved':
        return { isEarned: earned.has(leg.id) };
      case 'accrued':
        return settled.has(leg.id) ? { settlement: { paymentId: 's', legId: `s ${leg.id}`, state: 'completed' } } : {};
      case 'completed':
        return (returns.get(leg.id) ?? 0) > 0 && !claimed.has(`return ${leg.id}`)
          ? { returnedBy: { id: `return ${leg.id}` } }
          : {};
      default:
        return {};
    }
  }
  return { keyOf, knownOf, factsOf };
}
