import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMockDeposit } from '../juno/createMockDeposit.ts';
import { deleteWebhook } from '../juno/deleteWebhook.ts';
import { parseJson } from '../juno/json.ts';
import { listWebhookKeys } from '../juno/listWebhookKeys.ts';
import { listWebhooks } from '../juno/listWebhooks.ts';
import { registerWebhook } from '../juno/registerWebhook.ts';
import { verifyWebhook, WEBHOOK_KEY_ID_HEADER, WEBHOOK_SIGNATURE_HEADER } from '../juno/verifyWebhook.ts';
import { readWebhook } from '../juno/webhook.ts';
import { centavos } from '../money/money.ts';
import type { Bench } from './juno-bench.ts';
import { type Answer, keysOf, type Question, UnsettledError } from './juno-questions.ts';
import { anyClabe } from './juno-spending.ts';

export type WebhookQuestionParameters = Readonly<{
  businessName: string;
  /** An HTTPS address from which Juno's deliveries come to `port` on this machine; not needed on loopback. */
  url: string | undefined;
  /** 0 takes a free one. */
  port: number;
  /** Where the public keys are, which no page names; signatures are not checked without it. */
  keysPath: string | undefined;
}>;

type Delivery = Readonly<{ headers: IncomingHttpHeaders; body: Buffer }>;

const PATH = '/juno-check';
const MOST_BYTES = 256 * 1024;
const MOST_DELIVERIES = 100;

/** Registers a webhook, makes something happen, shows what comes, and takes the webhook away again. */
export const webhookQuestion = (parameters: WebhookQuestionParameters): Question => ({
  id: 'webhook',
  question: 'What does a webhook look like, and is it signed?',
  costs: 'a webhook that is registered and deleted again, and one mock deposit of 100 MXN',
  ask: async (bench) => {
    const { juno, isLoopback } = bench;
    if (parameters.url === undefined && !isLoopback)
      throw new UnsettledError('it needs --webhook-url, an HTTPS address that leads to --webhook-port here');
    const deliveries: Delivery[] = [];
    const server = await listen(parameters.port, deliveries);
    const callbackUrl = parameters.url ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
    try {
      await registerWebhook(juno, { callbackUrl });
      try {
        return await capture(bench, parameters, deliveries);
      } finally {
        const mine = (await listWebhooks(juno)).items.filter((item) => item.callbackUrl === callbackUrl);
        for (const { id } of mine) if (id !== null) await deleteWebhook(juno, { id });
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
});

async function listen(port: number, deliveries: Delivery[]): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > MOST_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      if (deliveries.length < MOST_DELIVERIES)
        deliveries.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(200).end();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function capture(
  { juno, watch }: Bench,
  { businessName, keysPath }: WebhookQuestionParameters,
  deliveries: readonly Delivery[],
): Promise<Answer> {
  const names = { senderName: businessName, receiverName: businessName };
  await createMockDeposit(juno, { amount: centavos(10_000n), receiverClabe: await anyClabe(juno), ...names });
  const delivery = await watch(async () => deliveries[0]);
  if (!delivery) throw new UnsettledError('nothing was delivered in time');
  const { headers, body } = delivery;
  const signature = oneOf(headers[WEBHOOK_SIGNATURE_HEADER]);
  const keyId = oneOf(headers[WEBHOOK_KEY_ID_HEADER]);
  const hint = readWebhook(body);
  const signed = signature === undefined ? 'not signed' : `signed${keyId === undefined ? ' without a key id' : ''}`;
  const keys = keysPath === undefined ? undefined : (await listWebhookKeys(juno, { path: keysPath })).items;
  const verdict = keys && signature !== undefined ? `, ${verifyWebhook({ body, signature, keyId, keys })}` : '';
  return {
    found: `${signed}${verdict}; ${hint.kind === 'hint' ? `its id is read, its status is ${hint.status ?? 'not'}` : 'no id is read'}`,
    evidence: `headers ${Object.keys(headers).toSorted().join(', ')}; body ${shapeOf(body)}`,
  };
}

const oneOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

function shapeOf(body: Buffer): string {
  try {
    return keysOf(parseJson(body.toString('utf8')));
  } catch {
    return `of ${body.byteLength} bytes, no JSON`;
  }
}
