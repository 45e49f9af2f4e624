/** Whether a leg's payout account can be paid to. Pure. */
import { heldBy, stoppedBy } from './barrier.ts';
import { ask, wait } from './decisions.ts';
import { overdue } from './step.ts';
import type { Decision, LegView, PaymentView } from './view.ts';

/** Juno pays only to accounts that it knows; over the Bitso balance any CLABE can be named. Null when nothing is in the way. */
export function accountTrouble(view: PaymentView, leg: LegView): Decision | null {
  if (leg.rail !== 'bank_redemption') return null;
  if (leg.account.problem) return ask(leg, 'payout_account_unusable', leg.account.problem);
  if (leg.account.isReady) return null;
  const what = 'the payout account to be registered at Juno and read back';
  return unregistrable(view, leg) ?? overdue(view, leg, 'payout_account', what) ?? wait(view, leg, what);
}

/** The switches over a registration beside that of whoever the account is: the same as `registerDestination` asks. */
const OVER_REGISTRATION: ReadonlySet<string> = new Set(['all', 'rail:juno', 'recovery']);

/** What people stopped: while it stands nothing is registered, so that it is what the leg truly waits for. */
function unregistrable(view: PaymentView, leg: LegView): Decision | null {
  const hold = leg.held ?? view.holds.find(({ over }) => over != null && OVER_REGISTRATION.has(over));
  if (hold) return heldBy(view, leg, hold);
  const stopped = leg.stopped ?? view.stopped.find(({ name }) => OVER_REGISTRATION.has(name));
  return stopped ? stoppedBy(view, leg, stopped) : null;
}
