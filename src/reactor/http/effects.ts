import type { Hono } from 'hono';
import type { z } from 'zod';
import type { FourEyesCommand } from '../approvals/command.ts';
import { propose } from '../approvals/propose.ts';
import type { Context } from '../context.ts';
import { ALLOW_ATTEMPT, RESOLVE_EFFECT } from '../effects/decide-by-people.ts';
import { assertOpen, listEffects, lookNow, showEffect } from '../effects/show.ts';
import { audit } from '../people/audit.ts';
import { onceLooked } from '../people/idempotency.ts';
import { CLEAR_NONCE } from '../wallet/clear-nonce.ts';
import { type ApiEnv, readsProposals } from './auth.ts';
import { readWantedMoney } from './proposed-money.ts';
import { serveOutside, serveQuestion } from './route.ts';
import { GET_EFFECT, LIST_EFFECTS, LOOK_AT_EFFECT, PROPOSE_FOR_EFFECT } from './routes/effects.ts';
import { printCursor } from './routes/shapes.ts';

export function serveEffects(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_EFFECTS, async ({ query: { limit, cursor: before, state } }) => {
    const { effects, next } = await listEffects(ctx.db, { limit, state, before });
    return { effects, nextCursor: next && printCursor(next) };
  });
  serveQuestion(app, GET_EFFECT, ({ actor, parameters }) => showEffect(ctx, parameters.id, readsProposals(actor)));
  serveOutside(app, LOOK_AT_EFFECT, {
    run: async ({ actor, parameters: { id }, terms: { reason } }, identity) => {
      const look = () => assertOpen(ctx, id);
      // Who asked is written down before anything is asked outside. A repeat looks again.
      await onceLooked(ctx, identity, look, async (tx) => {
        await audit(tx, { actor, command: 'effect look', subject: `effect:${id}`, reason });
        return { id };
      });
      await lookNow(ctx, id);
      return showEffect(ctx, id, readsProposals(actor));
    },
  });
  serveOutside(app, PROPOSE_FOR_EFFECT, {
    rehearse: async ({ actor, parameters: { id: subjectId }, terms }) => {
      const wanted = await checked(ctx, subjectId, terms);
      const { id, kind, attempt, amount, error } = await showEffect(ctx, subjectId, readsProposals(actor));
      const money = await readWantedMoney(ctx.db, { ...wanted, subjectId }, null);
      return { id, kind, attempt, amount, error, money };
    },
    run: async ({ actor, parameters: { id: subjectId }, terms }, identity) => {
      const { response } = await onceLooked(
        ctx,
        identity,
        () => checked(ctx, subjectId, terms),
        (tx, wanted) => propose(tx, ctx, { ...wanted, actor, subjectId, reason: terms.reason }),
      );
      return response;
    },
  });
}

type Proposal = z.output<typeof PROPOSE_FOR_EFFECT.body>;

/** What may be proposed is looked at first, outside the transaction. */
async function checked(ctx: Context, subjectId: string, terms: Proposal) {
  const wanted = {
    resolve: RESOLVE_EFFECT,
    'allow-attempt': ALLOW_ATTEMPT,
    'clear-nonce': CLEAR_NONCE,
  }[terms.do] as unknown as FourEyesCommand;
  const parameters = 'how' in terms ? terms.how : {};
  await wanted.check(ctx, { subjectId, parameters });
  return { command: wanted, parameters };
}
