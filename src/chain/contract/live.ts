import { type Address, getAddress, type Hex, type PublicClient, size, slice, zeroAddress } from 'viem';
import { ESCROW_V2_ABI, ESCROW_V2_PAUSABLE_ABI } from '../abi/escrowV2.ts';
import { codeTrouble } from '../escrow-code.ts';
import { optional } from './optional.ts';
import { readPages } from './pages.ts';

/** Where ERC-1967 keeps the address of a proxy's code, and of who may replace it where the code itself does not say. */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';
const ADMIN_SLOT = '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103';

/** What one of the predecessor's contracts is set to. They have an owner and wallets where ours has roles. */
export type LiveState = Readonly<{
  version: 'v2' | 'v2-pausable';
  blockNumber: bigint;
  owner: Address;
  bridgeWallet: Address;
  platformWallet: Address;
  nextEscrowId: bigint;
  /** Null in version 2, which cannot be paused. */
  isPaused: boolean | null;
  /** Beside the owner; empty in version 2. */
  pausers: readonly Address[];
  /** The code behind the proxy; null where there is no proxy. */
  implementation: Address | null;
  /** Who may replace the code; null where the owner may. */
  proxyAdmin: Address | null;
  /** Why the code is not what the version says, in a sentence; null where nothing speaks against it. */
  codeTrouble: string | null;
}>;

export type ReadLiveParameters = Readonly<{ escrow: Address; fromBlock: bigint; toBlock: bigint }>;

/** What is known of a contract of version 2 or version 2 pausable at `toBlock`; null where the address has neither. */
export async function readLiveState(
  client: PublicClient,
  { escrow, fromBlock, toBlock }: ReadLiveParameters,
): Promise<LiveState | null> {
  const contract = { address: escrow, abi: ESCROW_V2_ABI, blockNumber: toBlock } as const;
  const wallets = await optional(() =>
    Promise.all([
      client.readContract({ ...contract, functionName: 'owner' }),
      client.readContract({ ...contract, functionName: 'bridgeWallet' }),
      client.readContract({ ...contract, functionName: 'platformWallet' }),
      client.readContract({ ...contract, functionName: 'nextEscrowId' }),
    ]),
  );
  if (wallets === null) return null;
  const [owner, bridgeWallet, platformWallet, nextEscrowId] = wallets;
  const isPaused = await optional(() =>
    client.readContract({ ...contract, abi: ESCROW_V2_PAUSABLE_ABI, functionName: 'paused' }),
  );
  const slotOf = (slot: Hex) => client.getStorageAt({ address: escrow, slot, blockNumber: toBlock });
  const [implementation, proxyAdmin] = await Promise.all([slotOf(IMPLEMENTATION_SLOT), slotOf(ADMIN_SLOT)]);
  const version = isPaused === null ? 'v2' : 'v2-pausable';
  const behind = addressIn(implementation);
  return {
    version,
    ...{ blockNumber: toBlock, owner, bridgeWallet, platformWallet, nextEscrowId, isPaused },
    pausers: isPaused === null ? [] : await readPausers(client, { escrow, fromBlock, toBlock }),
    implementation: behind,
    proxyAdmin: addressIn(proxyAdmin),
    codeTrouble: await codeTrouble(client, {
      ...{ escrow, version, implementation: behind },
      chainId: await client.getChainId(),
      code: (await client.getCode({ address: behind ?? escrow, blockNumber: toBlock })) ?? '0x',
    }),
  };
}

async function readPausers(
  client: PublicClient,
  { escrow, fromBlock, toBlock }: ReadLiveParameters,
): Promise<readonly Address[]> {
  const events = ESCROW_V2_PAUSABLE_ABI.filter((item) => item.type === 'event' && item.name === 'PauserAdded');
  const named = new Set<Address>();
  for await (const logs of readPages(client, { escrow, events, fromBlock, toBlock }))
    for (const { topics } of logs) {
      const address = addressIn(topics[1]);
      if (address) named.add(address);
    }
  const accounts = [...named];
  const are = await Promise.all(
    accounts.map((account) =>
      client.readContract({
        ...{ address: escrow, abi: ESCROW_V2_PAUSABLE_ABI, blockNumber: toBlock },
        functionName: 'pausers',
        args: [account],
      }),
    ),
  );
  return accounts.filter((_, i) => are[i]);
}

/** The address in 32 bytes; null for none. */
function addressIn(word: Hex | undefined): Address | null {
  if (word === undefined || size(word) !== 32) return null;
  const address = getAddress(slice(word, 12));
  return address === zeroAddress ? null : address;
}
