/**
 * `node bench/webhook-to-intent.ts`: from the receipt of the webhook that says that a deposit became MXNB to the commit of the intent to
 * withdraw it. Between them the webhook is kept, Juno's lists are read again, and the deposit is claimed. The one-command world with
 * everything real.
 */
import { runBench } from './frame/bench.ts';
import { latency } from './frame/figures.ts';
import { ask } from './world/ask.ts';
import { WARM_UP } from './world/event-to-intent.ts';
import { committed } from './world/observe.ts';
import { inWorld } from './world/open.ts';
import { judgeWorld, pace } from './world/pace.ts';

runBench({
  name: 'webhook-to-intent',
  what: 'from the receipt of the webhook of a complete ISSUANCE to the commit of the withdrawal’s intent; everything real, customers one after the other',
  options: {
    payments: { usual: '25', what: `after ${WARM_UP} that are not counted` },
    'every-ms': { usual: '1500', what: 'between two deposits' },
  },
  round: (given) =>
    inWorld({}, async (world) => {
      const every_ms = Number(given['every-ms']);
      await judgeWorld(world, await pace(world, { payments: Number(given.payments) + WARM_UP, every_ms }));
      const rows = await ask<{ ms: number }>(
        world,
        `SELECT (${committed('h')})::float8 - extract(epoch FROM w.received_at)::float8 * 1000 AS ms
         FROM reactor.effect f JOIN reactor.effect_history h ON h.effect_id = f.id AND h.to_state = 'recorded'
         JOIN reactor.payment p ON p.id = f.payment_id
         JOIN reactor.evidence v ON v.source = 'juno_transaction' AND v.subject_id IN (f.subject_id, p.id::text)
         JOIN reactor.juno_transaction t ON t.id = v.external_id AND t.type = 'ISSUANCE'
         JOIN LATERAL (SELECT min(received_at) AS received_at FROM reactor.webhook_in WHERE lower(news) = lower(t.id) || ' complete') w ON true
         WHERE f.kind = 'juno_withdrawal' AND p.number > ${WARM_UP} AND w.received_at IS NOT NULL`,
      );
      return { webhook_to_intent_ms: latency(rows.map(({ ms }) => ms)) };
    }),
  wall: () =>
    'two looks at Juno’s lists are at least 500 ms apart (INTAKE_GAP_MS), so that a crowd of webhooks is one look: whoever comes within that time of the last one waits; then the calls to Juno and two steps',
});
