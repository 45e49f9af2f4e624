import { expect, test } from 'vitest';
import { compareRecords, lacksNote } from '../../bench/frame/compare.ts';
import { latency, summarize } from '../../bench/frame/figures.ts';
import { mergeRecord, type Record, recordOf } from '../../bench/frame/record.ts';

const measured = (figures: { [name: string]: number }, notes: { [figure: string]: string } = {}): Record => ({
  ...recordOf([], new Date(0)),
  notes,
  results: [
    {
      ...{
        bench: 'lives',
        at: new Date(0).toISOString(),
        options: {},
        rounds: 1,
        wall: '',
        took_s: 1,
        load: { before: 0, after: 0, cores: 2 },
      },
      figures: summarize([figures]),
    },
  ],
});
const worse = (before: Record, after: Record) => compareRecords(before, after).filter(({ isWorse }) => isWorse);

test('a figure is worse by more than a fifth in the way that its unit says, and not before', () => {
  const before = measured({ lives_per_s: 10, 'event_ms.p50': 100, 'event_ms.most': 100, 'event_ms.n': 100 });
  const after = (lives_per_s: number, p50: number) =>
    measured({ lives_per_s, 'event_ms.p50': p50, 'event_ms.most': 900, 'event_ms.n': 900 });
  expect(worse(before, after(8.4, 119))).toEqual([]);
  expect(worse(before, after(20, 10))).toEqual([]);
  expect(worse(before, after(8, 121)).map(({ figure }) => figure)).toEqual(['lives.event_ms.p50', 'lives.lives_per_s']);
});

test('what is worse needs a note of its own', () => {
  const before = measured({ lives_per_s: 10 });
  const lacking = (notes: { [figure: string]: string }) =>
    compareRecords(before, measured({ lives_per_s: 5 }, notes)).filter(lacksNote);
  expect(lacking({ 'lives.steps_per_s': 'another' })).toHaveLength(1);
  expect(lacking({ 'lives.lives_per_s': 'each step has a check more' })).toEqual([]);
});

test('what is measured alone takes the place of itself in a record, and leaves the rest and the notes', () => {
  const before = measured({ lives_per_s: 1 }, { 'lives.lives_per_s': 'why' });
  const [lives] = before.results;
  if (!lives) throw new Error('nothing was measured');
  const both = { ...before, results: [lives, { ...lives, bench: 'rate' }] };
  const merged = mergeRecord(both, measured({ lives_per_s: 2 }));
  expect(merged.results.map(({ bench, figures }) => [bench, figures['lives_per_s']?.median])).toEqual([
    ['rate', 1],
    ['lives', 2],
  ]);
  expect(merged.notes).toEqual(both.notes);
  expect(mergeRecord(null, both)).toMatchObject({ results: both.results });
});

test('rounds give the median and the range, and a latency of nothing is none', () => {
  const rounds = [3, 1, 2].map((p50) => ({ ack_ms: { p50 } }));
  expect(summarize(rounds)).toEqual({ 'ack_ms.p50': { median: 2, least: 1, most: 3 } });
  expect(summarize([{ a: 1 }, { a: 2 }])).toEqual({ a: { median: 1.5, least: 1, most: 2 } });
  expect(latency(Array.from({ length: 10 }, (_, i) => 10 - i))).toMatchObject({ p50: 5, p99: 10, most: 10, n: 10 });
  expect(() => latency([])).toThrow('nothing was measured');
});
