import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const message = z.record(z.string(), z.any());
export type Delivery = Readonly<{ headers: IncomingHttpHeaders; text: string; body: z.output<typeof message> }>;

/** A real HTTP server that takes webhooks and keeps them in the order in which they came. */
export async function startReceiver() {
  const received: Delivery[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    received.push({ headers: request.headers, text, body: message.parse(JSON.parse(text)) });
    response.writeHead(answers.shift() ?? 200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    received,
    /** Answers to come, one a delivery; 200 after the last. */
    answers,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/juno`,
    close: () => server.close(),
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
