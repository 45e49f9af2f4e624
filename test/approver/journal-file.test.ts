/** The file of what was signed, where the disk fails, and where it has another name besides. */
import type * as fs from 'node:fs';
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';

const disk = vi.hoisted(() => ({ fails: false }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const fsyncSync = (file: number): void => {
    if (disk.fails) throw new Error('EIO: i/o error, fsync');
    real.fsyncSync(file);
  };
  return { ...real, fsyncSync };
});
const { openJournal } = await import('../../src/approver/journal.ts');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
const open = (name: string, now = () => new Date()) =>
  openJournal({ path: join(folder, name), most: { signatures: 100, centavos: 500_000n }, now });
const entry = (n: number) => ({
  ...{ act: 'release', contract: '0xaa', escrowId: String(n), paymentId: 'p', legId: 'l', disputes: 0, expiry: 1 },
  ...{ centavos: '150000', digest: `0x${n}` },
});

test('a line that may not be on the disk is taken out again: nothing was signed for it, and the next start reads the file', () => {
  const journal = open('j');
  journal.record(entry(1));
  disk.fails = true;
  expect(() => journal.record(entry(2))).toThrow('EIO');
  disk.fails = false;
  journal.record(entry(3));
  journal.close();
  const lines = readFileSync(join(folder, 'j'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { escrowId: string }).escrowId)).toEqual(['1', '3']);
  expect(() => open('j').close()).not.toThrow();
});

test('one file under two names has one lock', () => {
  const journal = open('j');
  symlinkSync(join(folder, 'j'), join(folder, 'also'));
  expect(() => open('also')).toThrow('Another process has the file of APPROVER_JOURNAL');
  journal.close();
});

test('a clock that is set back over midnight does not give the cap of a day again', () => {
  let at = '2026-11-26T23:59:59Z';
  const journal = open('j', () => new Date(at));
  const signs = (n: number) => () => journal.record(entry(n));
  for (const n of [1, 2, 3]) signs(n)();
  expect(signs(4)).toThrow('used up');
  at = '2026-11-27T00:00:01Z';
  for (const n of [5, 6, 7]) signs(n)();
  at = '2026-11-26T23:59:59Z';
  expect(signs(8)).toThrow('used up');
  at = '2026-11-27T00:00:01Z';
  expect(signs(9)).toThrow('used up');
  journal.close();
});
