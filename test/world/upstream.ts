import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Address, type Hex, maxUint256 } from 'viem';
import { buildContracts, readArtifact } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI, MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import type { EscrowVersion } from '../../src/chain/escrow-versions.ts';
import { ADMIN, BRIDGE, JUNO, referenceOf, STRANGER } from '../indexer/escrows.ts';
import { startAnvil } from '../support/anvil.ts';
import { deployLive } from '../support/live-escrow.ts';

export const ARBITRUM_ONE = 42_161;
/** Arbitrum's own, far beyond what any block holds. */
const GAS_LIMIT = 2n ** 50n;
const UNITS = 1_500_000_000n;
const DAY_S = 86_400;
const MONTH_S = 30 * DAY_S;
/** More than the indexer takes for not final yet, so that on a fork it reads some of these as well. */
const BLOCKS = 100;

export type TestUpstream = Awaited<ReturnType<typeof startUpstream>>;

/**
 * A chain that stands in for Arbitrum One: its id, a newest block that is a month old, MXNB that other people have, an escrow contract
 * of this version that is paused where it can be and holds an open escrow, and an RPC that writes down what it is asked.
 */
export async function startUpstream(version: EscrowVersion) {
  await buildContracts();
  const args = ['--gas-limit', String(GAS_LIMIT), '--timestamp', String(Math.floor(Date.now() / 1000) - MONTH_S)];
  const anvil = await startAnvil({ chainId: ARBITRUM_ONE, args });
  const { client } = anvil;
  const mined = async (hash: Promise<Hex>) => client.waitForTransactionReceipt({ hash: await hash });
  const deploy = async (name: 'MockMXNB' | 'KustodiaEscrow', args: readonly unknown[]): Promise<Address> => {
    const { contractAddress } = await mined(client.deployContract({ ...readArtifact(name), args, account: ADMIN }));
    if (!contractAddress) throw new Error(`${name} has no address`);
    return contractAddress;
  };
  // Each of its roles is somebody else's, as those of MXNB are.
  const token = await deploy('MockMXNB', [STRANGER.address, ADMIN.address, ADMIN.address]);
  const mxnb = { address: token, abi: [...MXNB_ABI, ...MOCK_MXNB_ABI] } as const;
  const live = version === 'v3' ? null : await deployLive(anvil, version);
  const escrow = live?.address ?? (await deploy('KustodiaEscrow', [ADMIN.address, DAY_S, BRIDGE.address, token]));
  await mined(
    client.writeContract({
      ...{ ...mxnb, account: STRANGER, functionName: 'configureMinter', args: [JUNO.address, 10n * UNITS] },
    }),
  );
  await mined(
    client.writeContract({ ...mxnb, account: JUNO, functionName: 'mint', args: [BRIDGE.address, 3n * UNITS] }),
  );
  await mined(client.writeContract({ ...mxnb, account: BRIDGE, functionName: 'approve', args: [escrow, maxUint256] }));
  if (live) {
    await live.create(token, UNITS, referenceOf(7));
    await live.act('fundEscrow', [version === 'v2' ? 1n : 0n], BRIDGE);
    if (version === 'v2-pausable') await live.act('pause');
  } else {
    const args = [referenceOf(7), token, UNITS, BigInt(DAY_S)] as const;
    const contract = { address: escrow, abi: KUSTODIA_ESCROW_ABI, account: BRIDGE } as const;
    await mined(client.writeContract({ ...contract, functionName: 'createAndFund', args }));
    await mined(client.writeContract({ ...contract, account: ADMIN, functionName: 'pause' }));
  }
  await client.mine({ blocks: BLOCKS });

  const methods = new Set<string>();
  const rpc = await listen(anvil.url, methods);
  const balanceOf = (of: Address) => client.readContract({ ...mxnb, functionName: 'balanceOf', args: [of] });
  return {
    client,
    token,
    escrow,
    /** With a key in it, as those of providers have. */
    url: `${rpc.url}/v2/a-key-of-somebody`,
    /** Every method that it was asked for. */
    methods,
    /** All that a fork might have changed. */
    state: async () => {
      const accounts = [ADMIN, BRIDGE, JUNO, STRANGER].map(({ address }) => address);
      const of = <T>(read: (address: Address) => Promise<T>) => Promise.all([...accounts, escrow, token].map(read));
      return {
        block: await client.getBlockNumber(),
        pool: await client.request({ method: 'txpool_content' as never }),
        nonces: await of((address) => client.getTransactionCount({ address, blockTag: 'pending' })),
        ether: await of((address) => client.getBalance({ address })),
        mxnb: await of(balanceOf),
        supply: await client.readContract({ ...mxnb, functionName: 'totalSupply' }),
      };
    },
    stop: async () => {
      await rpc.close();
      await anvil.stop();
    },
  };
}

/** An RPC that hands on whatever it gets. */
async function listen(target: string, methods: Set<string>) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    for (const { method } of [JSON.parse(body)].flat() as { method: string }[]) methods.add(method);
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
