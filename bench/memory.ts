/** `node bench/memory.ts`: resident memory of the reactor and of the indexer with all that it starts, before and after a burst of payments. */
import { runBench } from './frame/bench.ts';
import { burst } from './world/burst.ts';
import { rss_mb } from './world/memory.ts';
import { inWorld } from './world/open.ts';

runBench({
  name: 'memory',
  what: 'resident memory of reactor and indexer after a burst of payments with everything real',
  options: { payments: { usual: '40', what: 'at once' } },
  round: (given) =>
    inWorld({}, async (world) => {
      const read = () => {
        const reactor = world.reactors().reduce((sum, { pid }) => sum + rss_mb(pid), 0);
        const indexer = rss_mb(world.indexer().pid);
        return { reactor, indexer, both: reactor + indexer };
      };
      const idle = read();
      await burst(world, Number(given.payments));
      return { rss_mb: read(), idle_rss_mb: idle };
    }),
  wall: (of) =>
    `the code that is loaded: ${of('idle_rss_mb.reactor')} and ${of('idle_rss_mb.indexer')} MB before the first payment; what is kept of payments is in Postgres`,
});
