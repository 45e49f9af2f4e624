import { createHmac, timingSafeEqual } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError } from './errors.ts';
import { milliseconds, openNonces } from './nonces.ts';

const HEADER = /^Bitso ([^:\s]+):([^:\s]*):([^:\s]*)$/;

export type AuthParameters = Readonly<{ apiKey: string; apiSecret: string; context: SandboxContext }>;

/**
 * Checks `Authorization: Bitso key:nonce:signature`, the signature being the lowercase hex of HMAC-SHA256 over nonce, method,
 * path with query and body, byte for byte as they came (J/create-signed-requests). A nonce counts as used only once its
 * signature was good. Refuses with 401 and 0208 or 0201
 * (no credentials, or other ones), 0206 (nonce type), 0207 (nonce value) or 0215 (signature).
 */
export function authentication({ apiKey, apiSecret, context: { clock, switches } }: AuthParameters) {
  const nonces = openNonces(switches.nonceForm);

  return createMiddleware<HttpEnv>(async (c, next) => {
    const match = HEADER.exec(c.req.header('authorization') ?? '');
    const [, key = '', nonce = '', signature = ''] = match ?? [];
    if (!match) throw refused(switches.noCredentialsCode, 'Authentication is required');
    if (!sameText(key, apiKey)) throw refused('0201', 'Check your credentials');
    if (!/^\d+$/.test(nonce)) throw refused('0206', 'The nonce is not an integer');
    if (nonce.length > 19) throw refused('0207', 'The nonce has more than 19 digits');

    // The target as it stood on the wire: a parsed URL may have been normalised.
    const target = c.env.incoming.url ?? '';
    const path = switches.signedPath === 'with_query' ? target : target.replace(/\?.*$/s, '');
    const expected = createHmac('sha256', apiSecret)
      .update(nonce + c.req.method + path)
      .update(c.get('body'))
      .digest('hex');
    if (!sameText(signature, expected)) throw refused('0215', 'The signature is wrong');
    const skew_ms = Math.abs(milliseconds(nonce) - clock.now_ms());
    if (switches.nonceSkew_ms > 0 && skew_ms > switches.nonceSkew_ms)
      throw refused('0207', 'The nonce is too far from the server’s clock');
    if (!nonces.take(nonce)) throw refused('0207', 'The nonce was used already or is not greater than the last one');
    return next();
  });
}

const refused = (code: string, message: string) => new ApiError(401, code, message);

/** Compares in a time that depends on the length only. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
