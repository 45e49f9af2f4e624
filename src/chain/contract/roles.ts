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

/** The events could not be read to their end; nothing may be concluded from the part that was. */
export class GrantsUnreadError extends Error {
  override readonly name = 'GrantsUnreadError';
}

const MOST_REQUESTS = 1_000;
const SHORTEST_PAGE = 100n;

const EVENTS = KUSTODIA_ESCROW_ABI.filter(
  (item) =>
    item.type === 'event' && ['RoleGranted', 'RoleRevoked', 'TokenAllowedSet', 'SettlementSet'].includes(item.name),
);

export type ReadGrantsParameters = Readonly<{ escrow: Address; fromBlock: bigint; toBlock: bigint }>;

/**
 * AccessControl does not list who has a role. The events name everybody who ever had one; the contract is then asked about each
 * of them at `toBlock`. Pages start as long as the whole range and are halved where the node refuses one.
 * Throws a GrantsUnreadError past its limits.
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

async function readNamed(client: PublicClient, { escrow, fromBlock, toBlock }: ReadGrantsParameters) {
  const accounts = new Set<Address>();
  const tokens = new Set<Address>();
  /** The transaction of the first event, and which kinds it has: the constructor's alone has all three. */
  let first: Hex | undefined;
  const firstKinds = new Set<string>();
  const shortest = (length: bigint) => (length > SHORTEST_PAGE ? length : SHORTEST_PAGE);

  let from = fromBlock;
  let length = shortest(toBlock - fromBlock + 1n);
  for (let requests = 0; from <= toBlock; requests++) {
    if (requests === MOST_REQUESTS)
      throw new GrantsUnreadError(
        `The events of ${escrow} were read up to block ${from} of ${toBlock} and no further: that took ${MOST_REQUESTS} requests. Set ESCROW_START_BLOCK to the block of its deployment, or use a node that serves longer ranges.`,
      );
    const last = from + length - 1n < toBlock ? from + length - 1n : toBlock;
    const logs = await client
      .getLogs({ address: escrow, events: EVENTS, fromBlock: from, toBlock: last })
      .catch((error: unknown) => {
        if (length <= SHORTEST_PAGE)
          throw new GrantsUnreadError(`The node does not give the events of ${escrow} from block ${from} to ${last}.`, {
            cause: error,
          });
        return null;
      });
    if (logs === null) {
      length = shortest(length / 2n);
      continue;
    }
    for (const log of parseEventLogs({ abi: KUSTODIA_ESCROW_ABI, logs })) {
      first ??= log.transactionHash;
      if (log.transactionHash === first) firstKinds.add(log.eventName);
      if (log.eventName === 'RoleGranted') accounts.add(getAddress(log.args.account));
      if (log.eventName === 'TokenAllowedSet') tokens.add(getAddress(log.args.token));
    }
    from = last + 1n;
    length *= 2n;
  }
  const isWhole = ['RoleGranted', 'TokenAllowedSet', 'SettlementSet'].every((kind) => firstKinds.has(kind));
  return { accounts: [...accounts], tokens: [...tokens], isWhole };
}
