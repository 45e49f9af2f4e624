import type { JunoClient } from '../juno/client.ts';
import { listWebhooks } from '../juno/listWebhooks.ts';
import { type RegisterWebhookParameters, registerWebhook } from '../juno/registerWebhook.ts';
import type { Context } from './context.ts';

type Wanted = Readonly<{
  client: JunoClient;
  callbackUrl: string;
  event: NonNullable<RegisterWebhookParameters['event']>;
}>;

/**
 * Registers the webhooks that are not registered yet: Juno's transactions (J/webhooks), and Bitso's withdrawals and funding, each
 * an event of its own (P/managing-webhook-subscriptions). Answers whether all of them are. A webhook is only a hint: without it
 * everything still happens, later.
 */
export async function subscribe(ctx: Pick<Context, 'settings' | 'juno' | 'bitso' | 'log'>): Promise<boolean> {
  const { junoWebhookUrl, bitsoWebhookUrl } = ctx.settings;
  const wanted: Wanted[] = [];
  if (junoWebhookUrl) wanted.push({ client: ctx.juno, callbackUrl: junoWebhookUrl, event: 'TRANSACTION' });
  if (bitsoWebhookUrl && ctx.bitso)
    for (const event of ['withdrawal', 'funding'] as const)
      wanted.push({ client: ctx.bitso, callbackUrl: bitsoWebhookUrl, event });
  let areAll = true;
  for (const { client, callbackUrl, event } of wanted) {
    try {
      const { items } = await listWebhooks(client);
      const isThere = items.some(
        (item) => item.callbackUrl === callbackUrl && (item.event === null || item.event === event.toLowerCase()),
      );
      if (!isThere) await registerWebhook(client, { callbackUrl, event });
    } catch (error) {
      areAll = false;
      ctx.log.warn(
        { event: 'webhook_not_registered', of: event, err: error },
        'the webhook was not taken; it is asked for again in a minute, and the lists are read all the same',
      );
    }
  }
  return areAll;
}
