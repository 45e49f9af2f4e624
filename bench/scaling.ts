/**
 * `node bench/scaling.ts`: whole payments a second with 1, 2 and 4 reactors, each a process of its own, on one Postgres with fsync. Chain and
 * rails answer at once in the process that started them.
 */
import { runBench } from './frame/bench.ts';
import { driveLives } from './lives/drive.ts';
import { openLives } from './lives/world.ts';

runBench({
  name: 'scaling',
  what: 'whole payments a second with several reactor processes on one Postgres',
  options: {
    reactors: { usual: '1,2,4', what: 'how many, one world after the other' },
    payments: { usual: '100', what: 'counted, after as many as are under way at once' },
    'in-flight': { usual: '60', what: 'under way at once' },
    statements: { usual: '0', what: 'told of, the most frequent first, each by its part in one payment' },
  },
  round: async (given, say) => {
    const measured: [string, { lives_per_s: number; postgres_cpu_ms: number; commits: number }][] = [];
    for (const count of given.reactors.split(',')) {
      const lives = await openLives({ processes: Number(count) });
      try {
        const { lives_per_s, postgres_cpu_ms, commits } = await driveLives(lives, {
          payments: Number(given.payments),
          inFlight: Number(given['in-flight']),
        });
        measured.push([count, { lives_per_s, postgres_cpu_ms, commits }]);
        for (const line of await lives.database.costliest(Number(given.statements), lives.done(), 'calls')) say(line);
        say(`${count}: ${lives_per_s} a second`);
      } finally {
        await lives.close();
      }
    }
    return Object.fromEntries(measured);
  },
  wall: (of) =>
    `the two processors, shared by all of them, by Postgres and by what answers for chain and rails: one reactor ${of('1.lives_per_s')}, two ${of('2.lives_per_s')}, four ${of('4.lives_per_s')} a second`,
});
