import type { Result } from './record.ts';

type Latency = Readonly<{ p50: number; p99: number }>;

/** What `npm run bench -- --json` prints last: medians. A figure that was not measured is null. */
export function fieldsOf(results: readonly Result[], failed: readonly string[]) {
  const median = (bench: string, figure: string): number | null =>
    results.find((result) => result.bench === bench)?.figures[figure]?.median ?? null;
  const latency = (bench: string, figure: string): Latency | null => {
    const [p50, p99] = [median(bench, `${figure}.p50`), median(bench, `${figure}.p99`)];
    return p50 === null || p99 === null ? null : { p50, p99 };
  };
  const counts = Object.keys(results.find(({ bench }) => bench === 'open-escrows')?.figures ?? {}).flatMap(
    (figure) => /^(\d+)\.event_to_intent_ms\.p50$/.exec(figure)?.[1] ?? [],
  );
  return {
    event_to_intent_ms: latency('event-to-intent', 'websocket.event_to_intent_ms'),
    webhook_ack_ms: latency('webhook-ack', 'webhook_ack_ms'),
    due_to_broadcast_ms: latency('due-to-broadcast', 'due_to_broadcast_ms'),
    lives_per_s: median('lives', 'lives_per_s'),
    world_lives_per_s: median('world-lives', 'world_lives_per_s'),
    steps_per_s: median('lives', 'steps_per_s'),
    releases_per_s: median('releases', 'releases_per_s'),
    cron_ratio: median('cron-ratio', 'cron_ratio'),
    open_escrows: counts.map((count) => ({
      count: Number(count),
      event_to_intent_ms: latency('open-escrows', `${count}.event_to_intent_ms`),
    })),
    rss_mb: median('memory', 'rss_mb.both'),
    benches: Object.fromEntries(
      results.map(({ bench, figures, wall, load }) => [
        bench,
        { ...Object.fromEntries(Object.entries(figures).map(([name, { median: of }]) => [name, of])), wall, load },
      ]),
    ),
    failed,
  };
}
