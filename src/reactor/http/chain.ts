import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { keptFor } from '../metrics/readings.ts';
import { readBlocks } from '../overview/chain.ts';
import { listReorganisations } from '../watch/reorganisations.ts';
import type { ApiEnv } from './auth.ts';
import { serveQuestion } from './route.ts';
import { GET_CHAIN } from './routes/chain.ts';

/** However many look, the RPC is asked so often. */
const KEEP_MS = 1_000;

export function serveChain(app: Hono<ApiEnv>, ctx: Context): void {
  const blocks = keptFor(KEEP_MS, ctx.monotonic, () => readBlocks(ctx));
  serveQuestion(app, GET_CHAIN, async ({ query: { limit } }) => ({
    ...{ chainId: ctx.chain.chainId, ...(await blocks()) },
    reorganisations: await listReorganisations(ctx.db, limit),
  }));
}
