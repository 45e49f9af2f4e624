/** A process that has many calls due at once and makes them as fast as it is let: `node hammer.ts '{"databaseUrl":…}'`. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { createJunoLimit } from '../../src/reactor/rate/juno-limit.ts';
import { call, KINDS, type Kind, openDoor, retryAfter, silent } from './calls.ts';

const WORKERS = 24;
const order = z
  .object({
    databaseUrl: z.string(),
    junoUrl: z.string(),
    most: z.number(),
    window_s: z.number(),
    due: z.record(z.string(), z.number()),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const db = openDatabase(order.databaseUrl, { max: 4 });
let statements = 0;
db.$client.on('acquire', () => statements++);
const limit = createJunoLimit({
  db,
  most: order.most,
  window_s: order.window_s,
  caller: randomUUID(),
  sleep,
  log: silent,
});
const door = openDoor(order.junoUrl, limit);

const ready: Kind[] = [];
const counts = KINDS.map((kind) => order.due[kind] ?? 0);
for (let i = 0; i < Math.max(...counts); i++)
  KINDS.forEach((kind, k) => void (i < (counts[k] ?? 0) && ready.push(kind)));
let left = ready.length;
let refused = 0;
const failed: string[] = [];

async function work(): Promise<void> {
  while (left > 0) {
    const kind = ready.shift();
    if (!kind) {
      await sleep(1);
      continue;
    }
    // As the intake does: several looks follow one another.
    if (kind === 'look') limit.expectLooks(5);
    try {
      await call(door, kind);
      left--;
    } catch (error) {
      const wait_ms = retryAfter(error);
      if (wait_ms === null) {
        failed.push(String(error));
        left--;
        continue;
      }
      refused++;
      setTimeout(() => ready.push(kind), wait_ms);
    }
  }
}

await Promise.all(Array.from({ length: WORKERS }, work));
process.stdout.write(
  `${JSON.stringify({ refused, statements, failed: failed.slice(0, 3), failures: failed.length })}\n`,
);
process.exit(0);
