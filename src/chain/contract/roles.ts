import {
  type Address,
  getAddress,
  type Hex,
  keccak256,
  type PublicClient,
  parseEventLogs,
  toHex,
  zeroHash,
} from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../abi/kustodiaEscrow.ts';
import { optional } from './optional.ts';
import { readPages } from './pages.ts';

/** The roles of KustodiaEscrow by the names that people use. */
export const ROLE_IDS = {
  admin: zeroHash,
  bridge: keccak256(toHex('BRIDGE_ROLE')),
  approver: keccak256(toHex('APPROVER_ROLE')),
  pauser: keccak256(toHex('PAUSER_ROLE')),
} as const satisfies Record<string, Hex>;
export type RoleName = keyof typeof ROLE_IDS;
export const ROLE_NAMES = Object.keys(ROLE_IDS) as readonly RoleName[];

/** Who has each role, and which tokens new escrows may hold, of all that the contract's events ever named. */
export type Grants = Readonly<{
  holders: Readonly<Record<RoleName, readonly Address[]>>;
  tokens: readonly Address[];
  /** Whether the events of the contract's own creation are among those that were read; if not, older ones may be missing. */
  isWhole: boolean;
}>;

const NAMES: readonly string[] = ['RoleGranted', 'RoleRevoked', 'TokenAllowedSet', 'SettlementSet'];
const EVENTS = KUSTODIA_ESCROW_ABI.filter((item) => item.type === 'event').filter(({ name }) => NAMES.includes(name));

export type ReadGrantsParameters = Readonly<{ escrow: Address; fromBlock: bigint; toBlock: bigint }>;

/**
 * AccessControl does not list who has a role. The events name everybody who ever had one; the contract is then asked about each
 * of them at `toBlock`. Throws an EventsUnreadError where they cannot be read to their end.
 */
export async function readGrants(
  client: PublicClient,
  { escrow, fromBlock, toBlock }: ReadGrantsParameters,
): Promise<Grants> {
  const named = await readNamed(client, { escrow, fromBlock, toBlock });
  const asked = { address: escrow, abi: KUSTODIA_ESCROW_ABI, blockNumber: toBlock } as const;
  const holdersOf = async (role: RoleName) => {
    const has = await Promise.all(
      named.accounts.map((account) =>
        client.readContract({ ...asked, functionName: 'hasRole', args: [ROLE_IDS[role], account] }),
      ),
    );
    return named.accounts.filter((_, i) => has[i]);
  };
  const allowed = await Promise.all(
    named.tokens.map((token) => client.readContract({ ...asked, functionName: 'isTokenAllowed', args: [token] })),
  );
  const [admin, bridge, approver, pauser] = await Promise.all([
    holdersOf('admin'),
    holdersOf('bridge'),
    holdersOf('approver'),
    holdersOf('pauser'),
  ]);
  return {
    holders: { admin, bridge, approver, pauser },
    tokens: named.tokens.filter((_, i) => allowed[i]),
    isWhole: named.isWhole,
  };
}

/**
 * When an account last became an approver, in Unix seconds, and the newest escrow of that time: that one and older ones it cannot
 * redirect, and the others from the settlement delay after it on.
 */
export type Appointment = Readonly<{ since: number; afterId: bigint }>;

export type ReadAppointmentsParameters = Readonly<{
  escrow: Address;
  approvers: readonly Address[];
  blockNumber: bigint;
}>;

/** The appointment of each of these; of who never was an approver, one at time 0. Where the contract's code knows of none, none. */
export async function readAppointments(
  client: PublicClient,
  { escrow, approvers, blockNumber }: ReadAppointmentsParameters,
): Promise<ReadonlyMap<Address, Appointment>> {
  const asked = { address: escrow, abi: KUSTODIA_ESCROW_ABI, functionName: 'appointmentOf', blockNumber } as const;
  const found = await Promise.all(
    approvers.map(async (approver) => {
      const answer = await optional(() => client.readContract({ ...asked, args: [approver] }));
      return answer === null ? [] : [[approver, { since: answer[0], afterId: answer[1] }] as const];
    }),
  );
  return new Map(found.flat());
}

async function readNamed(client: PublicClient, { escrow, fromBlock, toBlock }: ReadGrantsParameters) {
  const accounts = new Set<Address>();
  const tokens = new Set<Address>();
  /** The transaction of the first event, and which kinds it has: the constructor's alone has all three. */
  let first: Hex | undefined;
  const firstKinds = new Set<string>();
  for await (const logs of readPages(client, { escrow, events: EVENTS, fromBlock, toBlock }))
    for (const log of parseEventLogs({ abi: KUSTODIA_ESCROW_ABI, logs })) {
      first ??= log.transactionHash;
      if (log.transactionHash === first) firstKinds.add(log.eventName);
      if (log.eventName === 'RoleGranted') accounts.add(getAddress(log.args.account));
      if (log.eventName === 'TokenAllowedSet') tokens.add(getAddress(log.args.token));
    }
  const isWhole = ['RoleGranted', 'TokenAllowedSet', 'SettlementSet'].every((kind) => firstKinds.has(kind));
  return { accounts: [...accounts], tokens: [...tokens], isWhole };
}
