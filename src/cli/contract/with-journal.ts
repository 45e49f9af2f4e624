import { DrizzleQueryError, sql } from 'drizzle-orm';
import { type Db, migrateDatabase, openDatabase } from '../../reactor/db/client.ts';
import { CliError, EXIT } from '../output.ts';

/** Opens the database for as long as `use` runs. Throws a CliError where it does not answer or has no audit log. */
export async function withJournal(url: string, makesTables: boolean, use: (db: Db) => Promise<void>): Promise<void> {
  const db = openDatabase(url, { max: 2 });
  try {
    const { rows } = await answering(db, sql`SELECT to_regclass('reactor.audit_log') IS NOT NULL AS there`);
    if (rows[0]?.['there'] !== true) {
      if (!makesTables)
        throw new CliError(
          'The database of DATABASE_URL has no tables of Kustodia: is it the right one? The reactor makes them when it starts.',
          EXIT.refused,
          { code: 'no_tables' },
        );
      await migrateDatabase(db);
    }
    await use(db).catch((error: unknown) => {
      if (!(error instanceof DrizzleQueryError)) throw error;
      throw new CliError(
        'The database failed in the middle of it. If a transaction was named above it may happen: run the same command again when the database is back, it looks.',
        EXIT.unreachable,
        { code: 'database_failed' },
      );
    });
  } finally {
    await db.$client.end();
  }
}

async function answering(db: Db, query: ReturnType<typeof sql>) {
  try {
    return await db.execute(query);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new CliError(
      `The database does not answer (${why}). Look at DATABASE_URL; nothing was signed. In an emergency without it, --unsigned prints what any wallet can send.`,
      EXIT.unreachable,
      { code: 'database_unreachable' },
    );
  }
}
