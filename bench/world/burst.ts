import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { isFlawless, type Report } from '../../src/local/report.ts';
import type { World } from '../../src/local/world.ts';
import { ask } from './ask.ts';

/** So many payments at once; throws unless each is completed, paid once, and the books balance. Answers how many a second were paid, too. */
export async function burst(world: World, payments: number): Promise<Report & { world_lives_per_s: number }> {
  const report = await driveAndJudge(world, { payments, custodySeconds: 1 });
  if (!isFlawless(report)) throw new Error(`the world is not right: ${JSON.stringify(report)}`);
  const paidAt = (await world.outbox()).map(({ at }) => at);
  const [deposited] = await ask<{ first: number }>(
    world,
    'SELECT extract(epoch FROM min(observed_at))::float8 * 1000 AS first FROM reactor.juno_deposit',
  );
  const wall_s = (Math.max(...paidAt) - (deposited?.first ?? 0)) / 1000;
  return { ...report, world_lives_per_s: Number((payments / wall_s).toFixed(2)) };
}
