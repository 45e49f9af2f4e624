import { Hono, type Context as HonoContext } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { verifyWebhook, WEBHOOK_KEY_ID_HEADER, WEBHOOK_SIGNATURE_HEADER } from '../../juno/verifyWebhook.ts';
import { readWebhook } from '../../juno/webhook.ts';
import type { Context } from '../context.ts';
import { wholeSeconds } from './buckets.ts';
import { refuse } from './problem.ts';
import { MAX_BODY_BYTES } from './request.ts';
import { ring } from './ring.ts';
import { createStrangers } from './strangers.ts';
import { isAdmitted, sourceAddress } from './webhook-source.ts';
import { type ReceivedWebhook, type Stored, storeWebhook } from './webhook-store.ts';
import { createWebhookTally } from './webhook-tally.ts';

const RING_WHEN_FULL_MS = 1_000;
const PACE_MS = 1_000;
const RETRY_AFTER_S = '60';
/** All addresses together may send as much as so many. */
const ADDRESSES = 2;
const KEPT_HEADERS = ['content-type', 'user-agent', WEBHOOK_KEY_ID_HEADER, WEBHOOK_SIGNATURE_HEADER];
const MOST_HEADER = 1_000;

type Source = 'juno' | 'bitso';

/**
 * POST /juno and /bitso keep the bytes as they came and answer, without asking anything outside. What they say is only a hint to
 * look: the truth is read from Juno itself, so a forged one costs a look and nothing else. A status of 4xx is final for the
 * sender, 5xx is sent again (P/webhooks-overview): an unknown key, which may only be new, is answered 503.
 */
export function webhookRoutes(ctx: Context): Hono {
  const { keys, sources, trustedHops, mostUnverifiedPerHour, ratePerMinute } = ctx.settings.junoWebhook;
  const senders = createStrangers({
    most: { ofOne: ratePerMinute, ofAll: ADDRESSES * ratePerMinute },
    ...{ trustedHops, monotonic: ctx.monotonic },
  });
  const tally = createWebhookTally(ctx.db, ctx.log);
  /** Until then it is known that no more unverified ones are kept, and nothing is asked of the database. */
  let fullUntil_ms = Number.NEGATIVE_INFINITY;

  const look = () => void ring(ctx, { lane: 'intake', id: 'juno' });
  let quietUntil_ms = Number.NEGATIVE_INFINITY;
  /** At most once a second, and once more when the second is over: nobody can ring more by telling the same again. */
  function lookAtPace(): void {
    const now_ms = ctx.monotonic();
    if (now_ms < quietUntil_ms) {
      const at = new Date(ctx.now().getTime() + quietUntil_ms - now_ms);
      void ring(ctx, { lane: 'intake', id: 'juno', at });
      return;
    }
    quietUntil_ms = now_ms + PACE_MS;
    look();
  }

  async function keep(webhook: ReceivedWebhook): Promise<Stored | 'still_full'> {
    if (webhook.signature !== 'valid' && ctx.monotonic() < fullUntil_ms) return 'still_full';
    const stored = await storeWebhook(ctx.db, webhook, mostUnverifiedPerHour);
    if (stored === 'full') fullUntil_ms = ctx.monotonic() + RING_WHEN_FULL_MS;
    return stored;
  }

  async function receive(c: HonoContext, source: Source): Promise<Response> {
    const [signed, keyId] = [c.req.header(WEBHOOK_SIGNATURE_HEADER), c.req.header(WEBHOOK_KEY_ID_HEADER)];
    const verdict = (bytes: Uint8Array) =>
      keys.length === 0 ? 'unchecked' : verifyWebhook({ body: bytes, signature: signed, keyId, keys });
    // Whoever signs is heard however often they speak. What does not even claim to be signed by a key of ours is counted before it is read.
    const claimed = signed && keys.some((key) => key.keyId === keyId) ? await bytesOf(c) : null;
    const early = claimed && verdict(claimed);
    if (early !== 'valid') {
      const { wait_ms } = senders.enter(c);
      if (wait_ms > 0) {
        tally.add(source, 'over_rate');
        return tooMany(wholeSeconds(wait_ms));
      }
    }
    const body = claimed ?? (await bytesOf(c));
    const signature = early ?? verdict(body);
    const hint = readWebhook(body);
    const kept = await keep({
      source,
      sourceAddress: sourceAddress(c, trustedHops),
      body,
      headers: headersOf(c),
      signature,
      hint,
    });
    if (kept === 'full' || kept === 'still_full') tally.add(source, 'over_cap');
    if (signature !== 'valid' && signature !== 'unchecked') {
      tally.add(source, signature);
      return REFUSED[signature]();
    }
    if (kept === 'duplicate' || kept === 'again') tally.add(source, 'duplicate');
    else if (hint.kind === 'unreadable' && kept === 'new') tally.add(source, 'unreadable');
    if (kept === 'new' || kept === 'full') look();
    // Without keys the one before may have been forged, to silence this one.
    else if (kept === 'again' && signature === 'unchecked') lookAtPace();
    return c.json({ received: true });
  }

  const app = new Hono();
  for (const source of ['juno', 'bitso'] as const) {
    app.post(
      `/${source}`,
      async (c, next) => {
        if (isAdmitted(sources, sourceAddress(c, trustedHops))) return next();
        tally.add(source, 'wrong_source');
        return wrongSource();
      },
      bodyLimit({
        maxSize: MAX_BODY_BYTES,
        onError: () => {
          tally.add(source, 'too_large');
          return tooLarge();
        },
      }),
      (c) => receive(c, source),
    );
  }
  return app;
}

const bytesOf = async (c: HonoContext) => new Uint8Array(await c.req.arrayBuffer());

/** What says what it is; a header is the sender's own word, so it is cut. */
function headersOf(c: HonoContext): Record<string, string> {
  const pairs = KEPT_HEADERS.map((name) => [name, c.req.header(name)?.slice(0, MOST_HEADER)] as const);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

const REFUSED = {
  unsigned: () =>
    refuse({
      code: 'webhook_unsigned',
      status: 401,
      title: 'The webhook is not signed',
      detail: 'Webhooks are signed here. It was kept and has no effect.',
    }),
  invalid: () =>
    refuse({
      code: 'webhook_signature_invalid',
      status: 403,
      title: 'The signature is wrong',
      detail: 'The payload is not what its key signed. It was kept and has no effect.',
    }),
  unknown_key: () => {
    const response = refuse({
      code: 'webhook_key_unknown',
      status: 503,
      title: 'The key is not known here yet',
      detail: 'It was kept and has no effect. Send it again later: the key may be added meanwhile.',
    });
    response.headers.set('retry-after', RETRY_AFTER_S);
    return response;
  },
};

const wrongSource = () =>
  refuse({
    code: 'webhook_source',
    status: 403,
    title: 'Webhooks are not taken from this address',
    detail: 'Nothing was read or kept.',
  });

/** To the sender a status of 4xx would be final, and the webhook lost. */
const tooMany = (retryAfter_s: number) =>
  refuse({
    code: 'webhook_rate',
    status: 503,
    title: 'Too many webhooks come from there',
    detail: `Nothing was read or kept. Send it again after ${retryAfter_s} s; what it tells of is looked for meanwhile.`,
    retryAfter_s,
  });

function tooLarge(): Response {
  const response = refuse({
    code: 'body_too_large',
    status: 413,
    title: 'The body is too large',
    detail: 'A body has at most 64 KiB. Nothing was kept.',
  });
  // What else is on its way is not wanted.
  response.headers.set('connection', 'close');
  return response;
}
