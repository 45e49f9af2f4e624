import { setTimeout as sleep } from 'node:timers/promises';
import { latency } from '../frame/figures.ts';
import { committed } from '../world/observe.ts';
import type { BenchDatabase } from './database.ts';
import { judgeLives } from './judge.ts';
import { openLives } from './world.ts';

const POLL_MS = 50;
const MOST_MS = 180_000;
const WARM_UP = 5;

/**
 * From the moment that a release is in a block to the commit of the return that follows from it, with chain and rails in this process:
 * payments that come one after the other, in a database that was filled before.
 */
export async function eventToIntent({
  payments,
  every_ms,
  prepare,
}: Readonly<{ payments: number; every_ms: number; prepare: (database: BenchDatabase) => Promise<void> }>) {
  const released = new Map<string, number>();
  const lives = await openLives({
    prepare,
    onMined: ({ logs }) => {
      for (const log of logs) if (log.is === 'released') released.set(log.escrow.reference, Date.now());
    },
  });
  const { database, outside, ask, done } = lives;
  try {
    const all = payments + WARM_UP;
    const began_ms = performance.now();
    for (let i = 0; i < all; i++) {
      await sleep(Math.max(0, began_ms + i * every_ms - performance.now()));
      await ask(i);
    }
    while (done() < all) {
      if (performance.now() - began_ms > all * every_ms + MOST_MS) throw new Error(`only ${done()} of ${all} are paid`);
      await sleep(POLL_MS);
    }
    await judgeLives(database.db, outside.bank);
    const { rows } = await database.db.$client.query<{ reference: string; intent: number }>(
      `SELECT l.reference, (${committed('h')})::float8 AS intent FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id
       JOIN reactor.effect f ON f.subject_id = l.id::text AND f.kind = 'chain_return'
       JOIN reactor.effect_history h ON h.effect_id = f.id AND h.to_state = 'recorded'
       WHERE p.concept LIKE 'Bench %' ORDER BY p.number OFFSET ${WARM_UP}`,
    );
    return latency(
      rows.map(({ reference, intent }) => {
        const at_ms = released.get(reference);
        if (at_ms === undefined) throw new Error('an escrow was not seen to be released');
        return intent - at_ms;
      }),
    );
  } finally {
    await lives.close();
  }
}
