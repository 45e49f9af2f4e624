import type { JunoClient } from './client.ts';
import type { SendErrorType } from './sent.ts';

export type RegisterWebhookParameters = Readonly<{ callbackUrl: string }>;
export type RegisterWebhookErrorType = SendErrorType;

/** Asks to be told of every change of a transaction; TRANSACTION is the only event there is (Juno, “Webhooks”). */
export async function registerWebhook(client: JunoClient, { callbackUrl }: RegisterWebhookParameters): Promise<void> {
  const body = JSON.stringify({ callback_url: callbackUrl, events: ['TRANSACTION'] });
  await client.request({ kind: 'send', method: 'POST', path: '/v4/webhooks', body });
}
