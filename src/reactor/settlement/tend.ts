import type { Context } from '../context.ts';
import { withLane } from '../effects/lane.ts';
import { registerDestination } from '../intake/subjects.ts';
import { isEnoughAccrued, settleAccrued } from './settle.ts';

/** All that a payout account waits for: to be registered at Juno, and to be paid what has accrued for it. `mostLegs`: of a settlement, as its default says. */
export async function tendDestination(ctx: Context, destinationId: string, mostLegs?: number): Promise<void> {
  await registerDestination(ctx, destinationId);
  if (!(await isEnoughAccrued(ctx, destinationId))) return;
  const settled = await withLane(ctx, `destination:${destinationId}`, (lane) =>
    settleAccrued(ctx, lane, destinationId, mostLegs),
  );
  if (settled !== null && settled !== 'busy') await ctx.queue.enqueue({ lane: 'payment', id: settled });
}
