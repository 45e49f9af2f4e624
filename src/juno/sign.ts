import { createHmac } from 'node:crypto';

export type SignParameters = Readonly<{
  apiSecret: string;
  nonce: string;
  method: string;
  /** Path with its query, exactly as sent. That the query counts is what all public clients do; the page does not spell it out. */
  path: string;
  /** The bytes that are sent; none for no body. */
  body: Uint8Array;
}>;

/** Lower-case hex of HMAC-SHA256 over nonce, method, path and body, without separators (J/create-signed-requests). */
export const sign = ({ apiSecret, nonce, method, path, body }: SignParameters): string =>
  createHmac('sha256', apiSecret).update(`${nonce}${method}${path}`).update(body).digest('hex');
