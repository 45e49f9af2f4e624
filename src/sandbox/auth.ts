import { createHmac, timingSafeEqual } from 'node:crypto';
import { Refusal } from './errors.ts';

/** Far more than one account may send in an hour; the oldest is forgotten first. */
const REMEMBERED_NONCES = 1_000_000;

export type SignedRequest = Readonly<{
  authorization: string | undefined;
  method: string;
  /** As it stood in the request line, or without its query, as the switch says. */
  path: string;
  /** The exact bytes of the body as text; empty for none. */
  body: string;
}>;

/**
 * Checks `Authorization: Bitso <key>:<nonce>:<signature>` with signature = lower hex of HMAC-SHA256 over nonce + method +
 * path + body (juno/docs/create-signed-requests). Nonces of 13 digits have to rise; those of 14 to 19 have to be new, in
 * any order (bitso-api/docs/nonce-v2-rollout). Throws 0201, 0206, 0207 or 0215. A nonce is spent only by a good signature.
 */
export function createAuth(credentials: { key: string; secret: string }): (request: SignedRequest) => void {
  const seen = new Set<string>();
  let last = 0n;

  const spend = (nonce: string): void => {
    if (nonce.length === 13) {
      if (BigInt(nonce) <= last) throw new Refusal(401, '0207', 'Invalid nonce value: it has to increase');
      last = BigInt(nonce);
      return;
    }
    if (seen.has(nonce)) throw new Refusal(401, '0207', 'Invalid nonce value: it was used before');
    seen.add(nonce);
    if (seen.size > REMEMBERED_NONCES) for (const oldest of seen.values().take(1)) seen.delete(oldest);
  };

  return ({ authorization, method, path, body }) => {
    const parts = /^Bitso ([^:]*):([^:]*):([^:]*)$/.exec(authorization ?? '');
    const [, key = '', nonce = '', signature = ''] = parts ?? [];
    if (key !== credentials.key) throw new Refusal(401, '0201', 'Check your credentials');
    if (!/^\d+$/.test(nonce)) throw new Refusal(401, '0206', 'Invalid nonce type');
    if (nonce.length < 13 || nonce.length > 19) throw new Refusal(401, '0207', 'Invalid nonce value');
    const expected = createHmac('sha256', credentials.secret)
      .update(nonce + method + path + body)
      .digest('hex');
    if (!sameText(signature, expected)) throw new Refusal(401, '0215', 'Invalid signature');
    spend(nonce);
  };
}

/** Compares secrets in a time that tells nothing of where they differ. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
