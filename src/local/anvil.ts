import { createRequire } from 'node:module';
import { createPublicClient, defineChain, type Hex, http, type PublicClient, toHex } from 'viem';
import { english, generateMnemonic, type HDAccount, mnemonicToAccount } from 'viem/accounts';
import type { Keeper } from './keeper.ts';
import { LocalError, type LocalProcess, startProcess } from './process.ts';

/** Of every chain of ours, a fork too: what is signed for it is worth nothing on the chain that it was forked from. */
export const CHAIN_ID = 31_337;
const BLOCK_TIME_S = 1;
const POLL_MS = 100;
/** Known to everybody, so worth nothing on any real chain. */
const MNEMONIC = 'test test test test test test test test test test test junk';

/** Who is who on a chain of ours. Each has ETH from its start. */
export type Actors = Readonly<{
  admin: HDAccount;
  bridge: HDAccount;
  juno: HDAccount;
  /** Whose signature lets an escrow end before its deadline. */
  approver: HDAccount;
  /** Who may replace the code behind a transparent proxy, and nothing else. */
  proxyAdmin: HDAccount;
}>;

/** The accounts of an empty local chain. */
export const account = (addressIndex: number): HDAccount => accountOf(MNEMONIC, addressIndex);
const accountOf = (mnemonic: string, addressIndex: number) => mnemonicToAccount(mnemonic, { addressIndex });
const actorsOf = (mnemonic: string): Actors => ({
  admin: accountOf(mnemonic, 0),
  bridge: accountOf(mnemonic, 1),
  juno: accountOf(mnemonic, 2),
  approver: accountOf(mnemonic, 3),
  proxyAdmin: accountOf(mnemonic, 9),
});
export const LOCAL = actorsOf(MNEMONIC);
export const { admin: ADMIN, bridge: BRIDGE, juno: JUNO, approver: APPROVER, proxyAdmin: PROXY_ADMIN } = LOCAL;

/** The private key of one of the local chain's accounts. */
export function privateKeyOf({ getHdKey }: HDAccount): Hex {
  const { privateKey } = getHdKey();
  if (!privateKey) throw new LocalError('The account has no private key.');
  return toHex(privateKey);
}

export type LocalAnvil = LocalProcess & Readonly<{ url: string; wsUrl: string; client: PublicClient; actors: Actors }>;

export type StartAnvilParameters = Readonly<{
  port: number;
  folder: string;
  keeper: Keeper;
  /** The chain that it goes on from, after this block; from nothing unless told. */
  fork?: Readonly<{ url: string; blockNumber: bigint }> | undefined;
  signal?: AbortSignal | undefined;
}>;

/**
 * Starts a chain that mines every second: on a quiet one that does not, `latest` would have an old clock for ever. On an empty one
 * the actors are those that everybody knows; on a fork they are drawn anew, because those have a past on every real chain: nonces,
 * and code that others put there.
 */
export async function startAnvil(parameters: StartAnvilParameters): Promise<LocalAnvil> {
  const { port, folder, keeper, fork, signal } = parameters;
  const mnemonic = fork ? generateMnemonic(english) : MNEMONIC;
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
      ...['--block-time', String(BLOCK_TIME_S), '--mnemonic', mnemonic, '--silent'],
      // Its cache of what it read is kept by chain id and block, whichever chain that was.
      ...(fork
        ? ['--fork-url', fork.url, '--fork-block-number', String(fork.blockNumber), '--no-storage-caching']
        : []),
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
  const actors = fork ? actorsOf(mnemonic) : LOCAL;
  return { ...anvil, url, wsUrl: `ws://127.0.0.1:${port}`, client, actors };
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
