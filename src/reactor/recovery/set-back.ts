import type { Context } from '../context.ts';
import { setRecovery } from './state.ts';

const REASON =
  'the database was set back while a reactor ran on it: a backup was restored in its place, or a copy took over that had not got everything. What was sent since may not be known here. Money is off. Look with: kustodia recover --dry-run';

/**
 * Looks whether the database still has what this process saw committed. Where it has not, money is off at once and stays so until
 * `kustodia recover` knows what was lost. Answers whether it was set back.
 */
export async function noticeSetBack(ctx: Context): Promise<boolean> {
  const { memory } = ctx;
  if (!memory || (await memory.look(ctx.db))) return false;
  await setRecovery(ctx.db, ctx, REASON);
  // Only now: while nothing stands over the sends, what was forgotten keeps them back.
  memory.forget();
  ctx.log.error({ event: 'database_set_back' }, REASON);
  return true;
}
