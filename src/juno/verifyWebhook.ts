import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { WebhookKey } from './listWebhookKeys.ts';
import { compactJson, cutMember } from './scan.ts';

/** The headers that carry a signature, in the lower case of Node (P/webhook-event-signatures). */
export const WEBHOOK_SIGNATURE_HEADER = 'x-bitso-webhook-event-signature';
export const WEBHOOK_KEY_ID_HEADER = 'x-bitso-key-id';

export type VerifyWebhookParameters = Readonly<{
  /** The bytes as they came. */
  body: Uint8Array;
  /** Of `WEBHOOK_SIGNATURE_HEADER`: Base64. */
  signature: string | null | undefined;
  /** Of `WEBHOOK_KEY_ID_HEADER`. */
  keyId: string | null | undefined;
  /** From `listWebhookKeys`. */
  keys: readonly WebhookKey[];
}>;
/**
 * `unsigned` has no signature. `unknown_key` names none of the keys, or one that is no RSA key: fetch them again, then say
 * invalid. `invalid` was changed on its way, was signed by somebody else, or has no payload.
 */
export type VerifyWebhookReturnType = 'valid' | 'invalid' | 'unsigned' | 'unknown_key';
/** It answers for whatever it is given. */
export type VerifyWebhookErrorType = never;

const MOST_BYTES = 256 * 1024;
const SIGNATURE = /^[A-Za-z0-9+/]{100,2000}={0,2}$/;

/**
 * Checks a webhook's signature as Bitso documents it: RSA PKCS#1 v1.5 with SHA-256 over the compact JSON of the `payload` object
 * alone (P/webhook-event-signatures). The bytes are cut out of the body, so that key order, digits and escapes are those that
 * were signed; where the body was not compact, the white space between its tokens is left out and nothing else. Pure.
 *
 * @example
 * const verdict = verifyWebhook({ body, signature: headers[WEBHOOK_SIGNATURE_HEADER], keyId: headers[WEBHOOK_KEY_ID_HEADER], keys });
 */
export function verifyWebhook({ body, signature, keyId, keys }: VerifyWebhookParameters): VerifyWebhookReturnType {
  if (!signature) return 'unsigned';
  const named = keys.filter((key) => key.keyId === keyId).flatMap(({ publicKey }) => readKey(publicKey) ?? []);
  if (named.length === 0) return 'unknown_key';
  const payload = body.byteLength > MOST_BYTES ? null : cutMember(body, 'payload');
  if (payload === null || !SIGNATURE.test(signature)) return 'invalid';
  const bytes = Buffer.from(signature, 'base64');
  const signs = (text: string) =>
    named.some((key) =>
      verify('sha256', Buffer.from(text, 'utf8'), { key, padding: constants.RSA_PKCS1_PADDING }, bytes),
    );
  return signs(payload) || signs(compactJson(payload)) ? 'valid' : 'invalid';
}

function readKey(publicKey: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'rsa' ? key : null;
  } catch {
    return null;
  }
}
