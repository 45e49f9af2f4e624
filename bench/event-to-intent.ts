/**
 * `node bench/event-to-intent.ts`: from a block with an event, as any client of the node hears of it, to the commit of the intent that
 * follows from it, in the one-command world with everything real. It is the step whose policy asks no depth and that nobody but the chain
 * has a say in: an escrow is released, and the return of its MXNB to Juno is recorded.
 */
import type { World } from '../src/local/world.ts';
import { runBench } from './frame/bench.ts';
import { latency } from './frame/figures.ts';
import { ask } from './world/ask.ts';
import { committed, type Observed, observe } from './world/observe.ts';
import { inWorld } from './world/open.ts';
import { judgeWorld, pace } from './world/pace.ts';

/** What is compiled and planned at its first use is not what is measured. */
const WARM_UP = 3;

runBench({
  name: 'event-to-intent',
  what: 'from the block that an event is in to the commit of the intent that follows from it; everything real, customers one after the other',
  options: {
    payments: { usual: '25', what: `after ${WARM_UP} that are not counted` },
    'every-ms': { usual: '1500', what: 'between two deposits' },
    feeds: { usual: 'websocket,polling', what: 'how the indexer hears of blocks' },
  },
  round: async (given, say) => {
    const [payments, every_ms] = [Number(given.payments), Number(given['every-ms'])];
    const measured: [string, Awaited<ReturnType<typeof read>>][] = [];
    for (const feed of given.feeds.split(','))
      await inWorld({ isPolling: feed === 'polling' }, async (world) => {
        const seen = await observe(world);
        const driven = await pace(world, { payments: payments + WARM_UP, every_ms });
        await judgeWorld(world, driven);
        measured.push([feed, await read(world, seen)]);
        await seen.stop();
        say(`${feed}: ${driven.length} payments completed, the books balance`);
      });
    return Object.fromEntries(measured);
  },
  wall: (of) =>
    ['websocket', 'polling']
      .filter((feed) => Number.isFinite(of(`${feed}.event_to_intent_ms.p50`)))
      .map(
        (feed) =>
          `by ${feed} the row is committed after ${of(`${feed}.indexed_ms.p50`)} ms, that it is released after ${of(`${feed}.released_ms.p50`)}, the intent after ${of(`${feed}.event_to_intent_ms.p50`)}`,
      )
      .join('; '),
});

type Row = Readonly<{ block: number; indexed: number; released: number; intent: number }>;

async function read(world: World, { blocks }: Observed) {
  const [schema] = await ask<{ name: string }>(
    world,
    `SELECT schemaname AS name FROM pg_tables WHERE tablename = 'escrow_event' AND schemaname <> 'indexed'`,
  );
  const rows = await ask<Row>(
    world,
    `SELECT e.block_number::int AS block, (${committed('e')})::float8 AS indexed, (${committed('m')})::float8 AS released,
       (${committed('h')})::float8 AS intent
     FROM "${schema?.name}".escrow_event e JOIN reactor.leg l ON l.reference = e.reference JOIN reactor.payment p ON p.id = l.payment_id
     JOIN reactor.effect f ON f.subject_id = l.id::text AND f.kind = 'chain_return'
     JOIN reactor.effect_history h ON h.effect_id = f.id AND h.to_state = 'recorded'
     JOIN reactor.leg_history m ON m.leg_id = l.id AND m.to_state = 'released'
     WHERE e.kind = 'released' AND p.number > ${WARM_UP}`,
  );
  const minedAt = ({ block }: Row): number => {
    const heard = blocks.get(block);
    if (!heard) throw new Error(`block ${block} was not heard of`);
    return heard.at_ms;
  };
  return {
    event_to_intent_ms: latency(rows.map((row) => row.intent - minedAt(row))),
    indexed_ms: latency(rows.map((row) => row.indexed - minedAt(row))),
    released_ms: latency(rows.map((row) => row.released - minedAt(row))),
  };
}
