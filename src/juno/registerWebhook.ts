import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';

export type RegisterWebhookParameters = Readonly<{
  /** HTTPS. */
  callbackUrl: string;
  /** TRANSACTION if left out, the only one of Juno (J/webhooks); the others are Bitso's (P/payload-withdrawal, P/payload-funding). */
  event?: 'TRANSACTION' | 'withdrawal' | 'funding';
}>;
export type RegisterWebhookReturnType = Readonly<{ raw: string }>;
export type RegisterWebhookErrorType = SendErrorType;

/** Asks to be told of every change of a transaction, or of a Bitso payout or deposit. List first: doubles are refused. */
export async function registerWebhook(
  client: JunoClient,
  { callbackUrl, event = 'TRANSACTION' }: RegisterWebhookParameters,
): Promise<RegisterWebhookReturnType> {
  const body = JSON.stringify({ callback_url: callbackUrl, events: [event] });
  // Nothing is read from the answer, but what is no JSON is not Juno's.
  const { raw } = await client.call({ kind: 'send', method: 'POST', route: '/v4/webhooks', body }, z.unknown());
  return { raw };
}
