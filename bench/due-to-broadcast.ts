/**
 * `node bench/due-to-broadcast.ts`: from the first block whose timestamp permits a release, as any client of the node hears of it, to the
 * release in the node's mempool, as any client sees it there. The one-command world with everything real.
 */
import type { World } from '../src/local/world.ts';
import { runBench } from './frame/bench.ts';
import { latency } from './frame/figures.ts';
import { ask } from './world/ask.ts';
import { committed, type Observed, observe } from './world/observe.ts';
import { inWorld } from './world/open.ts';
import { judgeWorld, pace } from './world/pace.ts';

const WARM_UP = 3;

runBench({
  name: 'due-to-broadcast',
  what: 'from the first block whose timestamp permits it to the release in the mempool; everything real, customers one after the other',
  options: {
    payments: { usual: '25', what: `after ${WARM_UP} that are not counted` },
    'every-ms': { usual: '1500', what: 'between two deposits' },
    custody: { usual: '5', what: 'seconds in the escrow' },
  },
  round: (given, say) =>
    inWorld({}, async (world) => {
      const seen = await observe(world);
      const driven = await pace(world, {
        payments: Number(given.payments) + WARM_UP,
        every_ms: Number(given['every-ms']),
        custodySeconds: Number(given.custody),
      });
      await judgeWorld(world, driven);
      say(`${driven.length} payments completed, the books balance`);
      const figures = await read(world, seen);
      await seen.stop();
      return figures;
    }),
  wall: (of) =>
    `the head is asked for every 250 ms, so half of that on average; of a median of ${of('due_to_broadcast_ms.p50')} ms the intent is committed after ${of('due_to_intent_ms.p50')}, and the wallet's turn with its questions to the node is the rest. A release cannot be mined before the next block whatever we do`,
});

type Row = Readonly<{ deadline: number; hash: string; intent: number }>;

async function read(world: World, { blocks, pending }: Observed) {
  const rows = await ask<Row>(
    world,
    `SELECT l.deadline_seconds::int AS deadline, w.hash, (${committed('h')})::float8 AS intent
     FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id
     JOIN reactor.effect f ON f.subject_id = l.id::text AND f.kind = 'chain_release'
     JOIN reactor.effect_history h ON h.effect_id = f.id AND h.to_state = 'recorded'
     JOIN reactor.wallet_transaction w ON w.effect_id = f.id AND w.version = 0
     WHERE p.number > ${WARM_UP}`,
  );
  const heads = [...blocks.values()].sort((a, b) => a.timestamp_s - b.timestamp_s);
  const waits = rows.map(({ deadline, hash, intent }) => {
    const [due, sent] = [heads.find(({ timestamp_s }) => timestamp_s >= deadline), pending.get(hash)];
    if (!due || sent === undefined) throw new Error(`the release ${hash} was not seen`);
    return { sent: sent - due.at_ms, intent: intent - due.at_ms };
  });
  return {
    due_to_broadcast_ms: latency(waits.map(({ sent }) => sent)),
    due_to_intent_ms: latency(waits.map(({ intent }) => intent)),
  };
}
