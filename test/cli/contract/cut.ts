import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Where the process dies: when it has asked to send, before or after the node has heard of it. */
export type Cut = 'before the node hears of it' | 'after the node took it';

/**
 * Runs the command line in a process of its own over an RPC that kills it, without a chance to tidy up, as soon as it sends a
 * transaction.
 */
export async function killedWhileSending(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  cut: Cut,
): Promise<void> {
  const upstream = environment['ETH_RPC_URL'] ?? '';
  let kill: () => void = () => undefined;
  const rpc = createServer(async (request, response) => {
    const body = await text(request);
    const sends = body.includes('"eth_sendRawTransaction"');
    if (sends && cut === 'before the node hears of it') return kill();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(upstream, { method: 'POST', headers, body });
    if (sends) return kill();
    response.writeHead(answer.status, headers).end(await answer.text());
  });
  rpc.listen(0, '127.0.0.1');
  await once(rpc, 'listening');
  const { port } = rpc.address() as AddressInfo;
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'src/cli/main.ts'), ...args], {
    env: { ...environment, PATH: process.env['PATH'], ETH_RPC_URL: `http://127.0.0.1:${port}` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  kill = () => child.kill('SIGKILL');
  const [, signal] = await once(child, 'exit');
  rpc.closeAllConnections();
  await new Promise((resolve) => rpc.close(resolve));
  if (signal !== 'SIGKILL') throw new Error('it ended before it sent anything');
}
