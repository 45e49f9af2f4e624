/** What a benchmark measured in one round; figures that belong together are under one name. */
export type Figures = Readonly<{ [name: string]: number | Figures }>;

/** Of several rounds. */
export type Spread = Readonly<{ median: number; least: number; most: number }>;
export type Summary = Readonly<Record<string, Spread>>;

/** Each figure under the path of its names, as `event_to_intent_ms.p50`. */
export function flatten(figures: Figures, before = ''): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === 'number') flat[before + name] = value;
    else Object.assign(flat, flatten(value, `${before}${name}.`));
  }
  return flat;
}

/** The median and the range of each figure; a figure that a round does not have counts in the others alone. */
export function summarize(rounds: readonly Figures[]): Summary {
  const flat = rounds.map((round) => flatten(round));
  const names = [...new Set(flat.flatMap((round) => Object.keys(round)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = flat.flatMap((round) => (round[name] === undefined ? [] : [round[name]])).sort((a, b) => a - b);
      return [name, { median: medianOf(values), least: values[0] ?? 0, most: values.at(-1) ?? 0 }];
    }),
  );
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const [low = 0, high = low] = Number.isInteger(middle)
    ? [sorted[middle - 1], sorted[middle]]
    : [sorted[Math.floor(middle)]];
  return rounded((low + high) / 2);
}

/** Three digits that mean something; whole numbers stay whole. */
export const rounded = (value: number): number =>
  Number.isInteger(value) || Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3));

/** Nearest rank. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return rounded(sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN);
}

/** How long something took, of many times that it was done. Throws where it never was: a figure of nothing is none. */
export function latency(values_ms: readonly number[]): Readonly<{ p50: number; p99: number; most: number; n: number }> {
  if (values_ms.length === 0) throw new Error('nothing was measured');
  return {
    ...{ p50: quantile(values_ms, 0.5), p99: quantile(values_ms, 0.99), most: quantile(values_ms, 1) },
    n: values_ms.length,
  };
}
