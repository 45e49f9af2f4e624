import { lookup as resolve } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Settings } from '../settings.ts';
import { isPublicAddress, whyNotOutside } from './outside.ts';

const TIMEOUT_MS = 15_000;

/** What its name leads to is checked where the connection is made, so that no second answer can be another. */
const onlyPublic: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '');
    const isAllPublic = found.length > 0 && found.every(({ address }) => isPublicAddress(address));
    if (!isAllPublic) return done(Object.assign(new Error('private'), { code: 'PRIVATE' }), '');
    const [first] = found;
    return options.all ? done(null, found) : done(null, first?.address ?? '', first?.family);
  });
};

/** One POST: no redirect is followed, nothing of the answer is read but its status. Answers why it failed, in words without an address; null where it was taken. */
export function sendWebhook(
  { junoEnv }: Pick<Settings, 'junoEnv'>,
  { url, headers, body }: Readonly<{ url: string; headers: Readonly<Record<string, string>>; body: string }>,
): Promise<string | null> {
  const wrong = whyNotOutside(url, { junoEnv });
  if (wrong !== null) return Promise.resolve(`the address ${wrong}`);
  return new Promise((done) => {
    const bytes = Buffer.from(body, 'utf8');
    const request = (url.startsWith('https:') ? https : http).request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': bytes.length },
      agent: false,
      ...(junoEnv !== 'sandbox' && { lookup: onlyPublic }),
    });
    const end = (why: string | null) => {
      clearTimeout(timer);
      request.destroy();
      done(why);
    };
    const timer = setTimeout(() => end('no answer in time'), TIMEOUT_MS);
    request.on('response', ({ statusCode = 0 }) =>
      end(statusCode >= 200 && statusCode < 300 ? null : `answered ${statusCode}`),
    );
    request.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'PRIVATE' ? 'its name leads to a private network' : 'no connection'),
    );
    request.end(bytes);
  });
}
