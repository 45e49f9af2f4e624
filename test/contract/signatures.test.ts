import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBitsoWithdrawal, encodeBitsoWithdrawal } from '../../src/juno/createBitsoWithdrawal.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { createRedemption, encodeBitsoRedemption } from '../../src/juno/createRedemption.ts';
import { listWebhookKeys, type WebhookKey } from '../../src/juno/listWebhookKeys.ts';
import { registerWebhook } from '../../src/juno/registerWebhook.ts';
import { verifyWebhook, WEBHOOK_KEY_ID_HEADER, WEBHOOK_SIGNATURE_HEADER } from '../../src/juno/verifyWebhook.ts';
import { readWebhook } from '../../src/juno/webhook.ts';
import {
  deposit,
  ended,
  guard,
  isRemote,
  issuanceTo,
  newClabe,
  newKey,
  openTarget,
  pesos,
  type Target,
  TIMEOUTS,
  until,
} from './target.ts';

vi.setConfig(TIMEOUTS);

/** The path that no page names, as the sandbox has it. */
const KEYS_PATH = '/v4/webhooks/public-keys';

type Delivery = Readonly<{ headers: IncomingHttpHeaders; body: Buffer }>;

/** Deliveries need a way back to this machine. */
describe.skipIf(isRemote)('webhooks of Bitso', () => {
  let target: Target;
  let server: Server;
  let keys: WebhookKey[];
  let wid: string;
  const deliveries: Delivery[] = [];
  const ofIt = () =>
    deliveries.filter(({ body }) => {
      const hint = readWebhook(body);
      return hint.kind === 'hint' && hint.bitsoIds.includes(wid);
    });
  const verdictOn = ({ headers, body }: Delivery) =>
    verifyWebhook({
      body,
      signature: String(headers[WEBHOOK_SIGNATURE_HEADER] ?? ''),
      keyId: String(headers[WEBHOOK_KEY_ID_HEADER] ?? ''),
      keys,
    });

  beforeAll(async () => {
    target = await openTarget({ SANDBOX_SWITCHES: JSON.stringify({ webhookSigned: true }) });
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        deliveries.push({ headers: request.headers, body: Buffer.concat(chunks) });
        response.writeHead(200).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const callbackUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bitso`;
    await registerWebhook(target.bitso, { callbackUrl, event: 'withdrawal' });
    await registerWebhook(target.bitso, { callbackUrl, event: 'funding' });
    keys = (await listWebhookKeys(target.bitso, { path: KEYS_PATH })).items;

    const { clabe } = await createClabe(target.juno, { guard });
    await deposit(target.juno, clabe, '500.00');
    await issuanceTo(target.juno, clabe);
    const redemption = encodeBitsoRedemption({ amount: pesos('500.00') });
    await ended(
      target.juno,
      (await createRedemption(target.juno, { body: redemption, idempotencyKey: newKey(), guard })).id,
    );
    const order = { amount: pesos('100.50'), clabe: newClabe(), beneficiary: 'Ñandú', originId: newKey() };
    ({ wid } = await createBitsoWithdrawal(target.bitso, { body: encodeBitsoWithdrawal(order), guard }));
    await until('the last status', async () => ofIt().some(({ body }) => body.includes('"complete"')));
  });
  afterAll(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    await target?.close();
  });

  test('P/payload-withdrawal: a payout is told of as {event, payload: {wid, status}}, in lower case', () => {
    for (const { body } of ofIt())
      expect(JSON.parse(body.toString('utf8'))).toMatchObject({
        event: 'withdrawal',
        payload: { wid, status: expect.stringMatching(/^(pending|processing|complete)$/) },
      });
  });

  test('P/webhook-event-signatures: the signature is good over the payload, by a key of the public list', () => {
    expect(ofIt().map(verdictOn)).toEqual(ofIt().map(() => 'valid'));
  });

  test('P/webhook-event-signatures: it covers the payload alone, and all of it', () => {
    const [delivery] = ofIt();
    const changed = (from: string, to: string) => {
      const body = Buffer.from(String(delivery?.body).replace(from, to), 'utf8');
      return verdictOn({ headers: delivery?.headers ?? {}, body });
    };
    expect(changed('"event":"withdrawal"', '"event":"funding"')).toBe('valid');
    expect(changed('100.50', '900.50')).toBe('invalid');
  });

  test('P/webhook-event-signatures: keys come without a signature of ours, with key_id and public_key', async () => {
    const stranger = target.clientWith({ apiKey: 'nobody', apiSecret: 'nothing' });
    expect((await listWebhookKeys(stranger, { path: KEYS_PATH })).items).toEqual(keys);
  });

  test('P/payload-funding: a deposit is told of as {event, payload: {fid, status, …}}, and signed', async () => {
    await target.sandbox?.admin('POST', '/returns', { id: wid, type: 17 });
    const funding = await until('the deposit', async () =>
      deliveries.find(({ body }) => body.toString('utf8').startsWith('{"event":"funding"')),
    );
    expect(JSON.parse(funding.body.toString('utf8'))).toMatchObject({
      event: 'funding',
      payload: { fid: expect.any(String), status: 'complete', currency: 'mxn', amount: '100.50' },
    });
    expect(JSON.parse(funding.body.toString('utf8')).payload.details.sender_clabe).toMatch(/^\*+\d+\*+$/);
    expect(verdictOn(funding)).toBe('valid');
    expect(readWebhook(funding.body)).toMatchObject({ kind: 'hint', status: 'COMPLETE' });
  });

  test('P/webhook-best-practices: id and status together name a delivery', () => {
    const names = ofIt().map(({ body }) => {
      const hint = readWebhook(body);
      return hint.kind === 'hint' ? `${hint.bitsoIds.join()} ${hint.status}` : '';
    });
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(`${wid} COMPLETE`);
  });
});
