import { type AnyColumn, type SQL, sql } from 'drizzle-orm';

/** Whether a column is one of these, as one value: a question that is asked with ever other counts of them stays the same question. */
export const anyOf = (column: AnyColumn, values: readonly string[]): SQL =>
  sql`${column} = ANY(${sql.param([...values])})`;
