import pg from 'pg';
import type { World } from '../local/world.ts';

/** Asks the world's database over a connection of its own, for the database may be struck. Throws what it throws, and within `timeout_ms` where nobody answers. */
export async function ask(
  world: World,
  text: string,
  { values = [], timeout_ms = 5_000 }: Readonly<{ values?: unknown[]; timeout_ms?: number }> = {},
): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: world.urls.database, connectionTimeoutMillis: timeout_ms });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
