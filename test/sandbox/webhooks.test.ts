import { createPublicKey, verify } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openChain, type TestChain } from './support/chain.ts';
import { type Delivery, type Receiver, startReceiver } from './support/receiver.ts';
import { startSandbox, type TestSandbox, until } from './support/sandbox.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

const keysSchema = z.array(z.object({ key_id: z.string(), public_key: z.string() }));

let chain: TestChain;
let sandbox: TestSandbox;
let receiver: Receiver;

beforeAll(async () => {
  chain = await openChain();
});
afterAll(() => chain?.close());
afterEach(async () => {
  await sandbox.stop();
  receiver.close();
});

async function open(switches: object = {}, event = 'TRANSACTION'): Promise<void> {
  sandbox = await startSandbox(chain, { SANDBOX_SWITCHES: JSON.stringify(switches) });
  receiver = await startReceiver();
  await sandbox.call('POST', '/v4/webhooks', { callback_url: receiver.url, events: [event] });
}

const arm = (name: string, ms?: number) => sandbox.admin('POST', '/faults', { name, endpoint: 'webhook', ms });
const arrived = (count: number) => until(`${count} webhooks`, async () => receiver.received.length === count);
const statuses = () => receiver.received.map(({ body }) => body['payload'].status);

/** Whether the signature is that of a published key, over the bytes of the payload. */
async function isSigned({ headers, text }: Delivery): Promise<boolean> {
  // Without a signature of its own: the list is open to everybody.
  const response = await fetch(`${sandbox.url}/v4/webhooks/public-keys`);
  const keys = keysSchema.parse(await response.json());
  const key = keys.find(({ key_id }) => key_id === headers['x-bitso-key-id']);
  const signature = headers['x-bitso-webhook-event-signature'];
  const payload = /"payload":(\{.*\})\}$/.exec(text)?.[1];
  if (!key || typeof signature !== 'string' || payload === undefined) return false;
  const publicKey = createPublicKey({ key: Buffer.from(key.public_key, 'base64'), format: 'der', type: 'spki' });
  return verify('sha256', Buffer.from(payload), publicKey, Buffer.from(signature, 'base64'));
}

describe('signatures', () => {
  test('are of the payload alone, by a key that is published, where the switch says so', async () => {
    await open({ webhookSigned: true });
    await sandbox.deposit('99');
    await arrived(2);
    for (const delivery of receiver.received) expect(await isSigned(delivery)).toBe(true);
  });

  test('are absent where it does not', async () => {
    await open();
    await sandbox.deposit('99');
    await arrived(2);
    expect(receiver.received[0]?.headers).not.toHaveProperty('x-bitso-webhook-event-signature');
  });
});

describe('faults', () => {
  test('late comes after its time, reorder after the next', async () => {
    await open();
    await arm('late', 400);
    const started = performance.now();
    await sandbox.deposit('99');
    await arrived(2);
    expect(statuses()).toEqual(['FAILED', 'PENDING']);
    expect(performance.now() - started).toBeGreaterThan(390);
    await arm('reorder', 60_000);
    await sandbox.deposit('99');
    await arrived(4);
    expect(statuses().slice(2).toSorted()).toEqual(['FAILED', 'PENDING']);
    // One that waits and that nothing follows comes after its time all the same.
    await sandbox.admin('POST', '/faults', { name: 'reorder', endpoint: 'webhook', count: 2, ms: 200 });
    await sandbox.deposit('99');
    await arrived(6);
  });

  test('forged_signature claims COMPLETE for a true transaction, and no published key made it', async () => {
    await open({ webhookSigned: true });
    await arm('forged_signature');
    const { transaction_id } = await sandbox.deposit('99');
    await arrived(3);
    const forged = receiver.received.filter(({ body }) => body['payload'].status === 'COMPLETE');
    expect(forged).toMatchObject([{ body: { payload: { id: transaction_id } } }]);
    const [one] = forged;
    expect(one?.headers).toHaveProperty('x-bitso-webhook-event-signature');
    expect(one && (await isSigned(one))).toBe(false);
    expect((await sandbox.state())['webhooks']).toMatchObject({ forged: 1 });
  });

  test('forged_id tells of a transaction that does not exist', async () => {
    await open();
    await arm('forged_id');
    await sandbox.deposit('99');
    await arrived(3);
    const [forged] = receiver.received.filter(({ body }) => body['payload'].status === 'COMPLETE');
    const { id } = forged?.body['payload'] ?? {};
    expect((await sandbox.call('GET', `/mint_platform/v1/transactions/${id}`)).status).toBe(404);
  });
});

describe('what Bitso tells', () => {
  test('where a subscription is, in the header Location of the answer that made it', async () => {
    await open();
    const fields = { callback_url: `${receiver.url}/2`, events: ['TRANSACTION'] };
    const { status, headers, body } = await sandbox.call('POST', '/v4/webhooks', fields);
    expect([status, headers.get('location')]).toEqual([201, `/v4/webhooks/${body['webhooks'][0].id}`]);
  });

  test('statuses in small letters, whatever its answers have', async () => {
    await open({ bitsoStatusCase: 'upper' }, 'withdrawal');
    await sandbox.deposit('200');
    await sandbox.settled((await sandbox.redeem({ amount: '200' })).body['payload'].id);
    const order = { currency: 'mxn', protocol: 'clabe', amount: '200', beneficiary: 'V', clabe: '646180157042875763' };
    const { status } = (await sandbox.call('POST', '/v3/withdrawals', order)).body['payload'];
    await arrived(3);
    expect([status, ...statuses().toSorted()]).toEqual(['PENDING', 'complete', 'pending', 'processing']);
  });

  test('each status of a withdrawal, and the deposit of one that came back', async () => {
    await open({ webhookSigned: true }, 'withdrawal');
    await sandbox.call('POST', '/v4/webhooks', { callback_url: receiver.url, events: ['funding'] });
    await sandbox.deposit('200');
    await sandbox.settled((await sandbox.redeem({ amount: '200' })).body['payload'].id);
    const order = { currency: 'mxn', protocol: 'clabe', amount: '200', beneficiary: 'V', clabe: '646180157042875763' };
    const { wid } = (await sandbox.call('POST', '/v3/withdrawals', order)).body['payload'];
    await arrived(3);
    expect(statuses().toSorted()).toEqual(['complete', 'pending', 'processing']);
    for (const { body } of receiver.received) expect(body).toMatchObject({ event: 'withdrawal', payload: { wid } });
    await sandbox.admin('POST', '/returns', { id: wid });
    await arrived(4);
    expect(receiver.received.at(-1)?.body).toMatchObject({
      event: 'funding',
      payload: { fid: expect.any(String), status: 'complete', amount: '200.00', details: { sender_bank: '90646' } },
    });
    expect(receiver.received.at(-1)?.text).not.toContain('646180157042875763');
    for (const delivery of receiver.received) expect(await isSigned(delivery)).toBe(true);
  });
});

describe('shapes', () => {
  test('type and data', async () => {
    await open({ webhookShape: 'type_data' });
    const { transaction_id } = await sandbox.deposit('100');
    await arrived(3);
    expect(receiver.received.map(({ body }) => body['type']).toSorted()).toEqual([
      'TRANSACTION_SUCCEEDED',
      'TRANSACTION_UPDATED',
      'TRANSACTION_UPDATED',
    ]);
    for (const { body } of receiver.received) expect(body['data'].transaction.id).toBe(transaction_id);
  });

  test('funding and withdrawal', async () => {
    await open({ webhookShape: 'funding_withdrawal' });
    const { transaction_id } = await sandbox.deposit('100');
    await arrived(3);
    for (const { body } of receiver.received)
      expect(body).toMatchObject({ event: 'funding', payload: { fid: transaction_id, amount: '100.00' } });
    await sandbox.redeem({ amount: '100' });
    await arrived(5);
    expect(receiver.received.at(-1)?.body).toMatchObject({ event: 'withdrawal', payload: { wid: expect.any(String) } });
  });
});
