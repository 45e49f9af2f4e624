import { z } from 'zod';
import { ProblemError } from '../../reactor/http/routes/client.ts';
import { PROBLEM } from '../../reactor/http/routes/problem.ts';
import { ROLES, type Role } from '../../reactor/people/roles.ts';
import { queries } from './client.ts';
import { headersOfPage } from './touch.ts';

const SESSION = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  idle_s: z.number(),
  environment: z.enum(['sandbox', 'stage', 'production']),
  chainId: z.number(),
});
export type Session = Readonly<z.output<typeof SESSION>>;

async function session(method: 'GET' | 'POST' | 'DELETE', body?: object): Promise<unknown> {
  const response = await fetch('/session', {
    method,
    headers: { ...headersOfPage(), 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  const problem = PROBLEM.safeParse(answer);
  throw problem.success ? new ProblemError(problem.data) : new Error(`status ${response.status}`);
}

export const SESSION_QUERY = {
  queryKey: ['session'],
  queryFn: async (): Promise<Session | null> => {
    try {
      return SESSION.parse(await session('GET'));
    } catch (error) {
      if (error instanceof ProblemError && error.problem.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
  refetchInterval: 60_000,
} as const;

export async function signIn(key: string): Promise<void> {
  queries.setQueryData(SESSION_QUERY.queryKey, SESSION.parse(await session('POST', { key })));
}

export async function signOut(): Promise<void> {
  await session('DELETE');
  queries.setQueryData(SESSION_QUERY.queryKey, null);
}

/** Who somebody is to others: by name and role. */
export const personOf = (who: Session | null): string => (who ? `${who.role} ${who.name}` : '');

let last = '';
// What one person read or did is not shown to the next, however the session of the first came to its end.
queries.getQueryCache().subscribe(({ type, query }) => {
  if (type !== 'updated' || query.queryKey[0] !== SESSION_QUERY.queryKey[0] || query.state.data === undefined) return;
  const person = personOf(query.state.data as Session | null);
  if (person === last) return;
  last = person;
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_QUERY.queryKey[0] });
  queries.getMutationCache().clear();
});

export const may = (who: Session, roles: readonly Role[]): boolean => roles.includes(who.role);
