/**
 * `node bench/open-ponder.ts`: the same as event-to-intent by websocket, with so many escrows open in the chain and in Ponder itself. They are
 * made by hand before the first reactor starts, so that no payment of ours is theirs: to the reactor they are somebody else's.
 */
import { readBooks } from '../src/local/books.ts';
import { judge } from '../src/local/report.ts';
import { runBench } from './frame/bench.ts';
import { readEventToIntent, WARM_UP } from './world/event-to-intent.ts';
import { ESCROW_UNITS, fundMany } from './world/fund-many.ts';
import { rss_mb } from './world/memory.ts';
import { observe } from './world/observe.ts';
import { inWorld } from './world/open.ts';
import { pace } from './world/pace.ts';
import { untilRow } from './world/recorded.ts';

const MONTH_S = 2_592_000n;

runBench({
  name: 'open-ponder',
  what: 'from a block to the intent that follows, with so many escrows open in Ponder itself',
  options: {
    escrows: { usual: '2000', what: 'open on the chain' },
    payments: { usual: '20', what: `after ${WARM_UP} that are not counted` },
    'every-ms': { usual: '1500', what: 'between two deposits' },
  },
  round: (given, say) =>
    inWorld({ hasReactorsRunning: false }, async (world) => {
      const count = Number(given.escrows);
      const began_ms = performance.now();
      await fundMany(world.anvil, world.contracts, { count, custodySeconds: MONTH_S });
      const made_s = (performance.now() - began_ms) / 1000;
      await untilRow(world, `SELECT 1 FROM indexed.escrow_event WHERE kind = 'funded' HAVING count(*) >= ${count}`);
      const indexed_s = (performance.now() - began_ms) / 1000;
      say(`${count} escrows made in ${made_s.toFixed(1)} s, in Ponder's tables after ${indexed_s.toFixed(1)} s`);
      await world.restartReactor(0);
      const seen = await observe(world);
      const driven = await pace(world, {
        payments: Number(given.payments) + WARM_UP,
        every_ms: Number(given['every-ms']),
      });
      const supplyBefore = ESCROW_UNITS * BigInt(count);
      const asked = driven.map(({ depositedAt: _, ...payment }) => ({ ...payment, hasDeposited: true }));
      const books = await readBooks({ ...world, contracts: { ...world.contracts, supplyBefore } }, driven, 0);
      const report = judge(asked, books);
      // What lies in the contract and is nobody's here is a break for reconciliation, and rightly: it alone is not judged.
      if (report.completed < report.payments || report.paid_twice + report.ledger_sum + report.lost_centavos !== 0)
        throw new Error(`the world is not right: ${JSON.stringify(report)}`);
      const figures = await readEventToIntent(world, seen);
      await seen.stop();
      return { ...figures, indexed_per_s: Math.round(count / indexed_s), indexer_rss_mb: rss_mb(world.indexer().pid) };
    }),
  wall: (of) =>
    `Ponder looks each row up by its key; a block costs it ${of('indexed_ms.p50')} ms at the median, whatever is open. It took in ${of('indexed_per_s')} escrows a second`,
});
