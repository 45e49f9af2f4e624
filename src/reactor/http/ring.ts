import type { Context } from '../context.ts';
import type { Job } from '../queue/port.ts';

/** Rings without failing the request: what is committed is found by the sweep even if the queue is away. */
export async function ring(ctx: Context, ...jobs: (Job & { at?: Date })[]): Promise<void> {
  for (const { at, ...job } of jobs) {
    await ctx.queue
      .enqueue(job, at ? { at } : {})
      .catch((error: Error) => ctx.log.warn({ event: 'queue_trouble', ...job, err: error }));
  }
}
