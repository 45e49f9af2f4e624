/** What may be asked before it is known who asks: of one address, and of all of them together. */
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Context as HonoContext } from 'hono';
import type { Context } from '../context.ts';
import { Refusal } from '../people/refusal.ts';
import { createBuckets, wholeSeconds } from './buckets.ts';
import { sourceAddress } from './webhook-source.ts';

/** So many that proved to be known are remembered, those that came last; and so long. */
const MOST_KNOWN = 10_000;
const KNOWN_MS = 3_600_000;
const ALL = 'all';

export type StrangersParameters = Readonly<{
  /** In a minute: of one address, and of all. */
  most: Readonly<{ ofOne: number; ofAll: number }>;
  /** How many proxies of ours append to X-Forwarded-For; without any it is not read. */
  trustedHops: number;
  monotonic: () => number;
}>;

/** How long to wait where it is too much; else what to say once it is known who asks. */
export type Entered = Readonly<{ wait_ms: number; isKnown: () => void; isUnknown: () => void }>;
export type Strangers = Readonly<{
  /** One more request, of somebody who shows `credential`, if anything. What proves to be known costs nothing, and for an hour after each time is let in first. */
  enter: (c: HonoContext, credential?: string) => Entered;
  /** What was made for somebody who is known is known from its beginning. */
  remember: (credential: string) => void;
}>;

export function createStrangers({ most, trustedHops, monotonic }: StrangersParameters): Strangers {
  const ofOne = createBuckets(most.ofOne, monotonic);
  const ofAll = createBuckets(most.ofAll, monotonic);
  /** When each was known last, by its digest. Whether it still is, is asked each time: this only decides who is heard. */
  const known = new Map<string, number>();

  const digestOf = (credential: string) => createHash('sha256').update(credential).digest('base64');
  /** Each success begins the hour anew, so that nobody who is at work is forgotten. */
  function remember(digest: string): void {
    known.delete(digest);
    known.set(digest, monotonic());
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  }

  return {
    enter: (c, credential) => {
      const digest = credential === undefined ? null : digestOf(credential);
      const isUnknown = () => {
        if (digest !== null) known.delete(digest);
      };
      const knownAt = digest === null ? undefined : known.get(digest);
      if (digest !== null && knownAt !== undefined && monotonic() - knownAt < KNOWN_MS)
        return { wait_ms: 0, isKnown: () => remember(digest), isUnknown };
      const from = networkOf(sourceAddress(c, trustedHops));
      const wait_ms = ofOne.take(from);
      if (wait_ms > 0) return { wait_ms, isKnown: () => undefined, isUnknown };
      const waitOfAll_ms = ofAll.take(ALL);
      if (waitOfAll_ms > 0) ofOne.giveBack(from);
      const isKnown = () => {
        ofOne.giveBack(from);
        ofAll.giveBack(ALL);
        if (digest !== null) remember(digest);
      };
      return { wait_ms: waitOfAll_ms, isKnown, isUnknown };
    },
    remember: (credential) => remember(digestOf(credential)),
  };
}

/** Those without a key at the doors of people and programs. */
export const openStrangers = ({ settings, monotonic }: Pick<Context, 'settings' | 'monotonic'>): Strangers =>
  createStrangers({
    most: { ofOne: settings.strangerRatePerMinute, ofAll: settings.strangersRatePerMinute },
    trustedHops: settings.junoWebhook.trustedHops,
    monotonic,
  });

/** Lets them in. Throws a Refusal `too_many_strangers`. */
export function admit(strangers: Strangers, c: HonoContext, credential?: string): Entered {
  const entered = strangers.enter(c, credential);
  if (entered.wait_ms > 0) throw tooManyStrangers(wholeSeconds(entered.wait_ms));
  return entered;
}

const tooManyStrangers = (retryAfter_s: number): Refusal =>
  new Refusal({
    code: 'too_many_strangers',
    status: 429,
    title: 'Too much is asked without a key that is known',
    detail: `Before it is known who asks, one address may ask so much in a minute, and all together so much (STRANGER_RATE_PER_MINUTE, STRANGERS_RATE_PER_MINUTE). Nothing was read or done. Make this request again after ${retryAfter_s} s; a key that was known within the hour is let in meanwhile.`,
    retryAfter_s,
  });

/** Whoever has one address of IPv6 has all of its network of 64 bits. An address that is not known is one for all such. */
export function networkOf(address: string | null): string {
  if (address === null) return 'unknown';
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const after = tail === undefined ? [] : tail.split(':').filter((group) => group !== '');
  // An IPv4 address at its end is two groups.
  const length = groups.length + after.length + (after.at(-1)?.includes('.') ? 1 : 0);
  const whole = tail === undefined ? groups : [...groups, ...Array<string>(8 - length).fill('0'), ...after];
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
