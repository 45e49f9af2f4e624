import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { changeCap, listCaps } from '../guards/caps.ts';
import { listSwitches, OPEN_SWITCH as OPENING, proposeOpening, showSwitch, throwSwitch } from '../guards/switches.ts';
import { foreseeStop } from '../overview/foresee.ts';
import { type ApiEnv, canReadReasons } from './auth.ts';
import { serveCommand, serveQuestion } from './route.ts';
import { CHANGE_CAP, GET_SWITCH, LIST_GUARDS, OPEN_SWITCH, STOP_SWITCH } from './routes/guards.ts';
import { SECOND_PERSON } from './routes/shapes.ts';

export function serveGuards(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_GUARDS, async ({ actor, query }) => {
    const which = { after: query.cursor ?? null, canReadReasons: canReadReasons(actor) };
    const { switches, next } = await listSwitches(ctx.db, which);
    return { switches, caps: await listCaps(ctx.db, ctx.settings), ...(next === null ? {} : { nextCursor: next }) };
  });
  serveQuestion(app, GET_SWITCH, ({ actor, parameters }) => showSwitch(ctx.db, parameters.name, canReadReasons(actor)));

  serveCommand(app, ctx, STOP_SWITCH, {
    work: (tx, { actor, parameters, terms }) => throwSwitch(tx, { actor, name: parameters.name, reason: terms.reason }),
    planned: async (done) => ({ ...done, ...(await foreseeStop(ctx, done.name)) }),
  });
  serveCommand(app, ctx, OPEN_SWITCH, {
    prepare: ({ parameters }) => OPENING.check(ctx, { subjectId: parameters.name, parameters: {} }),
    work: async (tx, { actor, parameters: { name }, terms }) => {
      const { id: proposal } = await proposeOpening(tx, ctx, { actor, name, reason: terms.reason });
      return { name, proposal, needs: SECOND_PERSON };
    },
  });
  serveCommand(app, ctx, CHANGE_CAP, {
    work: async (tx, { actor, parameters: { name }, terms }) => {
      const changed = await changeCap(tx, ctx, { actor, name, ...terms });
      return { ...changed, needs: changed.proposal === null ? null : SECOND_PERSON };
    },
  });
}
