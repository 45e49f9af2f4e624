import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { listDeposits, showDeposit } from '../intake/show.ts';
import { Refusal } from '../people/refusal.ts';
import { type ApiEnv, canReadPeople } from './auth.ts';
import { serveQuestion } from './route.ts';
import { GET_DEPOSIT, LIST_DEPOSITS } from './routes/deposits.ts';
import { printCursor } from './routes/shapes.ts';

export function serveDeposits(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_DEPOSITS, async ({ actor, query: { cursor: before, ...filter } }) => {
    const { items, next } = await listDeposits(ctx.db, { ...filter, before, canReadPeople: canReadPeople(actor) });
    return { items, nextCursor: next && printCursor(next) };
  });
  serveQuestion(app, GET_DEPOSIT, async ({ actor, parameters }) => {
    const found = await showDeposit(ctx.db, parameters.id, canReadPeople(actor));
    if (!found) throw noDeposit();
    return found;
  });
}

const noDeposit = (): Refusal =>
  new Refusal({
    code: 'deposit_not_found',
    status: 404,
    title: 'No such deposit',
    detail:
      'Juno has shown no deposit of this id. If the payer’s bank says that it was paid: kustodia juno sync, then kustodia deposit list --tracking-key KEY.',
  });
