import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** How a node of another provider answers about the same chain. */
export type Manner =
  | 'truly'
  /** It has no receipt of anything: it serves another branch. */
  | 'without_receipts'
  /** It does not know the tag `finalized`. */
  | 'without_finalized'
  /** Its chain ends below what is asked about. */
  | 'behind'
  | 'not_at_all';

const REQUEST = z.object({ id: z.unknown(), method: z.string(), params: z.array(z.unknown()).default([]) });

/** A JSON-RPC node before a real one, which may be told to answer otherwise. */
export async function startNode(first: string) {
  let behind = first;
  let manner: Manner = 'truly';
  let asked = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { id, method, params } = REQUEST.parse(JSON.parse(text));
    asked++;
    const answer = (given: object) => response.end(JSON.stringify({ jsonrpc: '2.0', id, ...given }));
    response.setHeader('content-type', 'application/json');
    if (manner === 'not_at_all') return response.destroy();
    const isReceipt = method === 'eth_getTransactionReceipt';
    if (isReceipt && (manner === 'without_receipts' || manner === 'behind')) return answer({ result: null });
    if (method === 'eth_blockNumber' && manner === 'behind') return answer({ result: '0x1' });
    if (params[0] === 'finalized' && manner === 'without_finalized')
      return answer({ error: { code: -32602, message: 'invalid block tag' } });
    const given = { method: 'POST', headers: { 'content-type': 'application/json' }, body: text };
    const forwarded = await fetch(behind, given)
      .then((answer) => answer.text())
      .catch(() => null);
    return forwarded === null ? response.destroy() : response.end(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (next: Manner): void => {
      manner = next;
    },
    /** From now on it answers about another chain. */
    follow: (url: string): void => {
      behind = url;
    },
    asked: () => asked,
    stop: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export type TestNode = Awaited<ReturnType<typeof startNode>>;
