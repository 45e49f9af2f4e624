/** What is done beside moving money: counting, and telling those who run it. Nothing of a payment waits for any of it. */
import { openChannels } from './alerts/channels/index.ts';
import { deliverNotices } from './alerts/deliver.ts';
import { createReader } from './alerts/read.ts';
import { tellAlerts } from './alerts/tell.ts';
import type { Context } from './context.ts';
import { exposeReadings, type OpenBreaks, openReadings } from './metrics/expose.ts';
import type { Instruments } from './metrics/instruments.ts';
import { foldTally } from './metrics/tally.ts';
import { historiesOf } from './overview/history.ts';
import { type Loop, startLoop } from './watch/loop.ts';
import { watchReorganisations } from './watch/reorganisations.ts';
import { deliverWebhooks } from './webhooks-out/deliver.ts';
import { pruneWebhooks } from './webhooks-out/prune.ts';

const TALLY_MS = 5_000;
const WEBHOOKS_MS = 1_000;
const OLD_WEBHOOKS_MS = { idle: 3_600_000, more: 1_000 };
const HEADS_MS = 1_000;
/** What is over is counted once, and each hour has a little more of it. */
const HISTORY_MS = 3_600_000;
const NOTICES_MS = { idle: 10_000, soonest: 500 };

export type Operating = Readonly<{ stop: () => Promise<void> }>;

/** Starts it. `breaks`: what reconciliation found, where it runs. */
export function startOperating(
  ctx: Context,
  instruments: Instruments,
  { breaks = null }: Readonly<{ breaks?: OpenBreaks | null }> = {},
): Operating {
  const start = instruments.watchLoops(startLoop);
  const readings = openReadings(ctx);
  exposeReadings(ctx, instruments, readings, breaks);
  const channels = openChannels(ctx);
  const read = createReader(ctx, instruments, readings, breaks);
  const { look_ms } = ctx.settings.operate.alerts;
  const { log } = ctx;
  const notices = start('notices', { interval_ms: NOTICES_MS.idle, log }, async () => {
    const wait_ms = await deliverNotices(ctx, channels);
    // Never at once: whoever holds the lane is at it.
    return wait_ms === null ? undefined : Math.min(Math.max(wait_ms, NOTICES_MS.soonest), NOTICES_MS.idle);
  });
  const histories = historiesOf(ctx);
  const reorganisations = watchReorganisations(ctx);
  let isFirst = true;
  const loops: readonly Loop[] = [
    notices,
    start('tally', { interval_ms: TALLY_MS, log }, async () => ((await foldTally(ctx)) ? 0 : undefined)),
    start('webhooks', { interval_ms: WEBHOOKS_MS, log }, async () => ((await deliverWebhooks(ctx)) ? 0 : undefined)),
    start('old_webhooks', { interval_ms: OLD_WEBHOOKS_MS.idle, log }, async () =>
      (await pruneWebhooks(ctx)) ? OLD_WEBHOOKS_MS.more : undefined,
    ),
    start('reorganisations', { interval_ms: HEADS_MS, log }, async () => void (await reorganisations.look())),
    start('history', { interval_ms: HISTORY_MS, log }, async () => {
      await histories.hour();
      await histories.day();
      return undefined;
    }),
    start('alerts', { interval_ms: look_ms, log }, async () => {
      // What a start has not looked at yet is not wrong.
      if (isFirst) {
        isFirst = false;
        return undefined;
      }
      if (await tellAlerts(ctx, read, channels)) notices.poke();
      return undefined;
    }),
  ];
  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) };
}
