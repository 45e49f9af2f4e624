import { z } from 'zod';

/** What one statement may answer, and how many are answered at once: what is answered stands in memory before it is sent. */
export const SQL_LIMITS = { rows: 1_000, atOnce: 2 } as const;

/** As `@ponder/client` sends it: superjson, of which only what is plain counts here. */
const SENT = z.object({ json: z.object({ sql: z.string(), params: z.array(z.unknown()).default([]) }) });
/** At its end, so that it is of the whole statement: what stands in parentheses, in quotes or behind a sign of a comment does not end so. */
const LIMIT_AT_END = /\blimit\s+(\d+|\$\d+)(?:\s+offset\s+(?:\d+|\$\d+))?\s*$/i;
const COMMENT = /--|\/\*/;
/** Many rows in one: what Ponder lets through of it is spelled so. An identifier that is spelled by escapes could be such a name. */
const GATHERS = /agg\b|\barray\s*\(|\bjson_array\b|\bu&["']/i;

/** Why a statement is not answered, by its text alone; null where it may be. What it may do besides, Ponder judges: it only reads. */
export function judgeSql(sent: string | undefined): string | null {
  const read = SENT.safeParse(parse(sent));
  if (!read.success) return 'Send one statement as @ponder/client does: /sql/db?sql={"json":{"sql":"…","params":[…]}}.';
  const { sql, params } = read.data.json;
  if (COMMENT.test(sql)) return 'Leave out comments, and what looks like one: --, /*.';
  if (GATHERS.test(sql))
    return 'What gathers rows into one (json_agg, array and the like) is not answered: select the rows.';
  const told = LIMIT_AT_END.exec(sql)?.[1] ?? '';
  const limit = told.startsWith('$') ? params[Number(told.slice(1)) - 1] : told;
  const most = /^\d+$/.test(String(limit)) ? Number(limit) : Number.POSITIVE_INFINITY;
  return most <= SQL_LIMITS.rows
    ? null
    : `A statement ends in LIMIT with at most ${SQL_LIMITS.rows}, and OFFSET if need be. Go on where a page ended by a condition.`;
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
