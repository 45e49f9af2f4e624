/** What is done beside moving money: counting, and telling those who run it. Nothing of a payment waits for any of it. */
import type { Context } from './context.ts';
import { exposeReadings, type OpenBreaks, openReadings } from './metrics/expose.ts';
import type { Instruments } from './metrics/instruments.ts';
import { foldTally } from './metrics/tally.ts';
import { type Loop, startLoop } from './watch/loop.ts';

const TALLY_MS = 5_000;

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
  const loops: Loop[] = [
    start('tally', { interval_ms: TALLY_MS, log: ctx.log }, async () => ((await foldTally(ctx)) ? 0 : undefined)),
  ];
  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) };
}
