/**
 * `node bench/world-lives.ts`: whole payments a second with everything real on this one machine: reactor, indexer, Postgres, a chain that
 * mines every second, the sandbox. From the first deposit seen to the last payout, counted in the sandbox's books.
 */
import { runBench } from './frame/bench.ts';
import { burst } from './world/burst.ts';
import { cpuOf } from './world/cpu.ts';
import { inWorld } from './world/open.ts';

runBench({
  name: 'world-lives',
  what: 'whole payments a second with everything real, all asked for at once',
  options: {
    payments: { usual: '40', what: 'at once' },
    reactors: { usual: '1', what: 'processes' },
  },
  round: (given) =>
    inWorld({ reactors: Number(given.reactors) }, async (world) => {
      const payments = Number(given.payments);
      const before = cpuOf(world);
      const { world_lives_per_s, overhead_ms } = await burst(world, payments);
      const after = cpuOf(world);
      const each = Object.fromEntries(
        Object.entries(after).map(([part, ms]) => [
          `${part}_cpu_ms`,
          Math.round((ms - (before[part as keyof typeof before] ?? 0)) / payments),
        ]),
      );
      return { world_lives_per_s, overhead_ms, each };
    }),
  wall: (of) => {
    const parts = ['postgres', 'reactors', 'indexer', 'anvil', 'sandbox'].map(
      (part) => [part, of(`each.${part}_cpu_ms`)] as const,
    );
    const sum = parts.reduce((total, [, ms]) => total + ms, 0);
    return `processor time, ${sum} ms of it for each payment (${parts.map(([part, ms]) => `${part} ${ms}`).join(', ')}): two processors give 2,000 ms a second, ${(2_000 / sum).toFixed(1)} payments`;
  },
});
