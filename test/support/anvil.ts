import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestClient, http, publicActions, walletActions } from 'viem';
import { foundry } from 'viem/chains';
import { startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { startProcess } from '../../src/local/process.ts';

const POLL_MS = 50;
const PLATFORM = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
/** Anvil's own binary: the command that npm links is a wrapper, and killing that would leave anvil running. */
const BINARY = createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${PLATFORM}/bin/anvil`);

/** A real chain for one test file, empty, with anvil's usual accounts. */
export type TestAnvil = Awaited<ReturnType<typeof startAnvil>>;

/**
 * Starts an anvil on a free port. It mines each transaction at once unless `blockTime` (seconds) is given. It ends with `stop`,
 * and with the process, however that ends.
 *
 * @example
 * const anvil = await startAnvil();
 * await anvil.client.mine({ blocks: 1 });
 */
export async function startAnvil({
  blockTime,
  chainId = foundry.id,
  args = [],
}: Readonly<{ blockTime?: number; chainId?: number; args?: readonly string[] }> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'kustodia-anvil-'));
  const keeper = startKeeper(folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const client = createTestClient({
    mode: 'anvil',
    chain: { ...foundry, id: chainId },
    transport: http(url, { retryCount: 0 }),
    pollingInterval: POLL_MS,
    // A block number from the cache would be one of before the block that a test has just mined.
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions);
  const anvil = await startProcess({
    name: 'anvil',
    command: BINARY,
    args: [
      ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId), '--silent'],
      ...(blockTime === undefined ? [] : ['--block-time', String(blockTime)]),
      ...args,
    ],
    folder,
    keeper,
    readyWhen: () =>
      client.getChainId().then(
        () => true,
        () => false,
      ),
  });
  return {
    url,
    wsUrl: `ws://127.0.0.1:${port}`,
    client,
    stop: async (): Promise<void> => {
      await anvil.stop();
      await keeper.close();
    },
  };
}
