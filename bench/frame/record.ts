import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { z } from 'zod';

const SPREAD = z.object({ median: z.number(), least: z.number(), most: z.number() });
/** The last line of a benchmark, and one of a record. */
export const RESULT = z.object({
  bench: z.string(),
  at: z.iso.datetime(),
  options: z.record(z.string(), z.string()),
  rounds: z.number(),
  figures: z.record(z.string(), SPREAD),
  wall: z.string(),
  load: z.object({ before: z.number(), after: z.number(), cores: z.number() }),
  took_s: z.number(),
});
export type Result = z.infer<typeof RESULT>;

const RECORD = z.object({
  at: z.iso.datetime(),
  machine: z.string(),
  results: z.array(RESULT),
  /** Why a figure is worse than in the record before, by `bench.figure`. */
  notes: z.record(z.string(), z.string()),
});
export type Record = z.infer<typeof RECORD>;

/** What was measured here and now. */
export function recordOf(results: readonly Result[], now: Date): Record {
  const [processor] = cpus();
  const machine = `${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.versions.node}`;
  return { at: now.toISOString(), machine, results: [...results], notes: {} };
}

/** What was measured now, and of the record before it what was not measured again. */
export function mergeRecord(before: Record | null, now: Record): Record {
  const isAnew = ({ bench }: Result) => now.results.some((one) => one.bench === bench);
  const kept = before?.results.filter((one) => !isAnew(one)) ?? [];
  return { ...now, results: [...kept, ...now.results], notes: before?.notes ?? {} };
}

export const readRecord = async (file: string): Promise<Record> =>
  RECORD.parse(JSON.parse(await readFile(file, 'utf8')));
