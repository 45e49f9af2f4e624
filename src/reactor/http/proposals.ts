import type { Hono } from 'hono';
import { approve } from '../approvals/approve.ts';
import { commandOf } from '../approvals/commands.ts';
import { listProposals, withdrawProposal } from '../approvals/propose.ts';
import { noProposal } from '../approvals/refusals.ts';
import type { Context } from '../context.ts';
import { type ApiEnv, readsProposals } from './auth.ts';
import { idOf } from './id.ts';
import { readProposedMoney } from './proposed-money.ts';
import { ring } from './ring.ts';
import { serveCommand, serveOutside, serveQuestion } from './route.ts';
import { APPROVE_PROPOSAL, LIST_PROPOSALS, WITHDRAW_PROPOSAL } from './routes/proposals.ts';
import { printCursor } from './routes/shapes.ts';

export function serveProposals(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_PROPOSALS, async ({ actor, query: { subject, limit, cursor: before } }) => {
    const may = readsProposals(actor);
    const { proposals, next } = await listProposals(ctx.db, { subject, limit, before, may });
    const money = await readProposedMoney(ctx.db, proposals, may.canReadWhole);
    const empty = { payments: [], parts: [], accounts: [] };
    return {
      proposals: proposals.map((one, at) => ({ ...one, money: money[at] ?? empty })),
      ...(next && { nextCursor: printCursor(next) }),
    };
  });
  serveOutside(app, APPROVE_PROPOSAL, {
    run: async ({ actor, parameters, terms: { reason } }, identity) => {
      const id = idOf(parameters.id, noProposal);
      const { response, wakes } = await approve(ctx, commandOf, { actor, id, reason, identity });
      await ring(ctx, ...wakes);
      return response;
    },
  });
  serveCommand(app, ctx, WITHDRAW_PROPOSAL, {
    work: (tx, { actor, parameters, terms }) =>
      withdrawProposal(tx, actor, idOf(parameters.id, noProposal), terms.reason),
  });
}
