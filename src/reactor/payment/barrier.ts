/** What only people lift, as a leg waits for it. Pure. */
import { wait } from './decisions.ts';
import type { Decision, LegView, PaymentView } from './view.ts';

/** The sweep sees a barrier go within half a minute; while it stands there is nothing else to look for. */
const BARRED_MS = 300_000;

export const heldBy = (view: PaymentView, leg: LegView, hold: PaymentView['holds'][number]): Decision =>
  until(
    view,
    leg,
    `the ${hold.kind}${hold.over ? ` on “${hold.over}”` : ''} to be closed: ${hold.sentence}`,
    hold.over ?? `payment:${view.payment.id}`,
  );

export const stoppedBy = (
  view: PaymentView,
  leg: LegView,
  { name, reason }: PaymentView['stopped'][number],
): Decision => until(view, leg, `the switch “${name}” to be opened again: ${reason ?? 'no reason given'}`, name);

function until(view: PaymentView, leg: LegView, what: string, barrier: string): Decision {
  const decision = wait(view, leg, what, BARRED_MS);
  return decision.do === 'wait' ? { ...decision, barrier } : decision;
}
