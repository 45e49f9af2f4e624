import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const EACH = 5_000;
/** A sequence that comes to a million, where the six digits begin again, while both processes draw. */
const FIRST = 1_000_000 - EACH;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

/** Starts a process that draws nonces; `go` lets it begin, and gives what it drew. */
async function startDrawing(url: string) {
  const child: ChildProcess = spawn(
    'node_modules/.bin/node',
    ['test/juno/nonce-process.ts', url, 'juno_nonce', String(EACH)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout ?? expect.unreachable() });
  await once(output, 'line');
  output.on('line', (line) => lines.push(line));
  return {
    go: async () => {
      child.stdin?.end('go\n');
      const [code] = await once(child, 'close');
      expect(code).toBe(0);
      return lines;
    },
  };
}

test('two processes that draw at once from one sequence never draw the same nonce', async () => {
  const url = await postgres.createDatabase();
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  await db.query(`CREATE SEQUENCE juno_nonce START ${FIRST}`);
  await db.end();

  const processes = [await startDrawing(url), await startDrawing(url)];
  const [one = [], other = []] = await Promise.all(processes.map(({ go }) => go()));

  expect([one.length, other.length]).toEqual([EACH, EACH]);
  expect(new Set([...one, ...other]).size).toBe(2 * EACH);
  for (const nonce of [...one, ...other]) expect(nonce).toMatch(/^\d{14,19}$/);

  // They did draw at once: each began before the other had ended.
  const span = (nonces: readonly string[]) => {
    const times = nonces.map((nonce) => Number(nonce.slice(0, 13)));
    return { first: Math.min(...times), last: Math.max(...times) };
  };
  const [a, b] = [span(one), span(other)];
  expect(Math.max(a.first, b.first)).toBeLessThan(Math.min(a.last, b.last));
  // And they went past the million, from where on the last six digits begin again.
  const salts = [...one, ...other].map((nonce) => Number(nonce.slice(13)));
  expect([Math.min(...salts), Math.max(...salts)]).toEqual([0, 999_999]);
});
