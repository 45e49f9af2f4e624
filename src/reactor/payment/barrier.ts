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
    hold.kind === 'dispute'
      ? decideDispute(view)
      : `once its reason is gone, kustodia hold close HOLD --reason …; kustodia hold list --on ${hold.over ?? `payment:${view.payment.id}`} names it`,
  );

export const decideDispute = ({ dispute, payment }: PaymentView): string =>
  `decide it: kustodia dispute show ${dispute?.id ?? 'DISPUTE'}, then kustodia dispute resolve ${dispute?.id ?? 'DISPUTE'} --for recipient|payer|split --reason … (payment ${payment.id}); a second person approves it`;

export const stoppedBy = (
  view: PaymentView,
  leg: LegView,
  { name, reason }: PaymentView['stopped'][number],
): Decision =>
  until(
    view,
    leg,
    `the switch “${name}” to be opened again: ${reason ?? 'no reason given'}`,
    name,
    name === 'recovery'
      ? 'kustodia recover --dry-run, read the plan, then kustodia recover'
      : `once its reason is gone, kustodia guard open ${name} --reason …; a second person approves it`,
  );

const until = (view: PaymentView, leg: LegView, what: string, barrier: string, toDo: string): Decision => ({
  ...wait(view, leg, what, BARRED_MS, toDo),
  barrier,
});
