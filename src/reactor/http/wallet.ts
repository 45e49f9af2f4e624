import type { Hono } from 'hono';
import { BaseError } from 'viem';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { outsideSilent } from '../effects/refusals.ts';
import { onceLooked } from '../people/idempotency.ts';
import { CARRY_OVER_WALLET, listFormer, planCarryOver } from '../wallet/carry-over.ts';
import { listTaken } from '../wallet/taken.ts';
import { listTransactions } from '../wallet/transactions.ts';
import type { ApiEnv } from './auth.ts';
import { serveOutside, serveQuestion } from './route.ts';
import { CARRY_OVER, LIST_FORMER_WALLETS, LIST_NONCES, LIST_TRANSACTIONS } from './routes/wallet.ts';

export function serveWallet(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_FORMER_WALLETS, async () => ({
    bridge: ctx.settings.bridge,
    former: await listFormer(ctx),
  }));
  serveOutside(app, CARRY_OVER, {
    rehearse: async ({ parameters, terms }) => (await planCarryOver(ctx, parameters.wallet, terms.how)).preview,
    run: async ({ actor, parameters, terms: { how, reason } }, identity) => {
      const command = CARRY_OVER_WALLET as unknown as FourEyesCommand;
      const look = () => planCarryOver(ctx, parameters.wallet, how);
      const { response } = await onceLooked(ctx, identity, look, async (tx, { preview, ...wanted }) => ({
        ...(await propose(tx, ctx, { command, actor, reason, ...wanted })),
        ...preview,
      }));
      return response;
    },
  });
  serveQuestion(app, LIST_TRANSACTIONS, async ({ query }) => ({
    wallet: ctx.settings.bridge,
    transactions: await listTransactions(ctx, query.limit),
  }));
  serveQuestion(app, LIST_NONCES, async ({ query: { limit, cursor } }) => {
    const { taken, next } = await listTaken(ctx, { limit, after: cursor ?? null }).catch((error: unknown) => {
      if (error instanceof BaseError) throw outsideSilent(`The RPC gave no answer: ${error.shortMessage}`);
      throw error;
    });
    return {
      ...(next === null ? {} : { nextCursor: `n${next}` }),
      nonces: taken.map(({ takenBy, ...rest }) => ({
        ...rest,
        takenBy: takenBy && {
          ...takenBy,
          blockNumber: takenBy.blockNumber.toString(),
          depth: takenBy.depth.toString(),
          minedAt: takenBy.minedAt.toISOString(),
        },
      })),
    };
  });
}
