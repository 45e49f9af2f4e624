import { type Address, zeroAddress } from 'viem';
import { ROLE_IDS } from '../../../chain/contract/roles.ts';
import { type Act, duration, idsOf, isLive, type View } from '../act.ts';

/** The roles that the admin gives and takes; the admin's own passes on in two steps. */
export const GRANTABLE = ['bridge', 'approver', 'pauser'] as const;
export type Grantable = (typeof GRANTABLE)[number];

const has = (role: Grantable) => (view: View) => (view.subject?.roles.has(role) ? 'yes' : 'no');

/** `contract grant`: whoever gets the bridge or the approver role has a key that serves for nothing else. */
export const grant = (role: Grantable, account: Address): Act => ({
  command: 'contract grant',
  by: 'admin',
  functionName: 'grantRole',
  args: [ROLE_IDS[role], account],
  subject: account,
  aims: () => [{ what: `${role} role of ${account}`, read: has(role), want: 'yes' }],
  refusals: ({ state, bridge, subject }) => [
    account === zeroAddress && 'Nobody has the key of the zero address.',
    role !== 'pauser' &&
      account === state.admin &&
      `${account} is the admin. With the ${role} role as well, one stolen key could name who is paid and pay.`,
    role === 'approver' &&
      (account === bridge || subject?.roles.has('bridge') === true) &&
      `${account} is the bridge wallet. An approver’s signature is there to say what the bridge wallet alone may not.`,
    role === 'bridge' &&
      subject?.roles.has('approver') === true &&
      `${account} has the approver role. One key that funds, releases and approves would need nobody else.`,
  ],
  warnings: ({ bridge, subject, chainId }) => [
    subject?.isUsed === false &&
      `${account} has never sent a transaction and holds no ETH. Compare it with where it came from, digit by digit.`,
    role === 'bridge' &&
      account !== bridge &&
      `${account} is not ESCROW_BRIDGE_WALLET (${bridge}): kustodia contract verify complains until one of them goes.`,
    role === 'pauser' &&
      isLive(chainId) &&
      account === bridge &&
      `${account} is the bridge wallet: whoever steals its key could stop new escrows as well.`,
  ],
  next: ({ bridge, state }) => [
    role !== 'bridge' &&
      `Name it in ESCROW_${role.toUpperCase()}S where kustodia contract verify is run: it complains of one that the settings do not name.`,
    role === 'approver' &&
      `It can redirect what is funded from now on, ${duration(state.settlementDelay_s)} from now at the earliest, and never what is open already.`,
    role === 'bridge' &&
      account !== bridge &&
      `The reactor goes on with ${bridge}, and new escrows pay ${state.settlement}. docs/contract-operations.md tells the order of a change of the bridge key.`,
  ],
});

export type RevokeOptions = Readonly<{
  /** The last bridge wallet may go too. */
  leaveNone: boolean;
  /** So may an approver who alone can redirect open escrows. */
  giveUpRedirect: boolean;
}>;

/**
 * `contract revoke`. Without a bridge wallet nothing is released before it is long overdue, so the last one stays unless it is asked
 * for; so does an approver whom nobody can stand in for where escrows are open.
 */
export const revoke = (role: Grantable, account: Address, { leaveNone, giveUpRedirect }: RevokeOptions): Act => ({
  command: 'contract revoke',
  by: 'admin',
  functionName: 'revokeRole',
  args: [ROLE_IDS[role], account],
  subject: account,
  needsGrants: role !== 'pauser',
  needsOpen: role === 'approver',
  aims: () => [{ what: `${role} role of ${account}`, read: has(role), want: 'no' }],
  refusals: (view) => [
    role === 'approver' && !giveUpRedirect && whatIsGivenUp(account, view),
    role === 'bridge' &&
      !leaveNone &&
      view.subject?.roles.has('bridge') === true &&
      view.grants?.holders.bridge.every((holder) => holder === account) === true &&
      `${account} is the last with the bridge role: no escrow could be funded, released or cancelled. Grant it to another first; if its key is stolen and there is no other yet, add --leave-none.`,
  ],
  warnings: ({ bridge, state }) => [
    role === 'bridge' &&
      account === bridge &&
      `${account} is ESCROW_BRIDGE_WALLET: reactors that run with it can fund and release nothing any more.`,
    role === 'bridge' &&
      account === state.settlement &&
      `Open escrows still pay ${account}: that changes by kustodia contract settlement propose and kustodia contract redirect.`,
  ],
});

/** What no approver could redirect any more, though some escrow may need it; false where there is nothing of the kind. Pure. */
function whatIsGivenUp(account: Address, { state, subject, grants, appointments, open }: View): string | false {
  if (subject?.roles.has('approver') !== true || grants === null || open === null) return false;
  if (!grants.isWhole || open.made !== state.escrowCount)
    return 'It cannot be told which open escrows nobody could redirect any more: not all events of the contract were read. Set ESCROW_START_BLOCK to the block of its deployment. If the key is stolen and there is no time, add --give-up-redirect.';
  const canRedirect = (approver: Address, id: bigint) => (appointments.get(approver)?.afterId ?? id) < id;
  const others = grants.holders.approver.filter((holder) => holder !== account);
  const lost = [...open.payees.keys()].filter(
    (id) => canRedirect(account, id) && !others.some((other) => canRedirect(other, id)),
  );
  return (
    lost.length > 0 &&
    `${account} alone can redirect ${lost.length} open escrows (${idsOf(lost)}): the other approvers are younger than those, and so is whoever is made one from now on, ${account} too. Without it they pay their payee whatever comes, and stay in the contract for as long as the token refuses him. Wait until they have ended; if its key is stolen, add --give-up-redirect.`
  );
}
