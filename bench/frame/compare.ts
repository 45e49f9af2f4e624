import type { Record } from './record.ts';

/** A figure that worsens by more than this against the last recorded run needs a note. */
const BOUND = 1.2;

export type Row = Readonly<{
  /** `bench.figure`, by which a note names it. */
  figure: string;
  before: number | null;
  after: number | null;
  /** After by before; null where one of them is missing or nothing. */
  ratio: number | null;
  isWorse: boolean;
  note: string | null;
}>;

/** Which way a figure is better, by the unit in its name; `none` for counts, and for the one worst value of many, which is chance. */
export function betterWhen(figure: string): 'more' | 'less' | 'none' {
  const last = figure.split('.').at(-1) ?? '';
  if (last === 'n' || last === 'most') return 'none';
  if (/_per_s|_per_minute|ratio/.test(figure)) return 'more';
  return /_(ms|s|mb)\b|\.each\./.test(figure) ? 'less' : 'none';
}

/** Each figure of two records, by its median. A figure that is in one of them alone is no comparison. */
export function compareRecords(before: Record, after: Record): Row[] {
  const [old, now] = [mediansOf(before), mediansOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().map((figure) => {
    const [was, is] = [old.get(figure) ?? null, now.get(figure) ?? null];
    const ratio = was && is !== null ? is / was : null;
    const better = betterWhen(figure);
    const isWorse = ratio !== null && (better === 'less' ? ratio > BOUND : better === 'more' && ratio < 1 / BOUND);
    return { figure, before: was, after: is, ratio, isWorse, note: after.notes[figure] ?? null };
  });
}

export const lacksNote = ({ isWorse, note }: Row): boolean => isWorse && note === null;

const mediansOf = ({ results }: Record): Map<string, number> =>
  new Map(
    results.flatMap(({ bench, figures }) =>
      Object.entries(figures).map(([name, { median }]) => [`${bench}.${name}`, median] as const),
    ),
  );
