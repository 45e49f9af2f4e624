import { createHmac } from 'node:crypto';

export type SignParameters = Readonly<{
  apiSecret: string;
  nonce: string;
  method: string;
  /** Path with its query, exactly as sent. */
  path: string;
  /** The bytes that are sent; none for no body. */
  body: Uint8Array;
  /** Whether the query counts: all public clients sign it, and the page does not spell it out. It does if left out. */
  signedPath?: SignedPath;
}>;

export type SignedPath = 'with_query' | 'without_query';

/** Lower-case hex of HMAC-SHA256 over nonce, method, path and body, without separators (J/create-signed-requests). */
export const sign = ({ apiSecret, nonce, method, path, body, signedPath = 'with_query' }: SignParameters): string => {
  const signed = signedPath === 'with_query' ? path : path.replace(/\?.*$/s, '');
  return createHmac('sha256', apiSecret).update(`${nonce}${method}${signed}`).update(body).digest('hex');
};
