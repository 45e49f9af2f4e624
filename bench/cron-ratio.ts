/**
 * `node bench/cron-ratio.ts`: how much sooner a payment is paid than by the schedule that this replaces, with rails that answer at once in
 * both. Ours is measured, in the one-command world with everything real; the other is computed for deposits at any moment of the day.
 * The custody is taken off both.
 */
import { cronTime_s } from './cron/schedule.ts';
import { runBench } from './frame/bench.ts';
import { latency, quantile, rounded } from './frame/figures.ts';
import { ask } from './world/ask.ts';
import { AT_ONCE, inWorld } from './world/open.ts';
import { judgeWorld, pace } from './world/pace.ts';

const DAY_S = 86_400;
const WARM_UP = 2;
/** Prime to every period, so that all moments of the hour are met. */
const STEP_S = 7.3;

runBench({
  name: 'cron-ratio',
  what: 'a payment from its deposit to its payout, less the custody: the earlier schedule by ours, rails answering at once',
  options: {
    payments: { usual: '12', what: `after ${WARM_UP} that are not counted` },
    'every-ms': { usual: '2500', what: 'between two deposits' },
    custody: { usual: '3', what: 'seconds in the escrow' },
  },
  round: (given) =>
    inWorld({ sandbox: { delays: AT_ONCE } }, async (world) => {
      const custodySeconds = Number(given.custody);
      const driven = await pace(world, {
        ...{ payments: Number(given.payments) + WARM_UP, every_ms: Number(given['every-ms']), custodySeconds },
      });
      await judgeWorld(world, driven);
      const outbox = await world.outbox();
      const custody = await ask<{ payment: string; ms: number }>(
        world,
        `SELECT l.payment_id::text AS payment, (l.deadline_seconds - e.block_timestamp)::float8 * 1000 AS ms
         FROM reactor.leg l JOIN indexed.escrow_event e ON e.reference = l.reference AND e.kind = 'funded'`,
      );
      const ours_ms = driven.slice(WARM_UP).map(({ id, payoutClabe, centavos, depositedAt }) => {
        const paid = outbox.find(({ clabe, amount_centavos: amount }) => clabe === payoutClabe && amount === centavos);
        const held = custody.find(({ payment }) => payment === id);
        if (!paid || !held || depositedAt === undefined) throw new Error('a payment was not paid');
        return paid.at - depositedAt - held.ms;
      });
      const cron_s: number[] = [];
      for (let at_s = 0; at_s < DAY_S; at_s += STEP_S) cron_s.push(cronTime_s(at_s, custodySeconds));
      return {
        cron_ratio: rounded((quantile(cron_s, 0.5) * 1000) / quantile(ours_ms, 0.5)),
        ours_ms: latency(ours_ms),
        cron_s: { p50: quantile(cron_s, 0.5), p99: quantile(cron_s, 0.99) },
      };
    }),
  wall: (of) =>
    `blocks: the withdrawal, the funding, the release and the return each wait for the next one, which comes every second here; that is ${of('ours_ms.p50')} ms against ${of('cron_s.p50')} s`,
});
