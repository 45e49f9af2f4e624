/** The indexer has no views yet, or they were taken away: what it would show is not known. */
export class IndexerNotReadyError extends Error {
  override readonly name = 'IndexerNotReadyError';
  constructor() {
    super('The indexer’s views are not there. Steps that need them wait; start it with `npm run indexer`.');
  }
}

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_SCHEMA = '3F000';

/** Turns “no such view” into an IndexerNotReadyError; everything else stays what it is. */
export async function whenReady<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === UNDEFINED_TABLE || code === UNDEFINED_SCHEMA) throw new IndexerNotReadyError();
    throw error;
  }
}
