/**
 * `node bench/restart.ts`: from the start of a reactor that was killed to its first act: a deposit came in while it was away, and the
 * intent to withdraw it is committed. Everything else stays up.
 */
import { runBench } from './frame/bench.ts';
import { latency } from './frame/figures.ts';
import { ask } from './world/ask.ts';
import { committed } from './world/observe.ts';
import { AT_ONCE, inWorld } from './world/open.ts';
import { judgeWorld, pace } from './world/pace.ts';

runBench({
  name: 'restart',
  what: 'from the start of a killed reactor to the commit of its first intent',
  options: { restarts: { usual: '4', what: 'kills, each with a deposit of its own' } },
  round: (given, say) =>
    inWorld({ sandbox: { delays: AT_ONCE } }, async (world) => {
      // It has people, accounts and a proved address before it is killed.
      const before = await pace(world, { payments: 2, every_ms: 500 });
      const first: number[] = [];
      const listening: number[] = [];
      const started: Map<string, number> = new Map();
      const later = await pace(world, {
        ...{ payments: Number(given.restarts), every_ms: 6_000, first: before.length + 10 },
        onDeposited: async ({ id }) => {
          const began = Date.now();
          started.set(id, began);
          await world.restartReactor(0);
          listening.push(Date.now() - began);
        },
        beforeDeposit: async () => {
          await world.reactors()[0]?.kill9();
        },
      });
      const rows = await ask<{ payment: string; at: number }>(
        world,
        `SELECT f.payment_id::text AS payment, (${committed('h')})::float8 AS at FROM reactor.effect f JOIN reactor.effect_history h ON h.effect_id = f.id
         WHERE f.kind = 'juno_withdrawal' AND h.to_state = 'recorded'`,
      );
      for (const { payment, at } of rows) {
        const began = started.get(payment);
        if (began !== undefined) first.push(at - began);
      }
      await judgeWorld(world, [...before, ...later]);
      say(`${first.length} restarts, the books balance`);
      return { restart_to_act_ms: latency(first), restart_to_listening_ms: latency(listening) };
    }),
  wall: (of) =>
    `Node's start and the loading of the code, ${of('restart_to_listening_ms.p50')} ms until it listens; then one question each to Juno and the chain for acts that it does not know, and the first look at Juno's lists`,
});
