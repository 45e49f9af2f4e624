import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';

export type RegisterWebhookParameters = Readonly<{
  /** HTTPS. */
  callbackUrl: string;
}>;
export type RegisterWebhookReturnType = Readonly<{ raw: string }>;
export type RegisterWebhookErrorType = SendErrorType;

/** Asks to be told of every change of a transaction; TRANSACTION is the only event there is (J/webhooks). List first: doubles are refused. */
export async function registerWebhook(
  client: JunoClient,
  { callbackUrl }: RegisterWebhookParameters,
): Promise<RegisterWebhookReturnType> {
  const body = JSON.stringify({ callback_url: callbackUrl, events: ['TRANSACTION'] });
  // Nothing is read from the answer, but what is no JSON is not Juno's.
  const { raw } = await client.call({ kind: 'send', method: 'POST', route: '/v4/webhooks', body }, z.unknown());
  return { raw };
}
