/**
 * `node bench/event-to-intent.ts`: from a block with an event, as any client of the node hears of it, to the commit of the intent that
 * follows from it, in the one-command world with everything real. It is the step whose policy asks no depth and that nobody but the chain
 * has a say in: an escrow is released, and the return of its MXNB to Juno is recorded.
 */
import { runBench } from './frame/bench.ts';
import type { Figures } from './frame/figures.ts';
import { readEventToIntent, WARM_UP } from './world/event-to-intent.ts';
import { observe } from './world/observe.ts';
import { inWorld } from './world/open.ts';
import { judgeWorld, pace } from './world/pace.ts';

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
    const measured: [string, Figures][] = [];
    for (const feed of given.feeds.split(','))
      await inWorld({ isPolling: feed === 'polling' }, async (world) => {
        const seen = await observe(world);
        const driven = await pace(world, { payments: payments + WARM_UP, every_ms });
        await judgeWorld(world, driven);
        measured.push([feed, await readEventToIntent(world, seen)]);
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
