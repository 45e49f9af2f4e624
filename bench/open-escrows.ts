/**
 * `node bench/open-escrows.ts`: whether a step costs more where many escrows are open. From the moment that a release is in a block to the
 * commit of the return that follows from it; reactor and Postgres (fsync on) real, chain and rails in this process, the open escrows bulk
 * rows in the shapes of the journey and of the indexer's views.
 */
import { runBench } from './frame/bench.ts';
import type { Figures } from './frame/figures.ts';
import { eventToIntent } from './lives/event-to-intent.ts';
import { fillOpen } from './lives/fill.ts';

const MS_PER_S = 1_000;

runBench({
  name: 'open-escrows',
  what: 'from a block to the intent that follows, with so many escrows open',
  options: {
    counts: { usual: '0,10000,100000', what: 'open escrows, one database after the other' },
    payments: { usual: '50', what: 'measured in each' },
    'every-ms': { usual: '400', what: 'between two of them' },
  },
  round: async (given, say) => {
    const measured: [string, Figures][] = [];
    for (const count of given.counts.split(',')) {
      let fill_s = 0;
      const event_to_intent_ms = await eventToIntent({
        payments: Number(given.payments),
        every_ms: Number(given['every-ms']),
        prepare: async (database) => {
          const began_ms = performance.now();
          await fillOpen(database, Number(count));
          fill_s = Math.round((performance.now() - began_ms) / MS_PER_S);
        },
      });
      say(`${count} open, written in ${fill_s} s: ${JSON.stringify(event_to_intent_ms)}`);
      measured.push([count, { event_to_intent_ms }]);
    }
    return Object.fromEntries(measured);
  },
  wall: () =>
    'every statement of a step reads by an index of what is open or by a key: the growth that is left is the depth of those indexes and the cache',
});
