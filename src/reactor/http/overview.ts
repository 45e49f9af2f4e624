import type { Hono } from 'hono';
import { listAlerts } from '../alerts/list.ts';
import type { Context } from '../context.ts';
import { reasonOff } from '../guards/reasons.ts';
import { keptFor } from '../metrics/readings.ts';
import { listAttention } from '../overview/attention.ts';
import { historiesOf } from '../overview/history.ts';
import { readRails } from '../overview/rails.ts';
import { readOverview } from '../overview/read.ts';
import { type ApiEnv, canReadReasons } from './auth.ts';
import { serveQuestion } from './route.ts';
import { GET_HISTORY, GET_OVERVIEW, GET_RAILS, LIST_ALERTS, LIST_ATTENTION } from './routes/overview.ts';
import { printCursor } from './routes/shapes.ts';

/** However many look, it is read so often. */
const KEEP_MS = 2_000;

export function serveOverview(app: Hono<ApiEnv>, ctx: Context): void {
  const overview = keptFor(KEEP_MS, ctx.monotonic, () => readOverview(ctx));
  const rails = keptFor(KEEP_MS, ctx.monotonic, () => readRails(ctx));
  serveQuestion(app, GET_OVERVIEW, async ({ actor }) => {
    const { stopped, ...rest } = await overview();
    const mayRead = canReadReasons(actor);
    return { ...rest, stopped: stopped.map((one) => ({ name: one.name, reason: reasonOff(mayRead, one) })) };
  });
  const history = historiesOf(ctx);
  serveQuestion(app, GET_HISTORY, ({ query: { by } }) => history[by]());
  serveQuestion(app, GET_RAILS, rails);
  serveQuestion(app, LIST_ATTENTION, async ({ query: { which, limit, cursor } }) => {
    const [centavos = '', id = ''] = cursor?.id.split(' ') ?? [];
    const after = cursor && { amount: BigInt(centavos), since: cursor.at, id };
    const { next, ...page } = await listAttention(ctx.db, { which, limit, after });
    return { ...page, ...(next && { nextCursor: printCursor({ at: next.since, id: `${next.amount} ${next.id}` }) }) };
  });
  serveQuestion(app, LIST_ALERTS, async ({ query: { limit, cursor: before } }) => {
    const { alerts, next } = await listAlerts(ctx, { isOpen: false, limit, before });
    return { alerts, nextCursor: next ? printCursor(next) : null };
  });
}
