import type { WEBHOOK_POINTS } from '../../../src/sandbox/switch-points/webhooks.ts';
import type { Here, Probe } from '../support/here.ts';
import { until } from '../support/sandbox.ts';

const PATH = '/v4/webhooks';
const register = (s: Here, name = 'one') =>
  s.call('POST', PATH, { callback_url: `https://example.com/${name}`, events: ['TRANSACTION'] });

/** The first webhook of a deposit that is too small to issue. */
async function delivery(s: Here) {
  const receiver = await s.receiver();
  await s.deposit('99');
  return until('a webhook', async () => receiver.received[0]);
}

export const WEBHOOK_PROBES: Record<keyof typeof WEBHOOK_POINTS, Probe> = {
  webhookCreatedStatus: async (s) => (await register(s)).status,
  webhookDuplicate: async (s) => {
    await register(s);
    return [(await register(s)).status, (await register(s, 'two')).status];
  },
  webhooksListBody: async (s) => Object.keys((await s.call('GET', PATH)).body),
  webhookShape: async (s) => {
    const { body } = await delivery(s);
    return [Object.keys(body), Object.keys(body['payload'] ?? {}).slice(0, 1)];
  },
  webhookEvent: async (s) => (await delivery(s)).body['event'],
  webhookSigned: async (s) => 'x-bitso-webhook-event-signature' in (await delivery(s)).headers,
  webhookKeysBody: async (s) => (await (await fetch(`${s.url}${PATH}/public-keys`)).text()).startsWith('['),
  webhookAttempts: {
    answers: [3, 1],
    look: async (s) => {
      const receiver = await s.receiver();
      receiver.answers.push(...Array(10).fill(500));
      await s.deposit('99');
      await until('all to be given up', async () => (await s.state())['webhooks'].given_up === 2);
      return (await s.state())['webhooks'].sent;
    },
  },
  webhookBackoff_ms: async (s) => {
    const receiver = await s.receiver();
    receiver.answers.push(500);
    const started = performance.now();
    await s.deposit('99');
    await until('the second try', async () => receiver.received.length === 3);
    return performance.now() - started > 900;
  },
};
