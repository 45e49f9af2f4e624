import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runToEnd } from '../../contracts/scripts/run-to-end.ts';

const run = (script: string, timeoutMs: number) =>
  runToEnd('/bin/sh', ['-c', script], { cwd: tmpdir(), env: process.env, timeoutMs });

test('what a program printed, and how it ended', async () => {
  expect(await run('echo made; echo why >&2; exit 3', 10_000)).toEqual({
    ...{ code: 3, killed: null, stdout: 'made\n', stderr: 'why\n' },
  });
});

// Whoever has its output open keeps it from ending: were the one that it started alive, this would never end.
test('the time limit ends what the program has started, too', async () => {
  const ended = await run('sleep 600 & echo started; wait', 1_000);
  expect(ended).toMatchObject({ code: null, killed: 'it took more than 1 s', stdout: 'started\n' });
}, 20_000);
