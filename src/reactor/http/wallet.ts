import { Hono } from 'hono';
import { BaseError } from 'viem';
import type { Context } from '../context.ts';
import { outsideSilent } from '../effects/refusals.ts';
import { listTaken } from '../wallet/taken.ts';
import type { ApiEnv } from './auth.ts';

/**
 * GET /nonces lists the nonces of the bridge wallet that another transaction used, as the chain has them now (POST
 * /api/v1/effects/:id/proposals proposes to clear one).
 */
export function walletRoutes(ctx: Context): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get('/nonces', async (c) => {
    const nonces = await listTaken(ctx).catch((error: unknown) => {
      if (error instanceof BaseError) throw outsideSilent(`The RPC gave no answer: ${error.shortMessage}`);
      throw error;
    });
    return c.json({
      nonces: nonces.map(({ takenBy, ...rest }) => ({
        ...rest,
        takenBy: takenBy && {
          ...takenBy,
          blockNumber: takenBy.blockNumber.toString(),
          depth: takenBy.depth.toString(),
          minedAt: takenBy.minedAt.toISOString(),
        },
      })),
    });
  });
}
