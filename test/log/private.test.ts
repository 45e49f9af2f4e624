import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findPrivate, knowsItsKeys, missingFrom, searchLogs } from '../runner/private.ts';

const HEX = 'ab'.repeat(32);

test.each([
  ['a whole CLABE', 'paid to 646180157042875763'],
  ['a whole CLABE', 'paid to 646 180 15704287576 3'],
  ['a signature in Base64', `{"signature":"${'Ab+/'.repeat(86)}=="}`],
  ['a secret or a signature', `{"signature":"${HEX}"}`],
  ['an Authorization header', 'authorization: Bitso key:1731349200123123456:0a1b2c'],
  ['an API key', 'Bearer kus_abcdefghijklmnopqrstuvwxyz'],
  ['a private key', '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'],
  ['a password in a URL', 'postgresql://kustodia:secret@127.0.0.1/x'],
])('finds %s', (what, line) => {
  expect(knowsItsKeys()).toBe(true);
  expect(findPrivate(line).join()).toContain(what);
});

test('leaves alone what a log is for', () => {
  const line = `{"hash":"0x${HEX}","time":1795593216177,"amount":"1000010000000000000","clabe":"646…5763","id":"${crypto.randomUUID()}"}`;
  expect(findPrivate(line)).toEqual([]);
});

test('takes no hash for a CLABE whose digits it happens to have in a row', () => {
  const hash = `0xab${'646180157042875763'}${'c'.repeat(44)}`;
  expect(findPrivate(`{"hash":"${hash}"}`)).toEqual([]);
  expect(findPrivate(`{"hash":"${hash}","to":"646180157042875763"}`)).toEqual(['a whole CLABE (646180…)']);
});

test('finds the very secrets that a process was given, whatever their shape, with 0x or without', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kustodia-logs-'));
  try {
    writeFileSync(join(folder, 'reactor-1.secrets'), '0123456789abcdef\n0xfeedfacefeedface');
    writeFileSync(
      join(folder, 'reactor-1.log'),
      '{"event":"a"}\n{"event":"b","key":"0123456789abcdef"}\nfeedfacefeedface',
    );
    const { found, ...counts } = searchLogs(folder);
    expect(counts).toEqual({ files: 1, lines: 3, secrets: 2 });
    expect(found).toEqual([
      'reactor-1.log: a secret (012…) in “b”',
      'reactor-1.log: a secret (fee…) in “feedfacefeedface”',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a search of nothing is not taken for a clean one', () => {
  expect(missingFrom({ files: 266, lines: 10_780, secrets: 33 })).toEqual([]);
  expect(missingFrom({ files: 0, lines: 0, secrets: 0 })).toHaveLength(3);
  expect(missingFrom({ files: 266, lines: 10_780, secrets: 0 })[0]).toMatch(/^0 secrets were searched/);
});
