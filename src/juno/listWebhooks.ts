import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { type JunoSubscription, subscriptionsSchema } from './subscription.ts';

/** None: it takes the client alone. */
export type ListWebhooksParameters = Readonly<Record<string, never>>;
export type ListWebhooksReturnType = Readonly<{ items: JunoSubscription[]; raw: string }>;
export type ListWebhooksErrorType = LookErrorType;

/** The registered webhooks. */
export async function listWebhooks(client: JunoClient): Promise<ListWebhooksReturnType> {
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route: '/v4/webhooks' }, subscriptionsSchema);
  return { items: value, raw };
}
