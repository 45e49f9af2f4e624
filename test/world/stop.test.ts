import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startAnvil } from '../../src/local/anvil.ts';
import { type Keeper, startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { startPostgres } from '../../src/local/postgres.ts';
import { startProcess } from '../../src/local/process.ts';

const START_TIMEOUT_MS = 30_000;
/** A zombie has ended: it only waits for a parent to notice. */
const isAlive = (pid: number) => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
};

let keeper: Keeper | undefined;
afterEach(() => keeper?.close());
function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'kustodia-test-'));
  keeper = startKeeper(folder);
  return { folder, keeper };
}

/** Starts a child of its own, says its pid, and ignores the polite signals. */
const STUBBORN = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
  console.log('child ' + child.pid);`;

describe('startProcess', () => {
  it('kills what does not stop in time, with all that it started', async () => {
    const local = newFolder();
    const stubborn = await startProcess({
      ...local,
      name: 'stubborn',
      args: ['-e', STUBBORN],
      readyWhen: (output) => output.includes('child'),
      stopTimeoutMs: 200,
    });
    const child = Number(/child (\d+)/.exec(stubborn.output())?.[1]);
    expect(isAlive(child)).toBe(true);
    expect(await stubborn.stop()).toEqual({ code: null, signal: 'SIGKILL' });
    await vi.waitFor(() => expect(isAlive(child)).toBe(false));
  });

  it('shows the last that was printed by one that dies before it is ready', async () => {
    const start = startProcess({
      ...newFolder(),
      name: 'dying',
      args: ['-e', 'console.error("the disk is full"); process.exitCode = 3;'],
      readyWhen: () => false,
    });
    await expect(start).rejects.toThrow(/dying ended with code 3 before it was ready[\s\S]*the disk is full/);
  });

  it('stops one that is not ready in time', async () => {
    const local = newFolder();
    const start = startProcess({
      ...local,
      name: 'slow',
      args: ['-e', 'console.log("pid " + process.pid); setInterval(() => {}, 1000)'],
      readyWhen: () => false,
      readyTimeoutMs: 500,
    });
    const error = await start.catch((cause: Error) => cause);
    expect(String(error)).toContain('slow was not ready after 0.5 s');
    expect(isAlive(Number(/pid (\d+)/.exec(String(error))?.[1]))).toBe(false);
  });

  it('hands on nothing of our environment but what every process needs', async () => {
    vi.stubEnv('JUNO_STAGE_API_SECRET', 'hush');
    const printing = await startProcess({
      ...newFolder(),
      name: 'printing',
      args: ['-e', 'console.log(JSON.stringify(process.env)); setInterval(() => {}, 1000)'],
      env: { GIVEN: 'yes' },
      readyWhen: (output) => output.includes('GIVEN'),
    });
    vi.unstubAllEnvs();
    expect(printing.output()).not.toContain('hush');
    await printing.stop();
  });
});

describe('the keeper', () => {
  it('ends what its owner left behind when that was killed, and removes the folder', {
    timeout: START_TIMEOUT_MS,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kustodia-test-'));
    const source = join(import.meta.dirname, '..', '..', 'src', 'local');
    const owner = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { startKeeper } from '${source}/keeper.ts';
       import { startAnvil } from '${source}/anvil.ts';
       const folder = ${JSON.stringify(folder)};
       const anvil = await startAnvil({ port: ${await freePort()}, folder, keeper: startKeeper(folder) });
       console.log(anvil.pid);`,
    ]);
    const [printed] = await once(owner.stdout, 'data');
    const anvil = Number(printed);
    expect(isAlive(anvil)).toBe(true);
    owner.kill('SIGKILL');
    await vi.waitFor(
      () => {
        expect(isAlive(anvil)).toBe(false);
        expect(existsSync(folder)).toBe(false);
      },
      { timeout: 10_000 },
    );
  });
});

describe('Postgres and anvil', () => {
  it('keeps its data over a restart and over a power cut', { timeout: START_TIMEOUT_MS }, async () => {
    const postgres = await startPostgres({ ...newFolder(), port: await freePort() });
    const query = async (text: string) => {
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      return client.query(text).finally(() => client.end());
    };
    await query('CREATE TABLE kept AS SELECT 1 AS n');
    await postgres.restart();
    await query('INSERT INTO kept VALUES (2)');
    await postgres.kill9();
    await postgres.restart();
    expect((await query('SELECT sum(n)::int AS n FROM kept')).rows).toEqual([{ n: 3 }]);
    expect((await query('SHOW fsync')).rows).toEqual([{ fsync: 'on' }]);
    await postgres.stop();
  });

  it('mines every second, and ends when it is told to', { timeout: START_TIMEOUT_MS }, async () => {
    const anvil = await startAnvil({ ...newFolder(), port: await freePort() });
    await vi.waitFor(async () => expect(await anvil.client.getBlockNumber({ cacheTime: 0 })).toBeGreaterThan(1n), {
      timeout: 10_000,
    });
    await anvil.stop();
    expect(isAlive(anvil.pid)).toBe(false);
  });
});

describe('folders', () => {
  it('are gone once the keeper is closed', async () => {
    const { folder } = newFolder();
    await keeper?.close();
    expect(readdirSync(tmpdir()).map((name) => join(tmpdir(), name))).not.toContain(folder);
  });
});
