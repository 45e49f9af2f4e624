import pg from 'pg';
import type { World } from '../../src/local/world.ts';

/** Asks the world's database, with its owner's rights. */
export async function ask<Row extends pg.QueryResultRow>(world: World, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: world.urls.database });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
