/** Makes the leg that paid what was owed, as it was made since the backup. Moves nothing outside, so that no guard stands over it. */
import { applyMove, applyReplace } from '../advance/apply.ts';
import { loadView } from '../advance/load.ts';
import type { Context } from '../context.ts';
import { withLane } from '../effects/lane.ts';
import { nextStep } from '../payment/decide.ts';
import { settleThese } from '../settlement/settle.ts';
import type { Debt } from './owed.ts';

/** More moves than any leg makes between two acts. */
const MOST_STEPS = 10;

/** Answers whether it is there; not while what was to become of the legs before it waits for evidence that is still being read. */
export async function beginOwed(ctx: Context, { by }: Debt): Promise<boolean> {
  if (by.is === 'replacement') return takeAlong(ctx, by.paymentId, by.legId);
  for (const { id, paymentId } of by.legs) await takeAlong(ctx, paymentId, id);
  const ids = by.legs.map(({ id }) => id);
  const made = await withLane(ctx, `destination:${by.destinationId}`, (lane) =>
    settleThese(ctx, lane, by.destinationId, ids),
  );
  return made !== null && made !== 'busy';
}

/** A leg's moves that need nothing from outside, to where others take its place; whether they do now. */
async function takeAlong(ctx: Context, paymentId: string, legId: string): Promise<boolean> {
  const result = await withLane(ctx, `payment:${paymentId}`, async (lane) => {
    for (let step = 0; step < MOST_STEPS; step++) {
      const view = await loadView(ctx, paymentId);
      const leg = view?.legs.find(({ id }) => id === legId);
      if (!view || !leg) return false;
      const next = nextStep(view, leg);
      if (next.do === 'replace') {
        await applyReplace(ctx, lane, next);
        return true;
      }
      if (next.do !== 'move') return false;
      await applyMove(ctx, lane, paymentId, next);
    }
    return false;
  });
  return result === true;
}
