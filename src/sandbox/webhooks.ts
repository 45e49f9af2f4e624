import { Hono } from 'hono';
import { z } from 'zod';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError, notFound } from './errors.ts';
import type { Faults } from './faults.ts';
import { readBody } from './json.ts';
import type { Transaction } from './transactions.ts';
import type { WebhookKeys } from './webhook-keys.ts';
import { eventMessage, type Message, transactionMessage } from './webhook-messages.ts';

const PATH = '/v4/webhooks';
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
  // Juno takes TRANSACTION alone (J/webhooks); the others are Bitso's (P/payload-withdrawal, P/payload-funding).
  events: z.tuple([z.enum(['TRANSACTION', 'withdrawal', 'funding'])]),
});

const FORGERIES = ['forged_signature', 'forged_id'] as const;
type Forgery = (typeof FORGERIES)[number];
type Event = 'transaction' | 'withdrawal' | 'funding';
type Webhook = Readonly<{ id: number; callback_url: string; event: Event }>;
type Answer = 'delivered' | 'refused' | 'retry';
type Parcel = Readonly<{ url: string; body: string; headers: Record<string, string> }>;

/**
 * Webhooks (J/webhooks, P/webhooks-overview): one POST for each status, unordered, with 5 seconds for an answer. Tried again
 * after a 5xx, a time-out or a network error; any other answer is final.
 */
export function openWebhooks(context: SandboxContext, faults: Faults, keys: WebhookKeys) {
  const { switches, sleep, run, signal, uuid } = context;
  const counts = { sent: 0, delivered: 0, refused: 0, given_up: 0, dropped: 0, forged: 0 };
  const heldBack = new Map<number, (() => void)[]>();
  let webhooks: Webhook[] = [];
  let nextId = FIRST_ID;
  let underWay = 0;

  function create({ callback_url, events }: z.output<typeof schema>): Webhook {
    const { webhookDuplicate } = switches;
    const event = events[0].toLowerCase() as Event;
    const isDouble = (webhook: Webhook) =>
      webhook.event === event && (webhookDuplicate === 'refuse_same_event' || webhook.callback_url === callback_url);
    if (webhookDuplicate !== 'allow' && webhooks.some(isDouble))
      throw new ApiError(400, '0304', 'This webhook exists already');
    if (webhooks.length >= MOST_WEBHOOKS) throw new ApiError(400, '0401', `At most ${MOST_WEBHOOKS} webhooks are kept`);
    const webhook: Webhook = { id: nextId++, callback_url, event };
    webhooks.push(webhook);
    return webhook;
  }

  async function deliver(parcel: Parcel): Promise<void> {
    underWay += 1;
    try {
      for (let attempt = 0; attempt < switches.webhookAttempts; attempt++) {
        if (attempt > 0) await sleep(switches.webhookBackoff_ms * 2 ** (attempt - 1));
        counts.sent += 1;
        const answer = await post(parcel);
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

  async function post({ url, body, headers }: Parcel): Promise<Answer> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
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

  /** Sends it now, unless a fault has it come late or after the next one; lets go of those that waited for this one. */
  function dispatch({ id }: Webhook, parcel: Parcel): void {
    const waiting = heldBack.get(id) ?? [];
    heldBack.delete(id);
    const send = () => run('webhook', () => deliver(parcel));
    const late = faults.strike('late', 'webhook', parcel.body);
    const reorder = faults.strike('reorder', 'webhook', parcel.body);
    if (reorder) {
      let isSent = false;
      const sendOnce = () => {
        if (!isSent) send();
        isSent = true;
      };
      heldBack.set(id, [sendOnce]);
      run('webhook', async () => {
        await sleep(reorder.ms);
        sendOnce();
      });
    } else if (late) {
      run('webhook', async () => {
        await sleep(late.ms);
        await deliver(parcel);
      });
    } else send();
    for (const release of waiting) release();
  }

  /** Sends the message to whoever wants its event, and with it what the faults make of it. */
  function tell(event: Event, { body, signed }: Message, forge: Readonly<Record<Forgery, () => Message>>): void {
    for (const webhook of webhooks.filter((one) => one.event === event)) {
      const url = webhook.callback_url;
      for (const name of FORGERIES) {
        if (!faults.strike(name, 'webhook', body)) continue;
        const forged = forge[name]();
        counts.forged += 1;
        run('webhook', () => deliver({ url, body: forged.body, headers: keys.forge(forged.signed) }));
      }
      if (underWay >= MOST_DELIVERIES || faults.strike('drop', 'webhook', body)) {
        counts.dropped += 1;
        continue;
      }
      const times = faults.strike('duplicate', 'webhook', body) ? 2 : 1;
      for (let i = 0; i < times; i++) dispatch(webhook, { url, body, headers: keys.sign(signed) });
    }
  }

  const routes = new Hono<HttpEnv>()
    .post(PATH, (c) => {
      const webhook = create(readBody(schema, c.get('body')));
      c.header('location', `${PATH}/${webhook.id}`);
      return c.json({ message: 'Webhook successfully created', webhooks: [webhook] }, switches.webhookCreatedStatus);
    })
    .get(PATH, (c) =>
      c.json(switches.webhooksListBody === 'webhooks' ? { webhooks } : { success: true, payload: webhooks }),
    )
    .delete(`${PATH}/:id`, (c) => {
      const webhook = webhooks.find(({ id }) => String(id) === c.req.param('id'));
      if (!webhook) throw notFound('The webhook');
      webhooks = webhooks.filter((other) => other !== webhook);
      return c.json({ message: 'Webhook successfully deleted' });
    });

  return {
    routes,
    counts: () => counts,
    /** Tells every subscriber of the status that the transaction has now. */
    notify: (transaction: Transaction): void =>
      tell('transaction', transactionMessage(transaction, switches), {
        forged_signature: () => transactionMessage({ ...transaction, status: 'COMPLETE' }, switches),
        forged_id: () => transactionMessage({ ...transaction, id: uuid(), status: 'COMPLETE' }, switches),
      }),
    /** Tells of a withdrawal or a deposit of Bitso. */
    notifyBitso(event: 'withdrawal' | 'funding', payload: object): void {
      const idKey = event === 'withdrawal' ? 'wid' : 'fid';
      tell(event, eventMessage(event, payload), {
        forged_signature: () => eventMessage(event, { ...payload, status: 'complete' }),
        forged_id: () => eventMessage(event, { ...payload, [idKey]: uuid().replaceAll('-', ''), status: 'complete' }),
      });
    },
  };
}

export type Webhooks = ReturnType<typeof openWebhooks>;
