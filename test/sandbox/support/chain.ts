import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  type Address,
  createTestClient,
  createWalletClient,
  type Hash,
  http,
  maxUint256,
  parseAbi,
  publicActions,
} from 'viem';
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { buildContracts, readArtifact } from '../../../contracts/scripts/build.ts';

const ABI = parseAbi([
  'function configureMinter(address minter, uint256 minterAllowedAmount) returns (bool)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
  'function totalSupply() view returns (uint256)',
  'function pause()',
  'function unpause()',
  'function blacklist(address account)',
]);
const MNEMONIC = 'test test test test test test test test test test test junk';
const account = (addressIndex: number) => mnemonicToAccount(MNEMONIC, { addressIndex });

/** Anvil's public keys: the token's owner, pauser and blacklister; the sandbox's hot wallet; somebody with a wallet. */
export const OWNER = account(0);
export const HOT_WALLET_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
export const HOT_WALLET = privateKeyToAccount(HOT_WALLET_KEY);
export const BRIDGE = account(2);

/** Ends a process and waits until it has. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return exited;
}

/** The first line of a process's output that this finds something in. Rejects when the process ends before. */
export function lineOf<T>(child: ChildProcess, find: (line: string) => T | undefined): Promise<T> {
  const { stdout } = child;
  if (!stdout) throw new Error('the process has no output to read');
  return new Promise((resolve, reject) => {
    createInterface(stdout).on('line', (line) => {
      const found = find(line);
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the process ended with ${code} before it was ready`)));
  });
}

/** A real anvil on a free port, mining each transaction at once, with a MockMXNB whose minter is the hot wallet. */
export async function openChain() {
  await buildContracts();
  const anvil = spawn('node_modules/.bin/anvil', ['--port', '0', '--host', '127.0.0.1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const rpcUrl = await lineOf(anvil, (line) => {
    const address = /Listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
    return address && `http://${address}`;
  });
  const transport = http(rpcUrl);
  const client = createTestClient({ mode: 'anvil', chain: foundry, transport, pollingInterval: 50 }).extend(
    publicActions,
  );
  const wallet = createWalletClient({ chain: foundry, transport });

  const mined = async (hash: Hash) => {
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`transaction ${hash} reverted`);
    return receipt;
  };
  const args = [OWNER.address, OWNER.address, OWNER.address];
  const { contractAddress } = await mined(
    await wallet.deployContract({ ...readArtifact('MockMXNB'), account: OWNER, args }),
  );
  if (!contractAddress) throw new Error('the token was not deployed');
  const token = { address: contractAddress, abi: ABI } as const;
  const owner = { ...token, account: OWNER } as const;
  await mined(
    await wallet.writeContract({ ...owner, functionName: 'configureMinter', args: [HOT_WALLET.address, maxUint256] }),
  );

  return {
    rpcUrl,
    token: contractAddress,
    client,
    balanceOf: (holder: Address) => client.readContract({ ...token, functionName: 'balanceOf', args: [holder] }),
    totalSupply: () => client.readContract({ ...token, functionName: 'totalSupply' }),
    pause: async () => mined(await wallet.writeContract({ ...owner, functionName: 'pause' })),
    unpause: async () => mined(await wallet.writeContract({ ...owner, functionName: 'unpause' })),
    blacklist: async (who: Address) =>
      mined(await wallet.writeContract({ ...owner, functionName: 'blacklist', args: [who] })),
    /** Sends MXNB from the bridge and waits for it to be mined. */
    send: async (to: Address, units: bigint) =>
      mined(await wallet.writeContract({ ...token, account: BRIDGE, functionName: 'transfer', args: [to, units] })),
    close: () => end(anvil),
  };
}

export type TestChain = Awaited<ReturnType<typeof openChain>>;
