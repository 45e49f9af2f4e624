import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { recover } from '../recovery/recover.ts';
import { recoveryNeeded } from '../recovery/state.ts';
import type { ApiEnv } from './auth.ts';
import { serveOutside, serveQuestion } from './route.ts';
import { GET_RECOVERY, RECOVER } from './routes/recovery.ts';

/** A recovery sends nothing and may be repeated, with whatever Idempotency-Key: its second run finds what the first left. */
export function serveRecovery(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, GET_RECOVERY, async () => {
    const needed = await recoveryNeeded(ctx.db);
    return { state: needed === null ? ('clear' as const) : ('needed' as const), sentence: needed ?? 'Money is on.' };
  });
  serveOutside(app, RECOVER, {
    rehearse: async ({ actor, terms }) => recover(ctx, { actor, ...terms, dryRun: true }),
    run: async ({ actor, terms }) => recover(ctx, { actor, ...terms, dryRun: false }),
  });
}
