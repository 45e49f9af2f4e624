import type { Address } from 'viem';
import type { Act } from '../act.ts';

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
  aims: () =>
    escrows.map((id) => ({
      what: `who is paid by escrow ${id}`,
      read: (view) => view.escrows.get(id)?.payee ?? 'none',
      want: payee,
    })),
  refusals: ({ state, escrows: found }) => [
    payee !== state.settlement &&
      payee !== state.pendingSettlement?.to &&
      `${payee} is neither the settlement address nor scheduled to be: the admin names it first, with kustodia contract settlement propose.`,
    ...escrows.map((id) => found.get(id)?.isOpen !== true && `Escrow ${id} is not open: leave it out.`),
  ],
  warnings: ({ bridge }) => [
    payee !== bridge &&
      `${payee} is not ESCROW_BRIDGE_WALLET (${bridge}). A reactor with that setting waits in vain for the money of these escrows: stop it first.`,
  ],
});
