import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { closingOf } from '../report/closing.ts';
import { closingCsv } from '../report/csv.ts';
import { DAY } from '../report/day.ts';
import { type ApiEnv, onlyFor } from './auth.ts';
import { closingPage } from './closing-page.ts';
import { parse } from './request.ts';
import { serveQuestion } from './route.ts';
import { GET_CLOSING } from './routes/reports.ts';

export function serveReports(app: Hono<ApiEnv>, ctx: Context): void {
  const closing = (day: string) => closingOf(ctx.db, parse(DAY, day));
  const allowed = onlyFor(new Set(GET_CLOSING.roles));
  serveQuestion(app, GET_CLOSING, ({ parameters }) => closing(parameters.day));
  app.get('/reports/closing/:day/csv', allowed, async (c) => {
    const found = await closing(c.req.param('day'));
    return c.body(closingCsv(found), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="closing-${found.day}.csv"`,
    });
  });
  app.get('/reports/closing/:day/page', allowed, async (c) =>
    c.html(await closingPage(await closing(c.req.param('day')))),
  );
}
