import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { WebhookKey } from '../../juno/listWebhookKeys.ts';

const KEYS = z.record(z.string().min(1).max(200), z.string().min(1).max(4_000));

/**
 * Reads the public keys of webhooks from JSON, or from the file that the text names: an object of key id and Base64 DER SPKI
 * (P/webhook-event-signatures). Several may be there, for rotation. Throws an Error that says which key is wrong.
 */
export function readWebhookKeys(text: string): readonly WebhookKey[] {
  if (text.trim() === '') return [];
  const json: unknown = JSON.parse(text.trim().startsWith('{') ? text : readFileSync(text.trim(), 'utf8'));
  const keys = Object.entries(KEYS.parse(json)).map(([keyId, publicKey]) => ({ keyId, publicKey }));
  for (const { keyId, publicKey } of keys) if (!isRsaKey(publicKey)) throw new Error(`the key ${keyId} is no RSA key`);
  return keys;
}

function isRsaKey(publicKey: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
