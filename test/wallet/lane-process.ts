/** The lane of one key as a process of its own: works until its input ends. Several of them share one database and one node. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from 'viem';
import { z } from 'zod';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { LaneLostError } from '../../src/reactor/effects/lane.ts';
import { oneReactor } from './one-reactor.ts';

const PACE_MS = 20;
const { DATABASE_URL, RPC_URL, KEY, HOLDER } = z
  .object({ DATABASE_URL: z.string(), RPC_URL: z.string(), KEY: z.string(), HOLDER: z.string() })
  .parse(process.env);

const db = openDatabase(DATABASE_URL, { max: 4 });
const { lane } = oneReactor({ db, key: KEY as Hex, rpcUrl: RPC_URL, holder: HOLDER });
let isOver = false;
process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();
while (!isOver) {
  // Who was overtaken leaves; what else goes wrong ends the process, and the test with it.
  await lane.turn().catch((error: unknown) => {
    if (!(error instanceof LaneLostError)) throw error;
  });
  await sleep(PACE_MS);
}
await db.$client.end();
