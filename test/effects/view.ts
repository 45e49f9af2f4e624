import type { EffectKind } from '../../src/reactor/effects/states.ts';
import type { LegState } from '../../src/reactor/payment/states.ts';
import type { EffectView, LegView, PaymentView } from '../../src/reactor/payment/view.ts';
import { legView, SOON, viewOf } from '../support/views.ts';

/** One custody leg as a decision sees it, with these effects, each due to be looked at later. */
export const aLeg = (state: LegState, effects: Partial<Record<EffectKind, Omit<EffectView, 'nextLookAt'>>>): LegView =>
  legView({
    state,
    effects: Object.fromEntries(Object.entries(effects).map(([kind, view]) => [kind, { ...view, nextLookAt: SOON }])),
  });

/** A payment that nothing stands in the way of. */
export const aView = (): PaymentView => viewOf({}, { legs: [] });
