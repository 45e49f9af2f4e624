import { centavos } from '../../src/money/money.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import type { EffectView, LegView, PaymentView } from '../../src/reactor/payment/view.ts';

const NOW = new Date('2026-01-01T12:00:00Z');

/** One custody leg as a decision sees it, with these effects, each due to be looked at later. */
export const aLeg = (
  state: LegState,
  effects: Partial<Record<EffectKind, Omit<EffectView, 'nextLookAt'>>>,
): LegView => ({
  id: 'leg',
  kind: 'custody',
  state,
  amount: centavos(150_000n),
  rail: 'bank_redemption',
  destinationId: 'account',
  enteredAt: NOW,
  deadline: null,
  attention: null,
  effects: Object.fromEntries(
    Object.entries(effects).map(([kind, view]) => [kind, { ...view, nextLookAt: new Date(NOW.getTime() + 1_000) }]),
  ),
  facts: {},
});

/** A payment that nothing stands in the way of. */
export const aView = (): PaymentView => ({
  now: NOW,
  payment: { id: 'payment', expiresAt: NOW, depositsReadAt: NOW },
  legs: [],
  holds: [],
  stopped: [],
  destination: { isReady: true, problem: null },
  hasBitso: true,
  creditBound_ms: 1,
  depositAddress: { isProved: true, sentence: '' },
  chain: { headTimestamp: 1_000, trouble: null },
});
