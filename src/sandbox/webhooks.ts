import { Hono } from 'hono';
import { z } from 'zod';
import { plainAmount } from './amounts.ts';
import { nanosecondText } from './clock.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError, notFound } from './errors.ts';
import type { Faults } from './faults.ts';
import { jsonNumber, readBody } from './json.ts';
import type { Transaction } from './transactions.ts';

const TIMEOUT_MS = 5_000;
const MOST_WEBHOOKS = 20;
/** Deliveries under way at once; further ones are lost, as a webhook may be. */
const MOST_DELIVERIES = 2_000;
const FIRST_ID = 11_330;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const schema = z.object({
  callback_url: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .refine((text) => text.startsWith('https:') || LOOPBACK.has(new URL(text).hostname), 'must be https'),
  events: z.tuple([z.literal('TRANSACTION')]),
});

type Webhook = Readonly<{ id: number; callback_url: string; event: 'transaction' }>;
type Answer = 'delivered' | 'refused' | 'retry';

/**
 * Webhooks (J/webhooks, P/webhooks-overview): one POST for each status of a transaction, unordered, with 5 seconds for an
 * answer. Tried again after a 5xx, a time-out or a network error; any other answer is final.
 */
export function openWebhooks({ switches, sleep, run, signal }: SandboxContext, faults: Faults) {
  const counts = { sent: 0, delivered: 0, refused: 0, given_up: 0, dropped: 0 };
  let webhooks: Webhook[] = [];
  let nextId = FIRST_ID;
  let underWay = 0;

  function create(callback_url: string): Webhook {
    const { webhookDuplicate } = switches;
    const isDouble = (webhook: Webhook) =>
      webhookDuplicate === 'refuse_same_event' || webhook.callback_url === callback_url;
    if (webhookDuplicate !== 'allow' && webhooks.some(isDouble))
      throw new ApiError(400, '0304', 'This webhook exists already');
    if (webhooks.length >= MOST_WEBHOOKS) throw new ApiError(400, '0401', `At most ${MOST_WEBHOOKS} webhooks are kept`);
    const webhook: Webhook = { id: nextId++, callback_url, event: 'transaction' };
    webhooks.push(webhook);
    return webhook;
  }

  async function deliver(url: string, body: string): Promise<void> {
    underWay += 1;
    try {
      for (let attempt = 0; attempt < switches.webhookAttempts; attempt++) {
        if (attempt > 0) await sleep(switches.webhookBackoff_ms * 2 ** (attempt - 1));
        counts.sent += 1;
        const answer = await post(url, body);
        if (answer !== 'retry') {
          counts[answer] += 1;
          return;
        }
      }
      counts.given_up += 1;
    } finally {
      underWay -= 1;
    }
  }

  async function post(url: string, body: string): Promise<Answer> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return response.ok ? 'delivered' : response.status >= 500 ? 'retry' : 'refused';
    } catch {
      return 'retry';
    }
  }

  const routes = new Hono<HttpEnv>()
    .post('/v4/webhooks', (c) => {
      const webhook = create(readBody(schema, c.get('body')).callback_url);
      return c.json({ message: 'Webhook successfully created', webhooks: [webhook] }, switches.webhookCreatedStatus);
    })
    .get('/v4/webhooks', (c) => c.json({ webhooks }))
    .delete('/v4/webhooks/:id', (c) => {
      const webhook = webhooks.find(({ id }) => String(id) === c.req.param('id'));
      if (!webhook) throw notFound('The webhook');
      webhooks = webhooks.filter((other) => other !== webhook);
      return c.json({ message: 'Webhook successfully deleted' });
    });

  return {
    routes,
    counts: () => counts,
    /** Tells every subscriber of the status that the transaction has now. */
    notify(transaction: Transaction): void {
      const payload = {
        id: transaction.id,
        transaction_type: transaction.type,
        status: transaction.status,
        amount: jsonNumber(plainAmount(transaction.units)),
        created_at: nanosecondText(transaction.createdAt_ns),
        updated_at: nanosecondText(transaction.updatedAt_ns),
      };
      const body = JSON.stringify({ event: switches.webhookEvent, payload });
      for (const { callback_url } of webhooks) {
        if (underWay >= MOST_DELIVERIES || faults.strike('drop', 'webhook')) {
          counts.dropped += 1;
          continue;
        }
        const times = faults.strike('duplicate', 'webhook') ? 2 : 1;
        for (let i = 0; i < times; i++) run('webhook', () => deliver(callback_url, body));
      }
    },
  };
}

export type Webhooks = ReturnType<typeof openWebhooks>;
