import { type Address, encodeFunctionData, type Hex, zeroAddress } from 'viem';
import { buildContracts, readArtifact } from '../../contracts/scripts/build.ts';
import { ESCROW_V2_ABI, ESCROW_V2_PAUSABLE_ABI } from '../../src/chain/abi/escrowV2.ts';
import { minedReceipt } from '../../src/local/receipt.ts';
import { ADMIN, BRIDGE } from '../indexer/escrows.ts';
import type { TestAnvil } from './anvil.ts';

export type LiveVersion = 'v2' | 'v2-pausable';
const CODE = { v2: 'EscrowV2Double', 'v2-pausable': 'EscrowV2PausableDouble' } as const;

/** Deploys the double of one of the two live contracts behind its proxy, and acts on it; each act is in a block when it returns. */
export async function deployLive({ client }: TestAnvil, version: LiveVersion) {
  await buildContracts();
  const mined = async (hash: Hex) => {
    const receipt = await minedReceipt(client, hash);
    if (receipt.status !== 'success') throw new Error(`Transaction ${hash} was reverted.`);
    return receipt;
  };
  const deploy = async (name: Parameters<typeof readArtifact>[0], args: readonly unknown[]): Promise<Address> => {
    const { contractAddress } = await mined(
      await client.deployContract({ ...readArtifact(name), args, account: ADMIN }),
    );
    if (!contractAddress) throw new Error(`${name} has no address.`);
    return contractAddress.toLowerCase() as Address;
  };
  const implementation = () => deploy(CODE[version], []);
  const initialize = encodeFunctionData({
    abi: readArtifact('EscrowV2Double').abi,
    functionName: 'initialize',
    args: [BRIDGE.address, ADMIN.address],
  });
  const admin = version === 'v2' ? ADMIN.address : zeroAddress;
  const address = await deploy('EscrowProxyDouble', [await implementation(), admin, initialize]);

  /** Any function of the double. */
  const act = async (functionName: string, args: readonly unknown[] = [], account = ADMIN) =>
    mined(
      await client.sendTransaction({
        account,
        to: address,
        data: encodeFunctionData({ abi: readArtifact(CODE[version]).abi, functionName, args }),
      }),
    );
  return {
    address,
    act,
    upgrade: async () => {
      const data = encodeFunctionData({
        abi: readArtifact('EscrowV2PausableDouble').abi,
        functionName: 'upgradeTo',
        args: [await implementation()],
      });
      return mined(await client.sendTransaction({ account: ADMIN, to: address, data }));
    },
    setBridge: (wallet: Address) => act(version === 'v2' ? 'setBridgeWallet' : 'updateBridgeWallet', [wallet]),
    /** An escrow as a bridge wallet makes it. */
    create: async (token: Address, units: bigint, text: string, account = BRIDGE) => {
      const [payer, deadline] = [BRIDGE.address, 4_000_000_000n];
      const texts = ['custody', text, text] as const;
      const data =
        version === 'v2'
          ? encodeFunctionData({
              abi: ESCROW_V2_ABI,
              functionName: 'createEscrow',
              args: [payer, payer, token, units, deadline, ...texts],
            })
          : encodeFunctionData({
              abi: ESCROW_V2_PAUSABLE_ABI,
              functionName: 'createEscrow',
              args: [payer, payer, units, deadline, ...texts, token],
            });
      return mined(await client.sendTransaction({ account, to: address, data }));
    },
    /** Numbers of the statuses, by id. */
    statuses: async (): Promise<Record<string, number>> => {
      const contract = { address, abi: ESCROW_V2_ABI } as const;
      const next = await client.readContract({ ...contract, functionName: 'nextEscrowId' });
      const found: Record<string, number> = {};
      for (let id = version === 'v2' ? 1n : 0n; id < next; id++)
        found[String(id)] = (await client.readContract({ ...contract, functionName: 'escrows', args: [id] }))[6];
      return found;
    },
  };
}

export type LiveEscrow = Awaited<ReturnType<typeof deployLive>>;
