import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Context as HonoContext } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Context } from '../context.ts';

const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/**
 * Reads a list of addresses and networks, separated by commas, that webhooks may come from: `3.129.233.228,10.0.0.0/8`. Null for
 * an empty list, which is any. Throws an Error that names no entry but the first wrong one.
 */
export function readSources(text: string): BlockList | null {
  const entries = text.split(',').flatMap((entry) => entry.trim() || []);
  if (entries.length === 0) return null;
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (!isIP(address) || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)))
      throw new Error(`${entry} is neither an address nor a network`);
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/**
 * Who sent a request, or null if that is not known. Each of our own proxies appends the address that it was called from to
 * X-Forwarded-For; only as many of its last entries as there are proxies can be believed, all before is the sender's own word.
 */
export function sourceAddress(c: HonoContext, trustedHops: number): string | null {
  // The server's bindings; there are none under `app.request()`.
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  const forwarded = (c.req.header('x-forwarded-for') ?? '').split(',').map((entry) => entry.trim());
  const address = trustedHops === 0 ? incoming?.socket.remoteAddress : forwarded.at(-trustedHops);
  const plain = address?.replace(MAPPED, '') ?? '';
  return isIP(plain) ? plain : null;
}

/** Says once that a proxy stands before the reactor which no setting counts: all who come by it have its address, and share what one may ask. */
export function noticeProxy({ settings, log }: Pick<Context, 'settings' | 'log'>) {
  let isSilent = settings.junoWebhook.trustedHops > 0;
  return createMiddleware(async (c, next) => {
    if (!isSilent && c.req.header('x-forwarded-for') !== undefined) {
      isSilent = true;
      log.warn(
        { event: 'proxy_not_named' },
        'A request came with X-Forwarded-For, and JUNO_WEBHOOK_TRUSTED_HOPS is 0: the header is not read, and whoever comes by a proxy has the proxy’s address. All of them share what one address may ask without a key. If the proxy is ours, set it to how many of ours append to the header; if not, nothing is to be done.',
      );
    }
    await next();
  });
}

/** Whether the list admits the address; one that is not known is admitted only where any is. */
export function isAdmitted(sources: BlockList | null, address: string | null): boolean {
  if (!sources) return true;
  return address !== null && sources.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
