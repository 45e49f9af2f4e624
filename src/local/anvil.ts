import { createRequire } from 'node:module';
import { createPublicClient, defineChain, type Hex, http, type PublicClient, toHex } from 'viem';
import { type HDAccount, mnemonicToAccount } from 'viem/accounts';
import type { Keeper } from './keeper.ts';
import { LocalError, type LocalProcess, startProcess } from './process.ts';

export const CHAIN_ID = 31_337;
const BLOCK_TIME_S = 1;
const POLL_MS = 100;
/** Known to everybody, so worth nothing on any real chain. */
const MNEMONIC = 'test test test test test test test test test test test junk';

/** Who is who on the local chain. */
export const account = (addressIndex: number): HDAccount => mnemonicToAccount(MNEMONIC, { addressIndex });
export const ADMIN = account(0);
export const BRIDGE = account(1);
export const JUNO = account(2);
/** Whose signature lets an escrow end before its deadline. */
export const APPROVER = account(3);
/** Who may replace the code behind a transparent proxy, and nothing else. */
export const PROXY_ADMIN = account(9);

/** The private key of one of the local chain's accounts. */
export function privateKeyOf({ getHdKey }: HDAccount): Hex {
  const { privateKey } = getHdKey();
  if (!privateKey) throw new LocalError('The account has no private key.');
  return toHex(privateKey);
}

export type LocalAnvil = LocalProcess &
  Readonly<{ url: string; wsUrl: string; client: PublicClient; genesisHash: Hex }>;

export type StartAnvilParameters = Readonly<{
  port: number;
  folder: string;
  keeper: Keeper;
  signal?: AbortSignal | undefined;
}>;

/** Starts an empty chain that mines every second: on a quiet one that does not, `latest` would have an old clock for ever. */
export async function startAnvil({ port, folder, keeper, signal }: StartAnvilParameters): Promise<LocalAnvil> {
  const url = `http://127.0.0.1:${port}`;
  const chain = defineChain({
    id: CHAIN_ID,
    name: 'anvil',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  });
  const client = createPublicClient({ chain, transport: http(url, { retryCount: 0 }), pollingInterval: POLL_MS });
  const anvil = await startProcess({
    name: 'anvil',
    command: anvilBinary(),
    args: [
      ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(CHAIN_ID)],
      ...['--block-time', String(BLOCK_TIME_S), '--mnemonic', MNEMONIC, '--silent'],
    ],
    folder,
    keeper,
    readyWhen: () =>
      client.getChainId().then(
        () => true,
        () => false,
      ),
    signal,
  });
  const { hash } = await client.getBlock({ blockNumber: 0n });
  return { ...anvil, url, wsUrl: `ws://127.0.0.1:${port}`, client, genesisHash: hash };
}

/** Anvil's own binary: the command that npm links is a wrapper, and killing that would leave anvil running. */
function anvilBinary(): string {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  try {
    return createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${platform}/bin/anvil${suffix}`);
  } catch (cause) {
    throw new LocalError(`npm has installed no anvil for ${platform}. Run \`npm install\` again.`, { cause });
  }
}
