/** Where webhooks may go: never to what only this network reaches. */
import { BlockList, isIP } from 'node:net';
import type { Settings } from '../settings.ts';

/** Special-purpose addresses (IANA, RFC 6890 and its registries): of this host, of private networks, of none. */
const INSIDE = new BlockList();
for (const [net, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
  ] as const),
  ...([
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ] as const),
])
  INSIDE.addSubnet(net, bits, 'ipv4');
/** Of IPv6 only what is routed to everybody, less what stands for an address of the above, or for documents. */
const ROUTED = new BlockList();
ROUTED.addSubnet('2000::', 3, 'ipv6');
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  INSIDE.addSubnet(net, bits, 'ipv6');

/** Whether anybody on the internet could have this address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !INSIDE.check(address, 'ipv4');
  return family === 6 && ROUTED.check(address, 'ipv6') && !INSIDE.check(address, 'ipv6');
}

/** Why an address is none that webhooks go to, in words; null where it may be. What its name leads to is asked at each delivery. */
export function whyNotOutside(text: string, { junoEnv }: Pick<Settings, 'junoEnv'>): string | null {
  const url = URL.parse(text);
  if (!url) return 'is not an address';
  if (url.username !== '' || url.password !== '') return 'must not carry a name or password';
  if (junoEnv === 'sandbox') return /^https?:$/.test(url.protocol) ? null : 'is neither http nor https';
  if (url.protocol !== 'https:') return 'is not https';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) return 'is an address of a private network';
  return null;
}
