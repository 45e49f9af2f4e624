import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import type { World } from '../local/world.ts';
import { LEG_MOVES, type LegKind } from '../reactor/payment/states.ts';

const POLL_MS = 100;
const MOST_MS = 60_000;
const KINDS: readonly LegKind[] = ['custody', 'refund', 'settlement'];
/** Where a leg waits for a person or is at its end. */
const STILL = new Set(['payout_failed', 'payout_returned', 'completed']);

/** Where a payment can be when a reactor dies: every state of every kind of leg in which there is something to be done. */
export const CRASH_POINTS: readonly string[] = KINDS.flatMap((kind) =>
  Object.keys(LEG_MOVES[kind])
    .filter((state) => !STILL.has(state))
    .map((state) => `${kind} ${state}`),
);

const ROWS = z.array(z.object({ kind: z.string(), state: z.string() }));
const LANES = z.array(z.object({ name: z.string(), epoch: z.string() }));

async function ask(world: World, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: world.urls.database, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Where the payments are now: for the report of what was covered, and for no verdict. Nothing where the database is away. */
export async function readPoints(world: World): Promise<string[]> {
  const text = `SELECT DISTINCT kind::text, state::text FROM reactor.leg`;
  const rows = ROWS.parse(await ask(world, text).catch(() => []));
  return rows.map(({ kind, state }) => `${kind} ${state}`).filter((point) => CRASH_POINTS.includes(point));
}

/** How long until others had taken over each payment that a dead process held. Call at once after its death. */
export async function measureTakeover(world: World, pid: number): Promise<number[]> {
  const died = performance.now();
  const held = `SELECT name, epoch::text FROM reactor.lane WHERE holder LIKE '%:' || $1::text || ':%' AND name LIKE 'payment:%' AND held_until > clock_timestamp()`;
  const lanes = LANES.parse(await ask(world, held, [pid]).catch(() => []));
  const open = new Map(lanes.map(({ name, epoch }) => [name, epoch]));
  const took: number[] = [];
  while (open.size > 0 && performance.now() - died < MOST_MS) {
    const now = LANES.parse(
      await ask(world, 'SELECT name, epoch::text FROM reactor.lane WHERE name = ANY($1)', [[...open.keys()]]).catch(
        () => [],
      ),
    );
    for (const { name, epoch } of now)
      if (epoch !== open.get(name) && open.delete(name)) took.push(Math.round(performance.now() - died));
    await delay(POLL_MS);
  }
  // One that nobody took over counts as what it was waited for.
  return [...took, ...[...open].map(() => MOST_MS)];
}
