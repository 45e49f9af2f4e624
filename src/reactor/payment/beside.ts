/**
 * What keeps a leg from being replaced, or closed by a payment by hand: an effect that may still pay it or move its money. The database
 * refuses the same (`leg_guard`). Pure.
 */
import type { EffectKind, EffectState } from '../effects/states.ts';
import { FROM_RETURN, type LegState } from './states.ts';
import type { EffectView, LegView } from './view.ts';

/** What takes the money on from a state: confirmed there, it has taken it. */
export const TAKES_ON: Partial<Record<LegState, EffectKind>> = {
  deposited: 'juno_withdrawal',
  reserved: 'juno_redemption',
  returned: 'juno_redemption',
  paying_out: 'bitso_payout',
  payout_failed: 'bitso_payout',
};
export const UNRESOLVED: ReadonlySet<EffectState> = new Set(['recorded', 'sending', 'unknown']);

/** Under a leg that is back at Juno these bring MXNB from its escrow to the wallet, which lent as many, or move nothing. */
const OF_ITS_ESCROW: ReadonlySet<EffectKind> = new Set([
  'chain_release',
  'approver_signature',
  'chain_dispute',
  'chain_resolve',
]);

/** The effect beside which nothing takes a leg's place now; undefined where it is free. */
export const paysBeside = ({ state: at, effects }: Pick<LegView, 'state' | 'effects'>): EffectView | undefined =>
  Object.values(effects).find(({ kind, state }) =>
    UNRESOLVED.has(state)
      ? !(OF_ITS_ESCROW.has(kind) && FROM_RETURN.has(at))
      : state === 'confirmed' && kind === TAKES_ON[at],
  );
