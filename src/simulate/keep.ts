/** What worlds came to, kept in a file as each ends: a run of hours that is interrupted goes on where it was. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import type { WorldResult } from './world.ts';

/** Where a world begins, and what it reads that is no module: the tables, the rules, the contracts. */
const WORLD = join(import.meta.dirname, 'thread.ts');
const READ = ['../reactor/db/migrations', '../../contracts/src'].map((folder) => join(import.meta.dirname, folder));
/** A module of this repository, as one names another. */
const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g;
const counts = z.record(z.string(), z.int());
const HEAD = z.strictObject({ code: z.string(), seed: z.int(), payments: z.int() });
const LINE = z.strictObject({
  world: z.int(),
  result: z.strictObject({
    paid_twice: z.int(),
    lost_centavos: z.int(),
    stuck: z.int(),
    needs_attention: counts,
    complaints: z.array(z.string()),
    digest: z.string(),
    auditFindings: z.int(),
    steps: z.int(),
    faults: counts,
    fates: counts,
    acts: counts,
    simulated_ms: z.number(),
  }),
});

export type Kept = Readonly<{
  /** Those that have ended, by their number in the run. */
  worlds: ReadonlyMap<number, WorldResult>;
  add: (world: number, result: WorldResult) => void;
}>;

/** The hash of all source that a world runs: what other code came to is not this code's. */
function codeOf(): string {
  const modules = new Set([WORLD]);
  for (const path of modules)
    for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) modules.add(join(dirname(path), name));
  const read = READ.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:sql|sol)$/.test(name))
      .map((name) => join(folder, name)),
  );
  const hash = createHash('sha256');
  for (const path of [...modules, ...read].sort())
    hash.update(`${relative(import.meta.dirname, path)}\n`).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

/** Opens the file, or begins it. Throws where it is of another run, or of other code. */
export function openKept(path: string, run: Readonly<{ seed: number; payments: number }>): Kept {
  const head = { code: codeOf(), ...run };
  if (!existsSync(path)) writeFileSync(path, `${JSON.stringify(head)}\n`);
  const [first = '', ...rest] = readFileSync(path, 'utf8').split('\n');
  const found = HEAD.parse(JSON.parse(first));
  if (JSON.stringify(found) !== JSON.stringify(head))
    throw new Error(
      `${path} is of another run or of other code: ${first}, and this is ${JSON.stringify(head)}. Name another file.`,
    );
  // A line that does not end was being written when the run was killed: its world is run again.
  const torn = rest.pop() ?? '';
  if (torn !== '') writeFileSync(path, `${[first, ...rest].join('\n')}\n`);
  return {
    worlds: new Map(rest.map((line) => LINE.parse(JSON.parse(line))).map(({ world, result }) => [world, result])),
    add: (world, result) => appendFileSync(path, `${JSON.stringify({ world, result })}\n`),
  };
}
