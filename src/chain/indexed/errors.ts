/** The indexer has no views yet, or they were taken away: what it would show is not known. */
export class IndexerNotReadyError extends Error {
  override readonly name = 'IndexerNotReadyError';
  constructor() {
    super('The indexer’s views are not there. Steps that need them wait; start it with `npm run indexer`.');
  }
}

/** Postgres: undefined_table, invalid_schema_name, undefined_column. A missing column is the view of an earlier build. */
const NO_SUCH_VIEW: readonly unknown[] = ['42P01', '3F000', '42703'];

/** Turns “no such view” into an IndexerNotReadyError; everything else stays what it is. */
export async function whenReady<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (NO_SUCH_VIEW.includes(code)) throw new IndexerNotReadyError();
    throw error;
  }
}
