/**
 * `node bench/releases.ts`: releases a second of one wallet, many in flight: its lane as the product has it, over a real Postgres with fsync,
 * a real chain with a block a second, and our own contract. From the first signature to the block with the last of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalAnvil } from '../src/local/anvil.ts';
import type { Db } from '../src/reactor/db/client.ts';
import { runBench } from './frame/bench.ts';
import { openReleases } from './releases/world.ts';

/** When nothing wakes it. */
const IDLE_MS = 50;
const MOST_MS = 120_000;

runBench({
  name: 'releases',
  what: 'releases a second on the lane of one wallet, from the first signature to the last block',
  options: { releases: { usual: '200', what: 'recorded and due' } },
  round: async (given) => {
    const count = Number(given.releases);
    const { database, lane, anvil, close } = await openReleases(count);
    try {
      const read = async () => {
        const { rows } = await database.db.$client.query<{ signed: number; mined: number; sending_s: number }>(
          `SELECT count(*)::int AS signed, count(mined_block)::int AS mined,
            extract(epoch FROM max(last_broadcast_at) - min(signed_at))::float8 AS sending_s FROM reactor.wallet_transaction`,
        );
        return rows[0] ?? { signed: 0, mined: 0, sending_s: 0 };
      };
      const before = await database.work();
      const cpu = process.cpuUsage();
      const began_ms = performance.now();
      let seen = await read();
      while (seen.mined < count) {
        if (performance.now() - began_ms > MOST_MS)
          throw new Error(`only ${seen.mined} of ${count} are in a block: ${await refusals(database.db)}`);
        const pause_ms = await lane.turn();
        seen = await read();
        if (seen.mined < count) await sleep(Math.min(pause_ms ?? IDLE_MS, IDLE_MS * 10));
      }
      const wall_s = (performance.now() - began_ms) / 1000;
      const after = await database.work();
      const used = process.cpuUsage(cpu);
      await judge(database.db, anvil, count);
      const each = (total: number) => Number((total / count).toFixed(1));
      return {
        releases_per_s: Number((count / wall_s).toFixed(1)),
        broadcasts_per_s: Number((count / seen.sending_s).toFixed(1)),
        each: {
          node_cpu_ms: each((used.user + used.system) / 1000),
          postgres_cpu_ms: each(after.cpu_ms - before.cpu_ms),
          commits: each(after.commits - before.commits),
          statements: each(after.statements - before.statements),
        },
      };
    } finally {
      await close();
    }
  },
  wall: (of) =>
    `one release is signed after the other: ${of('each.statements')} statements in ${of('each.commits')} commits and the node's answers to what is asked before a signature; ${of('broadcasts_per_s')} a second leave. At most 64 are in no block, so with a block a second 64 a second is the end`,
});

async function refusals(db: Db): Promise<string> {
  const { rows } = await db.$client.query<{ text: string | null }>(
    "SELECT DISTINCT error ->> 'text' AS text FROM reactor.effect WHERE state = 'recorded' LIMIT 3",
  );
  return rows.map(({ text }) => text ?? 'never tried').join(' ');
}

/** Each nonce once, each escrow released by the transaction that was signed for it. */
async function judge(db: Db, { client }: LocalAnvil, count: number): Promise<void> {
  const { rows } = await db.$client.query<{ hash: `0x${string}`; effect_id: string }>(
    'SELECT hash, effect_id FROM reactor.wallet_transaction WHERE mined_block IS NOT NULL',
  );
  const receipts = await Promise.all(rows.map(({ hash }) => client.getTransactionReceipt({ hash })));
  const failed = receipts.filter(({ status }) => status !== 'success').length;
  const effects = new Set(rows.map((row) => row.effect_id)).size;
  if (failed > 0 || effects !== count || rows.length !== count)
    throw new Error(`${failed} failed, ${effects} of ${count} effects have ${rows.length} transactions in blocks`);
}
