import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { findBinaries, findOwner, withinReach } from '../../src/local/postgres.ts';

const execute = promisify(execFile);
const owner = await findOwner();

test.skipIf(!owner)(
  'root’s Postgres runs as nobody also where the checkout is in a folder of root’s alone',
  async () => {
    if (!owner) return;
    const folder = await mkdtemp(join(tmpdir(), 'kustodia-private-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o755);
    const found = await findBinaries();
    const closed = join(folder, 'home', 'native');
    await mkdir(dirname(closed), { mode: 0o700 });
    await cp(dirname(dirname(found.initdb)), closed, { recursive: true, verbatimSymlinks: true });
    const binaries = { initdb: join(closed, 'bin', 'initdb'), postgres: join(closed, 'bin', 'postgres') };
    await expect(execute(binaries.initdb, ['--version'], owner)).rejects.toMatchObject({ code: 'EACCES' });
    const world = join(folder, 'world');
    await mkdir(world, { mode: 0o700 });
    const open = await withinReach(binaries, owner, world);
    for (const path of Object.values(open))
      expect((await execute(path, ['--version'], owner)).stdout).toMatch(/PostgreSQL\) 18/);
  },
);
