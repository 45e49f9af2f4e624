import type { Address } from 'viem';
import { type Act, idsOf, moment, type View } from '../act.ts';

/** The most escrows of one call, as the contract has it. */
export const MOST_ESCROWS = 100;

/** `contract redirect`: open escrows pay another address, which the admin has named, by an approver who was one before them. */
export const redirect = (payee: Address, escrows: readonly bigint[]): Act => ({
  command: 'contract redirect',
  by: 'approver',
  functionName: 'redirect',
  args: [escrows, payee],
  subject: payee,
  escrows,
  aims: (view) =>
    openOf(escrows, view).map((id) => ({
      what: `who is paid by escrow ${id}`,
      read: (view) => view.escrows.get(id)?.payee ?? 'none',
      want: payee,
    })),
  refusals: (view) => [...notYet(escrows, view), ...notThere(payee, escrows, view)],
  warnings: ({ bridge, ...view }) => [
    openOf(escrows, view).length < escrows.length &&
      `Passed over, for they are not open: ${idsOf(escrows.filter((id) => !openOf(escrows, view).includes(id)))}.`,
    payee !== bridge &&
      `${payee} is not ESCROW_BRIDGE_WALLET (${bridge}). A reactor with that setting waits in vain for the money of these escrows: stop it first.`,
  ],
});

/** What ends while somebody hurries is no reason to redirect nothing: the contract passes over it, too. */
const openOf = (escrows: readonly bigint[], { escrows: found }: Pick<View, 'escrows'>): readonly bigint[] =>
  escrows.filter((id) => found.get(id)?.isOpen === true);

/** What the contract calls ApproverMustWait and ApproverTooNew, of an approver. */
function notYet(escrows: readonly bigint[], { now, state, caller, appointments }: View): (string | false)[] {
  const appointment = appointments.get(caller.address);
  if (appointment === undefined || !caller.roles.has('approver')) return [];
  const { since, afterId } = appointment;
  const schedule = since + state.settlementDelay_s;
  const older = escrows.filter((id) => id <= afterId);
  return [
    now < schedule &&
      `${caller.address} has been an approver since ${moment(since)} only, and can redirect from ${moment(schedule)} on: as long after as a new settlement address waits. An approver of before can now.`,
    older.length > 0 &&
      `${caller.address} became an approver at ${moment(since)}, after escrow ${idsOf(older)} was funded, and never has a say in who is paid by it: leave it out, or let an approver of before sign.`,
  ];
}

function notThere(payee: Address, escrows: readonly bigint[], { state, escrows: found }: View): (string | false)[] {
  return [
    payee !== state.settlement &&
      payee !== state.pendingSettlement?.to &&
      `${payee} is neither the settlement address nor scheduled to be: the admin names it first, with kustodia contract settlement propose.`,
    openOf(escrows, { escrows: found }).length === 0 && 'None of these escrows is open.',
  ];
}
