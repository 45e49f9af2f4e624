import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';

export type DeleteWebhookParameters = Readonly<{ id: string }>;
export type DeleteWebhookReturnType = Readonly<{ raw: string }>;
export type DeleteWebhookErrorType = SendErrorType;

/** Ends a subscription (P/managing-webhook-subscriptions: delete exists; its answer is not shown). A repeat does no harm. */
export async function deleteWebhook(
  client: JunoClient,
  { id }: DeleteWebhookParameters,
): Promise<DeleteWebhookReturnType> {
  const route = '/v4/webhooks/:id';
  const path = route.replace(':id', () => encodeURIComponent(id));
  const { raw } = await client.call({ kind: 'send', method: 'DELETE', route, path, mayBeEmpty: true }, z.unknown());
  return { raw };
}
