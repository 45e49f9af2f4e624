import type { Context } from '../context.ts';
import { withLane } from '../effects/lane.ts';
import { registerDestination } from '../intake/subjects.ts';
import { isEnoughAccrued, settleAccrued } from './settle.ts';

/** All that a payout account waits for: to be registered at Juno, and to be paid what has accrued for it. */
export async function tendDestination(ctx: Context, destinationId: string): Promise<void> {
  await registerDestination(ctx, destinationId);
  if (!(await isEnoughAccrued(ctx, destinationId))) return;
  const settled = await withLane(ctx, `destination:${destinationId}`, (lane) =>
    settleAccrued(ctx, lane, destinationId),
  );
  if (settled !== null && settled !== 'busy') await ctx.queue.enqueue({ lane: 'payment', id: settled });
}
