import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { closingOf } from '../report/closing.ts';
import { closingCsv } from '../report/csv.ts';
import { DAY } from '../report/day.ts';
import type { ApiEnv } from './auth.ts';
import { closingPage } from './closing-page.ts';
import { parse } from './request.ts';
import { serveQuestion } from './route.ts';
import { GET_CLOSING, GET_CLOSING_CSV, GET_CLOSING_PAGE } from './routes/reports.ts';

export function serveReports(app: Hono<ApiEnv>, ctx: Context): void {
  const closing = (day: string) => closingOf(ctx.db, parse(DAY, day));
  serveQuestion(app, GET_CLOSING, ({ parameters }) => closing(parameters.day));
  serveQuestion(app, GET_CLOSING_CSV, async ({ parameters }) => closingCsv(await closing(parameters.day)));
  serveQuestion(app, GET_CLOSING_PAGE, async ({ parameters }) =>
    String(await closingPage(await closing(parameters.day))),
  );
}
