/** Starts Ponder: `npm run indexer`. Names its schema, passes signals on, and takes it along when it goes. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { IndexerStartError, readEnvironment } from './environment.ts';
import { schemaName } from './schema-name.ts';

const root = join(import.meta.dirname, '../..');
const RPC_TIMEOUT_MS = 10_000;
const say = (text: string) => process.stderr.write(`${text}\n`);

async function rpc<T>(url: string, method: string, params: unknown[], result: z.ZodType<T>): Promise<T> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(RPC_TIMEOUT_MS),
    });
    return z.object({ result }).parse(await response.json()).result;
  } catch (cause) {
    throw new IndexerStartError(
      `The RPC of ETH_RPC_URL did not answer ${method}. Check that it runs, then start again.`,
      { cause },
    );
  }
}

/** Throws when somebody else listens on the port. */
function assertFree(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', () => reject(new IndexerStartError(`Port ${port} is taken; INDEXER_PORT moves the indexer.`)));
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

async function main(): Promise<void> {
  const env = readEnvironment(process.env);
  const chainId = Number(await rpc(env.ETH_RPC_URL, 'eth_chainId', [], z.string()));
  if (chainId !== env.CHAIN_ID)
    throw new IndexerStartError(
      `ETH_RPC_URL serves chain ${chainId}, CHAIN_ID says ${env.CHAIN_ID}. Nothing was started.`,
    );
  const genesis = await rpc(env.ETH_RPC_URL, 'eth_getBlockByNumber', ['0x0', false], z.object({ hash: z.string() }));
  await assertFree(env.INDEXER_HOST, env.INDEXER_PORT);
  const schema = schemaName(root, env, genesis.hash);

  const settings = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  const { CI: _ci, ...inherited } = process.env;
  const args = [
    '--root',
    'indexer',
    'start',
    '--schema',
    schema,
    '--views-schema',
    'indexed',
    '--port',
    String(env.INDEXER_PORT),
    '--hostname',
    env.INDEXER_HOST,
  ];
  const ponder = spawn(process.execPath, [join(root, 'node_modules/ponder/dist/esm/bin/ponder.js'), ...args], {
    cwd: root,
    // Ponder ends when its standard input does (unless CI is set): a launcher that is killed takes it along.
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...inherited, ...settings, PONDER_TELEMETRY_DISABLED: 'true' },
  });
  ponder.stdin?.on('error', () => undefined);

  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    // SIGTERM would leave Ponder's lock on the schema behind; SIGINT gives it back.
    ponder.kill('SIGINT');
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (process.env['KUSTODIA_PARENT_PIPE'] === '1') process.stdin.on('end', stop).on('error', stop).resume();
  ponder.on('error', (error) => {
    say(`Ponder could not be started: ${error.message}`);
    process.exit(1);
  });
  ponder.on('exit', (code, signal) => process.exit(isStopping ? 0 : (code ?? (signal ? 1 : 0))));
}

main().catch((error: unknown) => {
  say(
    error instanceof IndexerStartError
      ? error.message
      : `The indexer did not start: ${error instanceof Error ? error.stack : String(error)}`,
  );
  process.exit(1);
});
