import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { textual } from './json.ts';

export type ListWebhookKeysParameters = Readonly<{
  /** Where the keys are, without a query: no page names it, so it is a setting. */
  path: string;
}>;
export type ListWebhookKeysReturnType = Readonly<{ items: WebhookKey[]; raw: string }>;
export type ListWebhookKeysErrorType = LookErrorType;

/** A public key that webhooks are signed with. */
export type WebhookKey = Readonly<{
  keyId: string;
  /** Base64 of DER SPKI. */
  publicKey: string;
}>;

const KEYS = z.array(
  z
    .object({ key_id: textual, public_key: textual })
    .transform(({ key_id, public_key }): WebhookKey => ({ keyId: key_id, publicKey: public_key })),
);
const SCHEMA = z.union([KEYS, z.object({ payload: KEYS }).transform(({ payload }) => payload)]);

/**
 * The public keys of webhook signatures, from the one endpoint that asks for no signature of ours: an array, bare or in the
 * usual envelope (P/webhook-event-signatures). Keep them, and ask again only for a key id that is unknown.
 */
export async function listWebhookKeys(
  client: JunoClient,
  { path: route }: ListWebhookKeysParameters,
): Promise<ListWebhookKeysReturnType> {
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route, isPublic: true }, SCHEMA);
  return { items: value, raw };
}
