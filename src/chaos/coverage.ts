import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import type { World } from '../local/world.ts';
import { LEG_MOVES, type LegKind } from '../reactor/payment/states.ts';
import { ask } from './ask.ts';

const POLL_MS = 100;
const LOOK_MS = 5;
const MOST_MS = 60_000;
/** Nobody waits longer for a database that is struck. */
const STRUCK_MS = 2_000;
const KINDS: readonly LegKind[] = ['custody', 'refund', 'settlement'];
/** Where a leg waits for a person or is at its end. */
const STILL = new Set(['payout_failed', 'payout_returned', 'completed']);
/**
 * Where none is ever seen: a settlement is made and reserved by one commit, and only once it is over Juno's minimum; what people ask
 * for here is over it too, and nobody pays again what came back; and the contract that is driven makes and funds an escrow at once.
 */
const UNSEEN = new Set([
  'settlement requested',
  'settlement accrued',
  'custody accrued',
  'custody reserved',
  'custody creating',
  'custody created',
]);

/** Where a payment can be when a reactor dies: every state of every kind of leg in which there is something to be done. */
export const CRASH_POINTS: readonly string[] = KINDS.flatMap((kind) =>
  Object.keys(LEG_MOVES[kind])
    .filter((state) => !STILL.has(state))
    .map((state) => `${kind} ${state}`)
    .filter((point) => !UNSEEN.has(point)),
);

const ROWS = z.array(z.object({ kind: z.string(), state: z.string() }));
const LANES = z.array(z.object({ name: z.string(), epoch: z.string() }));

/**
 * Waits until a leg is at a point, for no longer than `most_ms`: many a state lasts for milliseconds, and nobody would die in it by
 * chance. Answers where the legs were then: for the report of what was covered, and for no verdict. Nothing where the database is away.
 */
export async function waitForPoint(world: World, point: string, most_ms: number): Promise<string[]> {
  const began = performance.now();
  const client = new pg.Client({ connectionString: world.urls.database, connectionTimeoutMillis: STRUCK_MS });
  client.on('error', () => undefined);
  let points: string[] = [];
  try {
    await client.connect();
    for (;;) {
      const { rows } = await client.query('SELECT DISTINCT kind::text, state::text FROM reactor.leg');
      points = ROWS.parse(rows).map(({ kind, state }) => `${kind} ${state}`);
      if (points.includes(point) || performance.now() - began > most_ms) break;
      await delay(LOOK_MS);
    }
  } catch {
    // The database is struck as well.
    return [];
  } finally {
    // Not waited for: the moment would pass.
    void client.end().catch(() => undefined);
  }
  return points.filter((one) => CRASH_POINTS.includes(one));
}

/** How long until others had taken over each payment that a dead process held. Call at once after its death. */
export async function measureTakeover(world: World, pid: number): Promise<number[]> {
  const died = performance.now();
  const held = `SELECT name, epoch::text FROM reactor.lane WHERE holder LIKE '%:' || $1::text || ':%' AND name LIKE 'payment:%' AND held_until > clock_timestamp()`;
  const lanes = LANES.parse(await ask(world, held, { values: [pid], timeout_ms: STRUCK_MS }).catch(() => []));
  const open = new Map(lanes.map(({ name, epoch }) => [name, epoch]));
  const took: number[] = [];
  while (open.size > 0 && performance.now() - died < MOST_MS) {
    const now = LANES.parse(
      await ask(world, 'SELECT name, epoch::text FROM reactor.lane WHERE name = ANY($1)', {
        values: [[...open.keys()]],
        timeout_ms: STRUCK_MS,
      }).catch(() => []),
    );
    for (const { name, epoch } of now)
      if (epoch !== open.get(name) && open.delete(name)) took.push(Math.round(performance.now() - died));
    await delay(POLL_MS);
  }
  // One that nobody took over counts as what it was waited for.
  return [...took, ...[...open].map(() => MOST_MS)];
}
