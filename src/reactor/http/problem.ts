import type { Context as HonoContext } from 'hono';
import type { Logger } from 'pino';
import type { RefusalParameters } from '../people/refusal.ts';
import { Refusal } from '../people/refusal.ts';
import type { Problem } from './routes/problem.ts';

const TYPE = 'https://kustodia.mx/problems';

/** Answers with a problem, in the words of the refusal. */
export function refuse({ code, status, title, detail, errors, retryAfter_s }: RefusalParameters): Response {
  const problem = { type: `${TYPE}/${code}`, title, status, detail, code, ...(errors ? { errors: [...errors] } : {}) };
  return answer(problem, retryAfter_s === undefined ? {} : { 'retry-after': String(retryAfter_s) });
}

const answer = (problem: Problem, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json(problem, {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });

/** The one funnel of errors: refusals in their own words, everything else logged and answered without its insides. */
export function onError(log: Logger) {
  return (error: Error, c: HonoContext): Response => {
    if (error instanceof Refusal) return refuse(error.problem);
    log.error({ event: 'request_failed', method: c.req.method, path: c.req.path, err: error });
    return answer({
      type: `${TYPE}/internal`,
      title: 'Something failed inside',
      status: 500,
      detail:
        'The reactor could not finish this request, and nothing of it was committed unless an earlier answer said so. Repeat it with the same Idempotency-Key: it is done once. GET /health says what is wrong.',
      code: 'internal',
    });
  };
}

export const notFound = (): Response =>
  refuse({
    code: 'not_found',
    status: 404,
    title: 'There is nothing here',
    detail: 'No such address. GET / lists what there is.',
  });
