import pg from 'pg';

/** What the database answers to one statement of a login: `done`, or why not. */
export async function answerTo(connectionString: string, statement: string, options = ''): Promise<string> {
  const client = new pg.Client({ connectionString, options });
  await client.connect();
  try {
    await client.query(statement);
    return 'done';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.end();
  }
}
