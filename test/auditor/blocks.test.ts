/** How many blocks a node is asked for at once. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { openAuditChain } from '../../src/auditor/chain.ts';

const ADDRESS = `0x${'1'.repeat(40)}` as const;
const HASH = `0x${'2'.repeat(64)}`;
const HEAD = 1_000_000;
const word = (n: number) => `0x${n.toString(16).padStart(64, '0')}`;
let close = () => {};
afterEach(() => close());

/** A node that refuses more than so many blocks at once. Answers the ranges of the first list that it was asked for. */
async function ranges(limit: number): Promise<[number, number][]> {
  const asked: [number, number][] = [];
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(await text(request)) as { id: number; method: string; params: unknown[] };
    const say = (answer: object) => response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    if (method === 'eth_getBlockByNumber')
      return say({ result: { number: `0x${HEAD.toString(16)}`, hash: HASH, timestamp: '0x1', transactions: [] } });
    if (method === 'eth_chainId') return say({ result: '0x7a69' });
    if (method !== 'eth_getLogs') return say({ result: word(0) });
    const { fromBlock, toBlock, topics } = params[0] as { fromBlock: string; toBlock: string; topics: unknown[] };
    const [from, to] = [Number(fromBlock), Number(toBlock)];
    if (to - from + 1 > limit) return say({ error: { code: -32602, message: 'block range is too large' } });
    if (topics.length === 2) asked.push([from, to]);
    return say({ result: [] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  const rpcUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await openAuditChain({
    ...{ rpcUrl, token: ADDRESS, escrows: [ADDRESS], bridge: ADDRESS, junoAddress: ADDRESS, startBlock: 0n },
  })();
  return asked;
}

test.each([5_000, 25_000, 10_000_000])(
  'of a node that gives %i at once every block is read, in few questions',
  async (limit) => {
    const asked = await ranges(limit);
    expect(asked[0]?.[0]).toBe(0);
    expect(asked.at(-1)?.[1]).toBe(HEAD);
    for (const [at, [from]] of asked.entries()) if (at > 0) expect(from).toBe((asked[at - 1]?.[1] ?? 0) + 1);
    const widest = Math.max(...asked.map(([from, to]) => to - from + 1));
    expect(widest).toBeLessThanOrEqual(limit);
    expect(asked.length).toBeLessThanOrEqual(Math.max(7, (2 * HEAD) / limit + 7));
  },
);
