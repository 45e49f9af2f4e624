import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliError, EXIT } from '../output.ts';

export type Delivery = Readonly<{ headers: IncomingHttpHeaders; body: Buffer; at_ms: number }>;

export type Receiver = Readonly<{
  /** What came and was answered 200, oldest first. */
  taken: readonly Delivery[];
  /** What came and was answered 503. */
  refused: readonly Delivery[];
  /** Answers 503 from now on, so that it comes again. */
  refuse: () => void;
  port: number;
  close: () => void;
}>;

const MOST_BYTES = 256 * 1024;
/** Further ones are answered and not kept. */
const MOST_DELIVERIES = 1_000;

/** Takes webhooks on 127.0.0.1; port 0 is a free one. Throws a CliError where it is taken. */
export async function openReceiver(port: number): Promise<Receiver> {
  const taken: Delivery[] = [];
  const refused: Delivery[] = [];
  let isRefusing = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > MOST_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const kept = isRefusing ? refused : taken;
      const delivery = { headers: request.headers, body: Buffer.concat(chunks), at_ms: performance.now() };
      if (kept.length < MOST_DELIVERIES) kept.push(delivery);
      response.writeHead(isRefusing ? 503 : 200).end();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch(() => {
    throw new CliError(`Port ${port} of this machine is taken: name another --webhook-port.`, EXIT.usage, {
      code: 'port',
    });
  });
  return {
    taken,
    refused,
    refuse: () => {
      isRefusing = true;
    },
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
