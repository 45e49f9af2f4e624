import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** One value with its labels; of a histogram also the name of its line, as `…_bucket`. */
export type Sample = Readonly<{
  labels: Readonly<Record<string, string | number>>;
  value: number;
  metricName?: string;
}>;

type Told = Readonly<{ name: string; help: string; type: 'gauge' | 'counter' | 'histogram' }>;
const CLASSES = { gauge: Gauge, counter: Counter, histogram: Histogram } as const;

/**
 * Registers a metric whose values somebody else knows: they are read at each scrape, and nothing of them is kept here. Where they cannot
 * be read the metric has no value, which is never taken for a zero.
 */
export function tell(registry: Registry, told: Told, read: () => Promise<readonly Sample[]>): void {
  const metric = new CLASSES[told.type]({ name: told.name, help: told.help, registers: [registry] });
  const shown = async () => ({ ...told, values: await read().catch(() => []), aggregator: 'first' });
  // What the library reads at a scrape; its own types know only metrics that keep their values themselves.
  Object.assign(metric, { get: shown, getForPromString: shown });
}
