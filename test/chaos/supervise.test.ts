import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Supervisor, supervise } from '../../src/chaos/supervise.ts';
import { type Keeper, startKeeper } from '../../src/local/keeper.ts';
import { type LocalProcess, startProcess } from '../../src/local/process.ts';
import type { World } from '../../src/local/world.ts';
import { until } from '../journey/support.ts';

/** A world of processes that do nothing: two reactors, an indexer, a sandbox and a chain. */
let folder: string;
let keeper: Keeper;
let parts: Record<string, LocalProcess>;
let supervisor: Supervisor;

const start = async (name: string): Promise<void> => {
  parts[name] = await startProcess({
    name,
    args: ['-e', 'console.log("ready"); setInterval(() => undefined, 1000)'],
    folder,
    keeper,
    readyWhen: (output) => output.includes('ready'),
  });
};
const part = (name: string): LocalProcess => {
  const found = parts[name];
  if (!found) throw new Error(`no ${name}`);
  return found;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kustodia-supervise-'));
  keeper = startKeeper(folder);
  parts = {};
  await Promise.all(['reactor-1', 'reactor-2', 'indexer', 'sandbox', 'anvil'].map(start));
  const world: Partial<World> = {
    reactors: () => [part('reactor-1'), part('reactor-2')],
    indexer: () => part('indexer'),
    restartReactor: (index) => start(`reactor-${index + 1}`),
    sandbox: part('sandbox'),
    // Of the chain's handle only what a process has is looked at.
    anvil: part('anvil') as World['anvil'],
  };
  supervisor = supervise(world as World, () => undefined);
});
afterEach(async () => {
  await supervisor.stop();
  await Promise.all(Object.values(parts).map((one) => one.kill9()));
  await keeper.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a reactor that ends though nobody ended it is counted and started again, and one that was killed is not', async () => {
  const first = part('reactor-1').pid;
  await supervisor.kill('reactor 1', 0);
  expect(part('reactor-1').pid).not.toBe(first);
  expect(supervisor.deaths()).toEqual([]);
  const second = part('reactor-2').pid;
  await part('reactor-2').kill9();
  await until(async () => part('reactor-2').pid !== second);
  expect(supervisor.deaths()).toEqual([expect.stringMatching(/^reactor 2 ended by itself \(SIGKILL\)/)]);
});

test('a sandbox and a chain that end are counted', async () => {
  await Promise.all([part('sandbox').stop(), part('anvil').stop()]);
  await until(async () => supervisor.deaths().length === 2);
  expect(supervisor.deaths().join()).toMatch(/sandbox ended by itself/);
  expect(supervisor.deaths().join()).toMatch(/anvil ended by itself/);
});
