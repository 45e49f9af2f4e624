/** A backup is taken and restored beside, and judged by what Juno and the chain know. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { connectionChecks } from '../../src/cli/checks.ts';
import type { Context } from '../../src/reactor/context.ts';
import { type Db, openDatabase } from '../../src/reactor/db/client.ts';
import { restoreBackup, takeBackup, troublesOfBooks } from '../../src/reactor/drill/backup.ts';
import { drill } from '../../src/reactor/drill/drill.ts';
import { leftDatabases } from '../../src/reactor/drill/scratch.ts';
import { givenRefund, useRestored } from '../recovery/use-restored.ts';
import { databaseOn, query } from '../support/shared-postgres.ts';

const here = useRestored();
const contextOver = (db: Db): Context => ({ ...here.ctx, db });
const ownerUrl = () => here.rail.databaseUrl;
const scratches = async () =>
  (await query(ownerUrl(), `SELECT datname FROM pg_database WHERE datname LIKE 'kustodia_drill_%'`)).rows;

test('what is there comes back as it was, and the drill leaves nothing behind', async () => {
  await givenRefund(here.rail);
  const steps: string[] = [];
  const done = await drill({ ownerUrl: ownerUrl(), contextOver, step: (what) => steps.push(what) });
  expect(done).toMatchObject({ served: true, troubles: [], left: [], rebuilt: 0 });
  expect(done.sentence).toMatch(
    /^This backup would have served: \d+ rows of \d+ tables are there, the books sum to zero, and nothing was done since\.$/,
  );
  expect(steps).toHaveLength(4);
  expect(await scratches()).toEqual([]);
});

test('an act since then that is no payment’s of the backup makes it one that would not have served', async () => {
  await here.rail.sandbox.withdraw({ amount: '77.00', address: here.bridge });
  const done = await drill({ ownerUrl: ownerUrl(), contextOver });
  expect(done.served).toBe(false);
  expect(done.left).toHaveLength(1);
  expect(done.sentence).toMatch(/would NOT have served: 1 acts of the outside belong to no payment in it/);
});

test('a file that is kept is its owner’s alone; what differs in what came back is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drill-'));
  const path = join(folder, 'kept.jsonl.gz');
  try {
    await drill({ ownerUrl: ownerUrl(), contextOver, keepIn: path });
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect(gunzipSync(await readFile(path)).toString()).toMatch(/"table":"ledger_posting"/);
    // A file that is there is not written over.
    await expect(drill({ ownerUrl: ownerUrl(), contextOver, keepIn: path })).rejects.toThrow(/EEXIST/);
    expect(await scratches()).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  expect(existsSync(path)).toBe(false);
});

test('a database that somebody else restored is judged by itself: books that do not sum up do not serve', async () => {
  await givenRefund(here.rail);
  const name = `restored_${randomUUID().slice(0, 8)}`;
  const url = databaseOn(ownerUrl(), name);
  const folder = await mkdtemp(join(tmpdir(), 'drill-'));
  const path = join(folder, 'backup.jsonl.gz');
  await query(ownerUrl(), `CREATE DATABASE ${name} TEMPLATE migrated STRATEGY FILE_COPY`);
  const restored = openDatabase(url, { max: 2 });
  const from = await here.rail.db.$client.connect();
  const to = await restored.$client.connect();
  try {
    const taken = await takeBackup(from, path);
    expect(await restoreBackup(to, path)).toEqual(taken.tables);
    expect(await troublesOfBooks(to)).toEqual([]);
    await to.query('SET session_replication_role = replica');
    await to.query(`UPDATE reactor.ledger_balance SET posted = posted + 1 WHERE account = 'spei_in'`);
    await to.query('DELETE FROM reactor.ledger_posting WHERE line = 0');
    const done = await drill({ ownerUrl: ownerUrl(), restoredUrl: url, contextOver });
    expect(done.served).toBe(false);
    expect(done.troubles.join()).toMatch(/sum to -?\d+ smallest units of MXN/);
    expect(done.troubles.join()).toMatch(/balances are not the sums of their postings/);
    expect(done.asOf).not.toBeNull();
  } finally {
    from.release();
    to.release();
    await restored.$client.end();
    await query(ownerUrl(), `DROP DATABASE ${name} WITH (FORCE)`);
    await rm(folder, { recursive: true, force: true });
  }
});

test('what a drill leaves that is killed is seen by the doctor, and dropped by the next; one under way keeps its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), `kustodia-drill-${2 ** 22 + 1}-`));
  await writeFile(join(folder, 'backup.jsonl.gz'), 'everybody');
  await utimes(folder, new Date(0), new Date(0));
  const killed = spawn(process.execPath, [join(import.meta.dirname, 'killed.ts'), ownerUrl()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told] = (await once(killed.stdout, 'data')) as [Buffer];
  const name = told.toString().trim();
  const own = openDatabase(ownerUrl(), { max: 2 });
  const left = () => leftDatabases(own.$client);
  const doctor = () => {
    const checks = connectionChecks({ db: own, settings: here.ctx.settings } as Parameters<typeof connectionChecks>[0]);
    return checks.find((check) => check.name === 'drills')?.look();
  };
  try {
    expect((await scratches()).map(({ datname }) => datname)).toEqual([name]);
    expect(await left()).toEqual([]);
    expect((await drill({ ownerUrl: ownerUrl(), contextOver })).removed).toEqual([folder]);
    expect((await scratches()).map(({ datname }) => datname)).toEqual([name]);
    expect(await doctor()).toBe('none has left a database behind');

    killed.kill('SIGKILL');
    await once(killed, 'exit');
    // The server notices when it next looks at the connection.
    await vi.waitFor(async () => expect(await left()).toEqual([name]), { timeout: 20_000 });
    await expect(doctor()).rejects.toThrow(name);
    expect(await drill({ ownerUrl: ownerUrl(), contextOver })).toMatchObject({ removed: [name] });
    expect(await scratches()).toEqual([]);
  } finally {
    killed.kill('SIGKILL');
    await own.$client.end();
    await rm(folder, { recursive: true, force: true });
  }
});
