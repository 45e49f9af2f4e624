import type { Address } from 'viem';
import type { OpenEscrows } from '../../chain/contract/open.ts';
import type { Appointment, Grants } from '../../chain/contract/roles.ts';
import type { ContractState } from '../../chain/contract/state.ts';
import { idsOf, moment, said } from './act.ts';
import type { ContractSettings } from './settings.ts';

/** Who has a say in the contract, and whom its open escrows pay, at one block. */
export type Holders = Readonly<{
  state: ContractState;
  grants: Grants;
  /** Of every approver. */
  appointments: ReadonlyMap<Address, Appointment>;
  open: OpenEscrows;
}>;

const MOST_PAYEES = 10;

/** One sentence for each approver and pauser that the settings do not name, and for each that they name in vain. Pure. */
export function holderMismatches(
  { state, grants: { holders }, appointments }: Holders,
  { approvers, pausers }: ContractSettings,
): string[] {
  return said([
    ...holders.approver.map(
      (holder) =>
        !approvers.includes(holder) &&
        `${holder} has the approver role, and the settings do not name it (ESCROW_APPROVERS): it signs that escrows may end early, and can redirect ${redirects(appointments.get(holder), state)}. If none of yours gave it the role, the admin’s key is stolen: see docs/contract-operations.md.`,
    ),
    ...approvers.map(
      (expected) =>
        !holders.approver.includes(expected) &&
        `The settings name ${expected} as an approver (ESCROW_APPROVER, ESCROW_APPROVERS), and it has not the role.`,
    ),
    ...holders.pauser.map(
      (holder) =>
        holder !== state.admin &&
        !pausers.includes(holder) &&
        `${holder} has the pauser role, and is neither the admin nor named by the settings (ESCROW_PAUSERS): it can stop new escrows.`,
    ),
    ...pausers.map(
      (expected) =>
        !holders.pauser.includes(expected) &&
        expected !== state.admin &&
        `The settings name ${expected} as a pauser (ESCROW_PAUSERS), and it has not the role.`,
    ),
  ]);
}

/** One sentence for each address other than the bridge wallet that open escrows pay, with their ids. Pure. */
export function payeeMismatches({ state, grants, open }: Holders, { bridge }: ContractSettings): string[] {
  const byPayee = new Map<Address, bigint[]>();
  for (const [id, payee] of open.payees) if (payee !== bridge) byPayee.set(payee, [...(byPayee.get(payee) ?? []), id]);
  const others = [...byPayee];
  return said([
    grants.isWhole &&
      open.made !== state.escrowCount &&
      `The contract has made ${state.escrowCount} escrows, and the node gave the events of ${open.made}: it leaves events out, and whom the others pay is not known.`,
    ...others
      .slice(0, MOST_PAYEES)
      .map(
        ([payee, ids]) =>
          `${ids.length} open escrows pay ${payee}, and not ESCROW_BRIDGE_WALLET ${bridge}: ${idsOf(ids)}. The reactor releases none of them. To give them back: kustodia contract redirect. If the address is none of yours, see docs/contract-operations.md.`,
      ),
    others.length > MOST_PAYEES &&
      `Open escrows pay ${others.length - MOST_PAYEES} more addresses that are not ESCROW_BRIDGE_WALLET.`,
  ]);
}

/** An approver with what it can redirect: "0x… (since …; can redirect escrows after 7, from … on)". */
export const approverRow = (holder: Address, { state, appointments }: Holders): string => {
  const since = appointments.get(holder)?.since;
  const when = since === undefined ? 'at an unknown time' : `since ${moment(since)}`;
  return `${holder} (${when}; can redirect ${redirects(appointments.get(holder), state)})`;
};

function redirects(appointment: Appointment | undefined, { settlementDelay_s }: ContractState): string {
  if (appointment === undefined) return 'nobody knows which escrows';
  const { since, afterId } = appointment;
  return `${afterId === 0n ? 'every escrow' : `escrows after ${afterId}`}, from ${moment(since + settlementDelay_s)} on`;
}
