/**
 * `node bench/lives.ts`: whole payments a second. The reactor as the product wires it, over a real Postgres with fsync and the real queue;
 * the chain and the rails answer at once in the same process, and Juno's rate is out of the way. Every payment waits in the escrow for a
 * second. Counted at the bank.
 */
import { runBench } from './frame/bench.ts';
import { driveLives } from './lives/drive.ts';
import { openLives } from './lives/world.ts';

runBench({
  name: 'lives',
  what: 'whole payments, and moves of their legs, a second: reactor and Postgres real, chain and rails in the same process',
  options: {
    payments: { usual: '400', what: 'counted, after as many as are under way at once' },
    'in-flight': { usual: '100', what: 'under way at once' },
    statements: { usual: '0', what: 'told of, the costliest first, each by its part in one payment' },
  },
  round: async (given, say) => {
    const lives = await openLives();
    try {
      const { lives_per_s, steps_per_s, ...each } = await driveLives(lives, {
        payments: Number(given.payments),
        inFlight: Number(given['in-flight']),
      });
      for (const line of await lives.database.costliest(Number(given.statements), lives.done())) say(line);
      return { lives_per_s, steps_per_s, each };
    } finally {
      await lives.close();
    }
  },
  wall: (of) =>
    `processor time: a payment takes ${of('each.postgres_cpu_ms')} ms of Postgres for ${of('each.statements')} statements in ${of('each.commits')} commits, and ${of('each.node_cpu_ms')} ms of Node; two processors give 2,000 ms a second, ${(2_000 / (of('each.postgres_cpu_ms') + of('each.node_cpu_ms'))).toFixed(1)} payments`,
});
