import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Hono } from 'hono';
import type { HttpEnv, SandboxContext } from './context.ts';

const BITS = 2048;
export const KEYS_PATH = '/v4/webhooks/public-keys';

/**
 * The key that webhooks are signed with, made at start, and its public half for everybody (P/webhook-event-signatures): RSA
 * PKCS#1 v1.5 over SHA-256 of the compact JSON of the payload alone. The path of the list is not in the documents.
 */
export function openWebhookKeys({ switches, uuid }: SandboxContext) {
  const keyId = uuid();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: BITS });
  let strangerKey: KeyObject | undefined;

  const headers = (payload: string, key: KeyObject): Record<string, string> => ({
    'x-bitso-webhook-event-signature': sign('sha256', Buffer.from(payload), key).toString('base64'),
    'x-bitso-key-id': keyId,
  });

  return {
    routes: new Hono<HttpEnv>().get(KEYS_PATH, (c) => {
      const keys = [
        { key_id: keyId, public_key: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') },
      ];
      return c.json(switches.webhookKeysBody === 'bare' ? keys : { success: true, payload: keys });
    }),
    /** The headers for a payload, none where the switch says that Juno does not sign. */
    sign: (payload: string) => (switches.webhookSigned ? headers(payload, privateKey) : {}),
    /** The headers of somebody who claims this key and does not have it. */
    forge: (payload: string) => {
      strangerKey ??= generateKeyPairSync('rsa', { modulusLength: BITS }).privateKey;
      return headers(payload, strangerKey);
    },
  };
}

export type WebhookKeys = ReturnType<typeof openWebhookKeys>;
