import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalError } from '../../src/local/process.ts';
import { startWorld } from '../../src/local/world.ts';

const START_TIMEOUT_MS = 180_000;
/** Worlds of other tests that run now keep to another folder, so that what is found here is this file's. */
const own = mkdtempSync(join(tmpdir(), 'kustodia-worlds-'));
const earlier = process.env['TMPDIR'];
beforeAll(() => {
  // Postgres may run as another user, who must get through.
  chmodSync(own, 0o711);
  process.env['TMPDIR'] = own;
});
afterAll(() => {
  if (earlier === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = earlier;
  rmSync(own, { recursive: true, force: true });
});
const folders = () => readdirSync(tmpdir()).filter((name) => /^kustodia-[A-Za-z0-9]{6}$/.test(name));
/** What runs in a folder of a world: Postgres names its data folder. */
const inFolder = (name: string) =>
  spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((args) => args.includes(name));

describe('a world that fails half-way', () => {
  it('stops all that was started and removes its folder', { timeout: START_TIMEOUT_MS }, async () => {
    const before = folders();
    const made: string[] = [];
    const ready: string[] = [];
    const start = startWorld({
      // No number of calls that the sandbox accepts, so it refuses to start when all before it runs.
      sandbox: { ratePerMinute: 0 },
      log: (line) => {
        ready.push(line);
        made.push(...folders().filter((name) => !before.includes(name) && inFolder(name).length > 0));
      },
    });
    await expect(start).rejects.toThrow(/sandbox ended with code 1 before it was ready[\s\S]*SANDBOX_RATE_PER_MINUTE/);
    expect(ready.join()).toMatch(/Postgres ready/);
    const [ours] = made;
    expect(ours).toBeDefined();
    expect(folders()).not.toContain(ours);
    expect(inFolder(ours ?? '')).toEqual([]);
  });

  it('is stopped when its start is interrupted', { timeout: START_TIMEOUT_MS }, async () => {
    const interrupt = new AbortController();
    const before = folders();
    const start = startWorld({
      log: () => interrupt.abort(new LocalError('Stopped before it was done.')),
      signal: interrupt.signal,
    });
    await expect(start).rejects.toThrow('Stopped before it was done.');
    const left = folders().filter((name) => !before.includes(name) && inFolder(name).length > 0);
    expect(left).toEqual([]);
  });
});
