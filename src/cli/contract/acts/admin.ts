import { type Address, zeroAddress } from 'viem';
import { type Act, duration, isLive, moment, type View } from '../act.ts';

const pending = ({ state }: View) => state.pendingAdmin?.to ?? 'none';
const ABOUT = 'who the admin role is handed to';

/** `contract admin begin`: nobody is admin before having accepted, so a wrong address does no harm. */
export const beginAdmin = (account: Address): Act => ({
  command: 'contract admin begin',
  by: 'admin',
  functionName: 'beginDefaultAdminTransfer',
  args: [account],
  subject: account,
  aims: () => [{ what: ABOUT, read: pending, want: account }],
  refusals: ({ state, bridge, subject }) => [
    account === zeroAddress && 'Handing the admin role to nobody would be giving it up, for ever.',
    account === state.admin && `${account} is the admin.`,
    (account === bridge || subject?.roles.has('bridge') === true) &&
      `${account} is the bridge wallet. As admin, one stolen key could name who is paid and pay.`,
    subject?.roles.has('approver') === true &&
      `${account} has the approver role. As admin, it could name a bridge wallet and approve what that does.`,
  ],
  warnings: ({ state, subject, chainId }) => [
    isLive(chainId) &&
      subject?.isContract === false &&
      `${account} is no contract: on this chain the admin should be a multisig, so that no single key can name who is paid.`,
    subject?.isUsed === false &&
      `${account} has never sent a transaction and holds no ETH. Compare it with where it came from, digit by digit.`,
    state.pendingAdmin !== null && `The hand-over to ${state.pendingAdmin.to} that is under way is called off by this.`,
  ],
  next: ({ state }) => [
    `${duration(state.adminDelay_s)} from now ${account} can accept, with its own key: kustodia contract admin accept.`,
  ],
});

/** `contract admin accept`, by the one to whom it is handed. */
export const acceptAdmin: Act = {
  command: 'contract admin accept',
  by: 'pending admin',
  functionName: 'acceptDefaultAdminTransfer',
  args: [],
  aims: ({ caller }) => [
    { what: 'admin', read: ({ state }) => state.admin, want: caller.address },
    { what: ABOUT, read: pending, want: 'none' },
  ],
  refusals: ({ state, now }) => [
    state.pendingAdmin !== null &&
      state.pendingAdmin.schedule >= now &&
      `It is too early: the admin’s delay ends at ${moment(state.pendingAdmin.schedule)}, the chain has ${moment(now)}.`,
  ],
  next: ({ state }) => [
    `Roles do not pass on: if ${state.admin} has the pauser role, take it with kustodia contract revoke pauser ${state.admin}, and grant it to whoever is on call.`,
  ],
};

/** `contract admin cancel`: calls a hand-over off, also when its time has come. */
export const cancelAdmin: Act = {
  command: 'contract admin cancel',
  by: 'admin',
  functionName: 'cancelDefaultAdminTransfer',
  args: [],
  aims: () => [{ what: ABOUT, read: pending, want: 'none' }],
};

const delay = ({ state }: View) => (state.pendingDelay_s === null ? 'none' : duration(state.pendingDelay_s.to));

/** `contract admin delay cancel`: another delay that is scheduled is called off, and the one in force stays. */
export const cancelDelay: Act = {
  command: 'contract admin delay cancel',
  by: 'admin',
  functionName: 'rollbackDefaultAdminDelay',
  args: [],
  aims: () => [{ what: 'admin’s delay that is scheduled', read: delay, want: 'none' }],
};
