/** A run of hours is interrupted, and goes on. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKept } from '../../src/simulate/keep.ts';
import { simulate } from '../../src/simulate/run.ts';
import type { WorldResult } from '../../src/simulate/world.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kustodia-keep-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RUN = { seed: 7, payments: 1_500 };
const came = (digest: string): WorldResult => ({
  ...{ paid_twice: 0, lost_centavos: 0, stuck: 0, needs_attention: { failed_not_returned: 2 }, complaints: [] },
  ...{
    auditFindings: 0,
    steps: 9,
    faults: { restart: 3 },
    fates: { ordinary: 4 },
    acts: { evidence: 1 },
    simulated_ms: 1_000,
    digest,
  },
});

test('worlds that ended are known to the next run; one whose line is torn is run again', () => {
  const path = join(folder, 'torn');
  const first = openKept(path, RUN);
  expect([...first.worlds]).toEqual([]);
  first.add(2, came('two'));
  first.add(0, came('zero'));
  appendFileSync(path, '{"world":1,"result":{"paid_tw');
  const next = openKept(path, RUN);
  expect([...next.worlds]).toEqual([
    [2, came('two')],
    [0, came('zero')],
  ]);
  next.add(1, came('one'));
  expect([...openKept(path, RUN).worlds.keys()]).toEqual([2, 0, 1]);
});

test('what is kept is not run again, and counts', async () => {
  const kept = openKept(join(folder, 'all'), RUN);
  for (const world of [0, 1, 2]) kept.add(world, came(`${world}`));
  const ran: number[] = [];
  const { report, worlds } = await simulate({
    ...RUN,
    kept: openKept(join(folder, 'all'), RUN),
    onWorld: ({ seed }) => ran.push(seed),
  });
  expect(ran).toEqual([]);
  expect(worlds.map(({ digest }) => digest)).toEqual(['0', '1', '2']);
  expect(report).toMatchObject({
    payments: 1_500,
    steps: 27,
    steps_per_s: 0,
    faults: { restart: 9 },
    fates: { ordinary: 12 },
    acts: { evidence: 3 },
  });
});

test('a file of another run, or of other code, is refused', () => {
  const path = join(folder, 'other');
  openKept(path, RUN);
  expect(() => openKept(path, { ...RUN, seed: 8 })).toThrow(/of another run or of other code/);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"code":"[0-9a-f]+"/, '"code":"0123456789abcdef"'));
  expect(() => openKept(path, RUN)).toThrow(/of another run or of other code/);
});
