/** The typed client of the REST API, as whoever is signed in. */
import { QueryClient } from '@tanstack/react-query';
import { type AnswerOf, type AskedOf, openClient, ProblemError } from '../../reactor/http/routes/client.ts';
import type { Command, Question } from '../../reactor/http/routes/declare.ts';
import { headersOfPage } from './touch.ts';

const client = openClient({ url: '', timeout_ms: 20_000, headers: headersOfPage });
export const { call } = client;

/** What wins over every other failure: nobody is signed in any more. */
export const isSignedOut = (error: unknown): boolean => error instanceof ProblemError && error.problem.status === 401;
const isFinal = (error: unknown): boolean => error instanceof ProblemError && error.problem.status < 500;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (count, error) => !isFinal(error) && count < 2,
      refetchOnWindowFocus: true,
    },
  },
});

queries.getQueryCache().subscribe(({ type, query }) => {
  if (type === 'updated' && query.queryKey[0] !== 'session' && isSignedOut(query.state.error))
    void queries.invalidateQueries({ queryKey: ['session'] });
});

/** A question as TanStack Query asks it. */
export const ask = <const R extends Question>(route: R, asked: AskedOf<R>) => ({
  queryKey: [route.id, asked] as const,
  queryFn: (): Promise<AnswerOf<R>> => call(route, asked),
});

/** After a command whatever is shown is read again. */
export async function command<const R extends Command>(route: R, asked: AskedOf<R>): Promise<AnswerOf<R>> {
  const answer = await call(route, asked);
  await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  return answer;
}
