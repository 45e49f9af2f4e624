import { Hono } from 'hono';
import { BaseError } from 'viem';
import { z } from 'zod';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { outsideSilent } from '../effects/refusals.ts';
import { once } from '../people/idempotency.ts';
import { GIVEN_REASON } from '../people/words.ts';
import { CARRY_OVER_HOW, CARRY_OVER_WALLET, listFormer, planCarryOver } from '../wallet/carry-over.ts';
import { listTaken } from '../wallet/taken.ts';
import { type ApiEnv, mayCommand } from './auth.ts';
import { DRY_RUN, parse, readCommand } from './request.ts';

const PROPOSAL = z.strictObject({ do: z.literal('carry-over'), how: CARRY_OVER_HOW, reason: GIVEN_REASON });

/**
 * GET /nonces lists the nonces of the bridge wallet that another transaction used, as the chain has them now (POST
 * /api/v1/effects/:id/proposals proposes to clear one). GET /former tells what lies in bridge wallets of before; POST
 * /former/:wallet/proposals proposes to record that it was carried over to today's, or only checks it with `?dryRun=true`.
 */
export function walletRoutes(ctx: Context): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get('/former', async (c) => c.json({ bridge: ctx.settings.bridge, former: await listFormer(ctx) }))
    .post('/former/:wallet/proposals', mayCommand, async (c) => {
      const { terms, identity } = await readCommand(c, PROPOSAL);
      const { dryRun } = parse(DRY_RUN, c.req.query());
      const { preview, ...wanted } = await planCarryOver(ctx, c.req.param('wallet'), terms.how);
      if (dryRun) return c.json({ dryRun: true as const, ...preview });
      const command = CARRY_OVER_WALLET as unknown as FourEyesCommand;
      const { response } = await once(ctx, identity, async (tx) => ({
        ...(await propose(tx, ctx, { command, actor: c.get('actor'), reason: terms.reason, ...wanted })),
        ...preview,
      }));
      return c.json(response, 201);
    })
    .get('/nonces', async (c) => {
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
