import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call on its way to the node; `forward` hands it over and gives the node's answer. */
export type RpcCall = Readonly<{ method: string; params: readonly unknown[]; forward: () => Promise<RpcAnswer> }>;
export type RpcAnswer = Readonly<{ result?: unknown; error?: Readonly<{ code: number; message: string }> }>;

/** What a node that misbehaves does with a call: an answer, or `hang` for none. Undefined: as the node does. */
export type Misbehaviour = (call: RpcCall) => Promise<RpcAnswer | 'hang' | undefined> | undefined;

export type Proxy = Awaited<ReturnType<typeof startProxy>>;

/** A JSON-RPC node on a free port of this machine that is the real one behind it, but for what `misbehave` is set to. */
export async function startProxy(target: string) {
  let misbehave: Misbehaviour = () => undefined;
  const seen: { method: string; params: readonly unknown[] }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { id, method, params = [] } = JSON.parse(body) as { id: number; method: string; params?: unknown[] };
    seen.push({ method, params });
    const forward = async (): Promise<RpcAnswer> => {
      const answer = await fetch(target, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      const { result, error } = (await answer.json()) as RpcAnswer;
      return error ? { error } : { result };
    };
    const answer = (await misbehave({ method, params, forward })) ?? (await forward());
    if (answer === 'hang') return;
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** From now on; without a parameter it behaves again. */
    misbehave: (how: Misbehaviour = () => undefined): void => {
      misbehave = how;
    },
    /** The parameters of every call of a method so far. */
    callsOf: (method: string): (readonly unknown[])[] => seen.filter((c) => c.method === method).map((c) => c.params),
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
