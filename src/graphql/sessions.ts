/** Of the sessions in which the interfaces read: Ponder gives a question half a minute, and half a gigabyte for each thing that it sorts. */
export const SESSION_LIMITS = { statement_ms: 5_000, memory_mb: 32 } as const;

type Done = (error: Error | null | undefined, ...rest: unknown[]) => void;
type Session = { query: (...given: unknown[]) => unknown };
export type SessionPool = Readonly<{ on: (event: 'acquire', then: (session: Session) => void) => unknown }>;

/** What may be well in a moment: a connection that was lost, a server that is full or starting, a lock. */
const PASSES = /^(08|40|53300|55|57P)/;
/**
 * Ponder asks whatever failed again, nine times within two minutes, a question that took too long among them; all but what says so
 * (queryBuilder.js). For a question of a reader once is enough.
 */
const NOT_AGAIN = 'An answer to it does not exist.';

/** Bounds each session before it is first asked something from now on: it answers in turn. */
export function boundSessions(pool: SessionPool): void {
  const { statement_ms, memory_mb } = SESSION_LIMITS;
  const bounded = new WeakSet<Session>();
  pool.on('acquire', (session) => {
    if (bounded.has(session)) return;
    bounded.add(session);
    const query = session.query.bind(session);
    session.query = (...given) => {
      const done = given.at(-1);
      if (typeof done !== 'function') {
        const answer = query(...given);
        return answer instanceof Promise ? answer.catch((error: unknown) => Promise.reject(final(error))) : answer;
      }
      const told: Done = (error, ...rest) => (done as Done)(error && (final(error) as Error), ...rest);
      return query(...given.slice(0, -1), told);
    };
    const settings = { statement_timeout: statement_ms, work_mem: `${memory_mb}MB`, hash_mem_multiplier: 1 };
    const text = Object.entries(settings).map(([name, value]) => `SET ${name} = '${value}'`);
    // One that is lost at once is lost to whoever asks next, who is told.
    (query(text.join('; ')) as Promise<unknown>).catch(() => undefined);
  });
}

/** An error of Postgres that would come again says so. */
function final(error: unknown): unknown {
  const isPostgres = error instanceof Error && 'code' in error && typeof error.code === 'string';
  if (isPostgres && /^[0-9A-Z]{5}$/.test(error.code as string) && !PASSES.test(error.code as string))
    error.message = `${error.message}. ${NOT_AGAIN}`;
  return error;
}
