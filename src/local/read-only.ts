import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';

/** What a node answers without its chain, its pool or its own state becoming another. */
const READS =
  /^(eth_get[A-Z]\w*|eth_(blobBaseFee|blockNumber|call|chainId|feeHistory|gasPrice|maxPriorityFeePerGas)|net_version|web3_clientVersion)$/;
const MOST_CALLS = 1_000;
const MOST_BYTES = 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** JSON-RPC's own: no such method, and what it cannot read. */
const [NO_METHOD, NO_REQUEST] = [-32_601, -32_600];

const callSchema = z.looseObject({ id: z.union([z.string(), z.number(), z.null()]).optional(), method: z.string() });
const bodySchema = z.union([callSchema, z.array(callSchema).min(1).max(MOST_CALLS)]);
type Call = z.infer<typeof callSchema>;

/** A door on 127.0.0.1 to somebody else's node. */
export type ReadOnlyRpc = Readonly<{ url: string; close: () => Promise<void> }>;

/**
 * Lets questions through to a node and refuses all else, so that whoever is given the door can change nothing behind it. It also
 * keeps the address of the node, which often holds a key, from the command lines of other processes.
 */
export async function openReadOnly(rpcUrl: string): Promise<ReadOnlyRpc> {
  const app = new Hono();
  app.post('/', bodyLimit({ maxSize: MOST_BYTES }), async (c) => {
    const body = bodySchema.safeParse(await c.req.json().catch(() => undefined)).data;
    if (body === undefined) return c.json(failure({ method: '' }, NO_REQUEST, 'no JSON-RPC'), 400);
    const calls = Array.isArray(body) ? body : [body];
    if (!calls.every(({ method }) => READS.test(method))) {
      const failures = calls.map((call) => failure(call, NO_METHOD, `this chain is only read: ${call.method}`));
      return c.json(Array.isArray(body) ? failures : failures[0]);
    }
    // As it was understood here, so that the node cannot read another request out of the same bytes.
    const answer = await fetch(rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => null);
    if (answer === null) return c.body(null, 502);
    return new Response(answer.body, { status: answer.status, headers: { 'content-type': 'application/json' } });
  });

  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
      resolve({
        url: `http://127.0.0.1:${port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      }),
    );
    server.once('error', reject);
  });
}

const failure = ({ id = null }: Call, code: number, message: string) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});
