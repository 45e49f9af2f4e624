import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/reactor/context.ts';
import { createLogger } from '../../src/reactor/log.ts';
import { subscribe } from '../../src/reactor/subscribe.ts';
import { clientOf, type Peer, startPeer } from '../juno/peer.ts';

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

const JUNO = 'https://kustodia.example/webhooks/juno';
const BITSO = 'https://kustodia.example/webhooks/bitso';
const listed = (...webhooks: object[]) => ({ body: JSON.stringify({ webhooks }) });
const ask = () => {
  const { client } = clientOf(peer.url);
  const settings = { junoWebhookUrl: JUNO, bitsoWebhookUrl: BITSO } as Context['settings'];
  return subscribe({ settings, juno: client, bitso: client, log: createLogger('test', 'silent') });
};
const registered = () =>
  peer.received.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body.toString('utf8')));

test('each event of Juno and of Bitso is registered that is not there yet', async () => {
  peer.answers.push(listed({ id: 1, callback_url: BITSO, event: 'withdrawal' }));
  expect(await ask()).toBe(true);
  expect(registered()).toEqual([
    { callback_url: JUNO, events: ['TRANSACTION'] },
    { callback_url: BITSO, events: ['funding'] },
  ]);
});

test('what was refused is told, holds up no other, and is asked for again', async () => {
  peer.answers.push({ status: 503, body: '' }, listed());
  expect(await ask()).toBe(false);
  expect(registered()).toHaveLength(2);
  peer.answers.push(
    listed(
      { id: 1, callback_url: JUNO, event: 'transaction' },
      ...['withdrawal', 'funding'].map((event) => ({ id: 2, callback_url: BITSO, event })),
    ),
  );
  peer.answers.shift();
  expect(await ask()).toBe(true);
  expect(registered()).toHaveLength(2);
});
