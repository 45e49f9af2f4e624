import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tidyUp } from '../../src/indexer/tidy.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const NOW = 1_800_000_000_000;
const name = (n: number) => `chain_${String(n).padStart(12, '0')}`;
const [CURRENT, BEFORE, LONG_BEFORE, ANCIENT] = [name(4), name(3), name(2), name(1)];
const DAY_MS = 86_400_000;

let postgres: TestPostgres;
let db: pg.Client;
let waited_ms: number;
let told: Record<string, unknown>[];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  db = new pg.Client({ connectionString: await postgres.createDatabase() });
  await db.connect();
  [waited_ms, told] = [0, []];
  return () => db.end();
});

/** A schema as Ponder leaves it: who held it, and when that one was last alive. */
async function givenSchema(schema: string, heartbeat_at: number, is_locked: 0 | 1): Promise<void> {
  await db.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}._ponder_meta (key text, value json)`);
  await db.query(`INSERT INTO ${schema}._ponder_meta VALUES ('app', $1)`, [{ is_locked, heartbeat_at }]);
}
const showCurrent = () =>
  db.query(
    `CREATE SCHEMA IF NOT EXISTS indexed; CREATE VIEW indexed._ponder_meta AS SELECT * FROM ${CURRENT}._ponder_meta`,
  );
const schemas = async () => {
  const { rows } = await db.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'chain\\_%' ORDER BY 1`,
  );
  return rows.map((row) => row.name);
};
/** Lets a process tidy up, and time go by; `then` says what happens before each look. */
const tidy = (then: (look: number, stop: () => void) => Promise<void> | void) => {
  const stopped = new AbortController();
  let looks = 0;
  const tell = (fields: object) => void told.push(fields as Record<string, unknown>);
  return tidyUp({
    ...{ schema: CURRENT, signal: stopped.signal, now: () => NOW + waited_ms, withDatabase: (work) => work(db) },
    wait: async (ms) => {
      waited_ms += ms;
      await then(looks++, () => stopped.abort());
    },
    log: { info: tell, warn: tell },
  });
};

test('a schema that a live Ponder holds goes once nobody does, and the newest before this one stays', async () => {
  await givenSchema(CURRENT, NOW, 1);
  await givenSchema(BEFORE, NOW, 1);
  // Alive for as long as its heart beats, and gone half a minute after its last.
  await givenSchema(LONG_BEFORE, NOW - 5_000, 1);
  await givenSchema(ANCIENT, 0, 0);
  await tidy(async (look) => {
    if (look === 1) {
      expect(await schemas()).toEqual([ANCIENT, LONG_BEFORE, BEFORE, CURRENT]);
      await showCurrent();
    }
    if (look === 2) expect(await schemas()).toEqual([LONG_BEFORE, BEFORE, CURRENT]);
  });
  expect(await schemas()).toEqual([BEFORE, CURRENT]);
  expect(told.map(({ dropped }) => dropped)).toEqual([[ANCIENT], [LONG_BEFORE]]);
});

test('one that is held for a day stays, and the log says so; a stop ends the looking', async () => {
  await givenSchema(CURRENT, NOW, 1);
  await givenSchema(BEFORE, NOW + 3 * DAY_MS, 1);
  await givenSchema(LONG_BEFORE, NOW + 2 * DAY_MS, 1);
  await showCurrent();
  await tidy((look, stop) => {
    if (look === 3) stop();
  });
  expect(told).toEqual([]);
  await tidy(() => undefined);
  expect(await schemas()).toEqual([LONG_BEFORE, BEFORE, CURRENT]);
  expect(told).toEqual([{ event: 'old_schemas_held', held: [LONG_BEFORE] }]);
  expect(waited_ms).toBeGreaterThan(DAY_MS - 1_200_000);
  expect(waited_ms).toBeLessThan(DAY_MS + 1_800_000);
});
