import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Counts as Juno does, in both ways at once, at the moment that a request arrives. Times in milliseconds. */
export function countCalls({ limit, window_ms }: Readonly<{ limit: number; window_ms: number }>) {
  const times: number[] = [];
  let overSliding = 0;
  let overFixed = 0;
  let most = 0;
  let fixed = { window: Number.NaN, count: 0 };
  let first = 0;
  return {
    /** False if the call is one too many. */
    arrive: (at_ms: number): boolean => {
      times.push(at_ms);
      while ((times[first] ?? at_ms) <= at_ms - window_ms) first++;
      const sliding = times.length - first;
      const window = Math.floor(at_ms / window_ms);
      fixed = window === fixed.window ? { window, count: fixed.count + 1 } : { window, count: 1 };
      most = Math.max(most, sliding);
      if (sliding > limit) overSliding++;
      if (fixed.count > limit) overFixed++;
      return sliding <= limit && fixed.count <= limit;
    },
    /** Calls a window from the first to the last. */
    pace: () => ((times.length - 1) * window_ms) / ((times.at(-1) ?? 0) - (times[0] ?? 0)),
    read: () => ({ calls: times.length, most, overSliding, overFixed }),
  };
}

/**
 * A real HTTP server that answers 429 to what is over the limit, and what `answer` says to the rest: late, so that calls are
 * bunched, or with any status.
 */
export async function startCountingJuno(
  options: Readonly<{ limit: number; window_ms: number }>,
  answer: () => { status: number; delay_ms: number } = () => ({ status: 200, delay_ms: 0 }),
) {
  const counter = countCalls(options);
  const byKind = { look: 0, payout: 0, withdrawal: 0, registration: 0 };
  let throttled = 0;
  const server = createServer((request, response) => {
    const isFine = counter.arrive(performance.now());
    const { method = '', url = '' } = request;
    const kind =
      method === 'GET'
        ? 'look'
        : url.endsWith('redemptions')
          ? 'payout'
          : url.endsWith('withdrawals')
            ? 'withdrawal'
            : 'registration';
    byKind[kind] += 1;
    if (!isFine) throttled += 1;
    const { status, delay_ms } = answer();
    request.resume().on('end', () =>
      setTimeout(() => {
        response.writeHead(isFine ? status : 429, { 'content-type': 'application/json' }).end('{"success":true}');
      }, delay_ms),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pace: counter.pace,
    read: () => ({ ...counter.read(), throttled, byKind: { ...byKind } }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
