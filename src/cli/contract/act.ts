import type { Address } from 'viem';
import type { Account, EscrowPayee } from '../../chain/contract/door.ts';
import type { OpenEscrows } from '../../chain/contract/open.ts';
import type { Appointment, Grants } from '../../chain/contract/roles.ts';
import type { ContractState } from '../../chain/contract/state.ts';

/** What an act is judged by, all of it read at one block. */
export type View = Readonly<{
  chainId: number;
  /** The bridge wallet that the settings name. */
  bridge: Address;
  /** The time that the next block has at least, in Unix seconds. */
  now: number;
  state: ContractState;
  caller: Account;
  /** Whom the act is about; null where it is about nobody. */
  subject: Account | null;
  /** Null where the act does not ask for them: they take reading all events. */
  grants: Grants | null;
  /** Of who calls, and of every approver where the grants are read. */
  appointments: ReadonlyMap<Address, Appointment>;
  /** Null where the act does not ask for them: they take reading all events. */
  open: OpenEscrows | null;
  /** Those that the act is about, by id; without the ids that were never given. */
  escrows: ReadonlyMap<bigint, EscrowPayee>;
}>;

/** One thing that an act changes: how it is read, and how it shall read afterwards. */
export type Aim = Readonly<{ what: string; read: (view: View) => string; want: string }>;

export type Args = readonly (Address | `0x${string}` | boolean | bigint | readonly bigint[])[];

/** One thing that a person may do to the contract. Everything in it is pure: what it needs is in the view. */
export type Act = Readonly<{
  /** As it stands in the audit log: `contract grant`. */
  command: string;
  by: 'admin' | 'pauser' | 'approver' | 'pending admin' | 'anybody';
  functionName: string;
  args: Args | ((view: View) => Args);
  subject?: Address;
  token?: Address;
  needsGrants?: boolean;
  needsOpen?: boolean;
  escrows?: readonly bigint[];
  aims: (view: View) => readonly Aim[];
  /** Why it must not be done, beyond that it would change nothing or that the caller may not. */
  refusals?: (view: View) => readonly (string | false)[];
  /** What the caller should know first. */
  warnings?: (view: View) => readonly (string | false)[];
  /** What to do once it is done. */
  next?: (view: View) => readonly (string | false)[];
}>;

/** With what it calls the contract: where that hangs on what is on the chain, no more than is shown. */
export const argsOf = ({ args }: Act, view: View): Args => (typeof args === 'function' ? args(view) : args);

export type Change = Readonly<{ what: string; before: string; after: string }>;

/** What an act would change, what speaks against it, and what to know first. */
export type Judged = Readonly<{
  changes: readonly Change[];
  /** It is as the act would make it. */
  isAlready: boolean;
  refusals: readonly string[];
  warnings: readonly string[];
  next: readonly string[];
}>;

const ARBITRUM_ONE = 42_161;

/** Whether money of people is on the chain. */
export const isLive = (chainId: number): boolean => chainId === ARBITRUM_ONE;

/** Judges an act by what is on the chain. */
export function judge(act: Act, view: View): Judged {
  const { state, caller } = view;
  const changes = act.aims(view).map(({ what, read, want }) => ({ what, before: read(view), after: want }));
  const isAlready = changes.length > 0 && changes.every(({ before, after }) => before === after);
  const otherCode = 'its code is not that of this release’s KustodiaEscrow';
  const canPause = act.functionName === 'pause';
  return {
    changes,
    isAlready,
    refusals: said([
      !state.isThisRelease && !canPause && `Nothing is signed for a contract that could be anything: ${otherCode}.`,
      notAllowed(act, view),
      caller.roles.has('bridge') &&
        `${caller.address} has the bridge role. Who administers the contract and who moves its money have different keys.`,
      isAlready && `It would change nothing: ${changes.map(({ what, after }) => `${what} is ${after}`).join(', ')}.`,
      ...(act.refusals?.(view) ?? []),
    ]),
    warnings: said([
      !state.isThisRelease && canPause && `This contract is not what it should be: ${otherCode}.`,
      ...(act.warnings?.(view) ?? []),
    ]),
    next: said([
      ...(act.next?.(view) ?? []),
      !['pause', 'unpause', 'redirect', 'releaseBatch'].includes(act.functionName) &&
        'Reactors that run let no new money into the contract after this, until somebody has seen it: kustodia chain accept-contract.',
    ]),
  };
}

export const said = (sentences: readonly (string | false)[]): string[] =>
  sentences.filter((sentence) => sentence !== false);

function notAllowed({ by }: Act, { state, caller }: View): string | false {
  const { address } = caller;
  if (by === 'admin' && address !== state.admin)
    return `${address} may not do this: only the admin may, which is ${state.admin}.`;
  if ((by === 'pauser' || by === 'approver') && !caller.roles.has(by))
    return `${address} may not do this: it has not the ${by} role. kustodia contract verify lists who has.`;
  if (by === 'pending admin' && address !== state.pendingAdmin?.to)
    return state.pendingAdmin === null
      ? 'No hand-over of the admin role is under way: the admin begins one with kustodia contract admin begin.'
      : `${address} may not do this: only the one to whom the admin role is handed may, which is ${state.pendingAdmin.to}.`;
  return false;
}

const MOST_SHOWN = 20;

/** "2-4,7": ids in their order, the first twenty stretches of them. */
export function idsOf(ids: readonly bigint[]): string {
  const stretches: [first: bigint, last: bigint][] = [];
  for (const id of ids.toSorted((a, b) => Number(a - b))) {
    const newest = stretches.at(-1);
    if (newest !== undefined && newest[1] + 1n === id) newest[1] = id;
    else stretches.push([id, id]);
  }
  const shown = stretches
    .slice(0, MOST_SHOWN)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return shown.join(',') + (stretches.length > MOST_SHOWN ? ' and more' : '');
}

/** "2026-11-26 09:00:00 UTC". */
export const moment = (seconds: number): string =>
  `${new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** "2 days", "90 seconds": whole days, hours, minutes, or seconds. */
export function duration(seconds: number): string {
  const [size, name] = (
    [
      [86_400, 'day'],
      [3_600, 'hour'],
      [60, 'minute'],
    ] as const
  ).find(([unit]) => seconds >= unit && seconds % unit === 0) ?? [1, 'second'];
  return `${seconds / size} ${name}${seconds / size === 1 ? '' : 's'}`;
}
