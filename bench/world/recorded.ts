import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { World } from '../../src/local/world.ts';

const POLL_MS = 10;
const MOST_MS = 120_000;

/** Waits until a query has a row, and answers it. */
export async function untilRow<Row extends pg.QueryResultRow>(world: World, text: string): Promise<Row> {
  const client = new pg.Client({ connectionString: world.urls.database });
  await client.connect();
  try {
    const deadline_ms = performance.now() + MOST_MS;
    for (;;) {
      const [row] = (await client.query<Row>(text)).rows;
      if (row) return row;
      if (performance.now() > deadline_ms) throw new Error(`nothing after two minutes: ${text}`);
      await sleep(POLL_MS);
    }
  } finally {
    await client.end();
  }
}
