/** A drill that never ends: it makes its database, names it, and waits to be killed. */
import { openDatabase } from '../../src/reactor/db/client.ts';
import { inScratch } from '../../src/reactor/drill/scratch.ts';

const url = process.argv[2] ?? '';
await inScratch(openDatabase(url, { max: 2 }), url, async (scratch) => {
  const { rows } = await scratch.$client.query<{ name: string }>('SELECT current_database() AS name');
  process.stdout.write(`${rows[0]?.name}\n`);
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
