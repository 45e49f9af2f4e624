/**
 * `node bench/rate.ts`: how many payments a minute one Juno account carries, by the product's own bucket on a clock of its own, and how many
 * accounts a million payments a day take. What a payment asks of Juno is measured by `lives` (`each.juno_calls`).
 */
import { runBench } from './frame/bench.ts';
import { quantile } from './frame/figures.ts';
import { openBenchDatabase } from './lives/database.ts';
import { simulateAccount } from './rate/account.ts';

const A_DAY = 1_000_000;
const MINUTES_A_DAY = 1_440;
/** The busiest minute of a day of payments by ordinary people, by their mean. An assumption. */
const PEAK = 3;
/** A withdrawal, a redemption; accounts are registered once a recipient. */
const SENDS = [1, 1, 0.05] as const;
const LOCKED_OUT = 300;
const MOST_PER_MINUTE = 240;
/** Of a minute: what came in the last five seconds may wait; more is a backlog that grows. */
const STANDING = 1 / 12;

runBench({
  name: 'rate',
  what: 'payments a minute that one Juno account carries without a backlog, and the accounts that a million a day take',
  options: {
    looks: { usual: '3.5', what: 'questions that a payment costs beside its sends' },
    minutes: { usual: '8', what: 'simulated at each load' },
  },
  round: async (given, say) => {
    const [looks, minutes] = [Number(given.looks), Number(given.minutes)];
    const calls = [looks, ...SENDS];
    const each = calls.reduce((sum, n) => sum + n, 0);
    const database = await openBenchDatabase();
    try {
      let [low, high] = [1, Math.ceil(MOST_PER_MINUTE / each) + 1];
      let waits_ms: readonly number[] = [0];
      let most = 0;
      // The highest load that leaves nothing behind.
      while (high - low > 1) {
        const perMinute = Math.floor((low + high) / 2);
        const simulated = await simulateAccount(database.db, { perMinute, minutes, calls });
        const isCarried = simulated.backlog <= perMinute * each * STANDING;
        say(
          `${perMinute} a minute: ${simulated.backlog} calls wait at the end, ${simulated.most_in_window} in the busiest window`,
        );
        if (simulated.most_in_window > LOCKED_OUT) throw new Error('Juno would have locked the account out');
        if (isCarried) [low, waits_ms, most] = [perMinute, simulated.waits_ms, simulated.most_in_window];
        else high = perMinute;
      }
      return {
        payments_per_minute: low,
        payouts_wait_ms: { p50: quantile(waits_ms, 0.5), p99: quantile(waits_ms, 0.99) },
        busiest_window_calls: most,
        accounts_for_a_million: {
          even: Math.ceil(A_DAY / MINUTES_A_DAY / low),
          peak: Math.ceil((A_DAY / MINUTES_A_DAY / low) * PEAK),
        },
      };
    } finally {
      await database.close();
    }
  },
  wall: (of) =>
    `Juno's 300 calls a minute, of which 240 are used (80 %, so that no fixed window ever sees 300): ${of('payments_per_minute')} payments a minute an account`,
});
