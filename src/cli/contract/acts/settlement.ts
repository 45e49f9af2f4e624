import { type Address, zeroAddress } from 'viem';
import { type Act, duration, moment, type View } from '../act.ts';

const pending = ({ state }: View) => state.pendingSettlement?.to ?? 'none';
const ABOUT = 'settlement address that is scheduled';

/** `contract settlement propose`: new escrows pay the new address once the admin has put it in force, after the delay; an approver may redirect open ones to it at once. */
export const proposeSettlement = (escrow: Address, account: Address): Act => ({
  command: 'contract settlement propose',
  by: 'admin',
  functionName: 'scheduleSettlement',
  args: [account],
  subject: account,
  aims: () => [{ what: ABOUT, read: pending, want: account }],
  refusals: ({ state }) => [
    (account === zeroAddress || account === escrow) &&
      'Neither the zero address nor the escrow contract itself can be paid.',
    account === state.settlement &&
      `${account} is the settlement address. To call off a scheduled one: kustodia contract settlement cancel.`,
    account === state.token.address && 'That is the token itself: what is sent to it is lost.',
  ],
  warnings: ({ state, bridge, subject }) => [
    account !== bridge &&
      `${account} is not ESCROW_BRIDGE_WALLET (${bridge}). Once it is in force a reactor with that setting does not start, for it could not send on what it never gets.`,
    subject?.isUsed === false &&
      `${account} has never sent a transaction and holds no ETH. Compare it with where it came from, digit by digit: every new escrow will pay it.`,
    state.pendingSettlement !== null && `${state.pendingSettlement.to}, which is scheduled now, is called off by this.`,
  ],
  next: ({ state }) => [
    `${duration(state.settlementDelay_s)} from now the admin can put it in force for new escrows: kustodia contract settlement apply.`,
    'Open escrows pay the address of their funding until an approver redirects them: kustodia contract redirect.',
  ],
});

/** `contract settlement apply`. It is in force for what is funded from then on. */
export const applySettlement = ({ state: { pendingSettlement } }: Pick<View, 'state'>): Act => ({
  command: 'contract settlement apply',
  by: 'admin',
  functionName: 'applySettlement',
  args: [],
  ...(pendingSettlement && { subject: pendingSettlement.to }),
  aims: ({ state }) => [
    {
      what: 'settlement address',
      read: (view) => view.state.settlement,
      want: pendingSettlement?.to ?? state.settlement,
    },
    { what: ABOUT, read: pending, want: 'none' },
  ],
  refusals: ({ state, now }) => [
    state.pendingSettlement !== null &&
      state.pendingSettlement.schedule > now &&
      `It is too early: the delay ends at ${moment(state.pendingSettlement.schedule)}, the chain has ${moment(now)}.`,
  ],
  warnings: ({ state, bridge }) => [
    state.pendingSettlement !== null &&
      state.pendingSettlement.to !== bridge &&
      `${state.pendingSettlement.to} is not ESCROW_BRIDGE_WALLET (${bridge}): a reactor with that setting does not start any more.`,
  ],
  next: () => ['Compare the settings with the contract: kustodia contract verify.'],
});

/** `contract settlement cancel`: the contract calls one off by scheduling the address that is in force. */
export const cancelSettlement = ({ state }: Pick<View, 'state'>): Act => ({
  command: 'contract settlement cancel',
  by: 'admin',
  functionName: 'scheduleSettlement',
  args: [state.settlement],
  aims: () => [{ what: ABOUT, read: pending, want: 'none' }],
});
