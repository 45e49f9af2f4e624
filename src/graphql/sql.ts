import { z } from 'zod';
import { refusalOfStatement, type SqlNames } from './statement.ts';

/**
 * What one statement may be and answer, and how many are answered at once: what is answered stands in memory before it is sent, and what
 * is reckoned for it in Postgres's, which money stands on. An expression of a subquery is put in wherever it is named, so that each level
 * multiplies: with two levels of so many characters it is bounded.
 */
export const SQL_LIMITS = {
  rows: 1_000,
  characters: 2_000,
  selects: 2,
  rowCharacters: 8_192,
  atOnce: 2,
  newPerHour: 600,
} as const;

const PARAM = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/**
 * As `@ponder/client` sends it: superjson, of which only what is plain counts here. Its `meta` goes no further: it can put a parameter in the
 * place of the statement that was judged.
 */
const SENT = z.object({ json: z.object({ sql: z.string(), params: z.array(PARAM).default([]) }) });
/** It would end the text for Postgres, or hide in it. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;
/** At its end, so that it is of the whole statement: what stands in parentheses, in quotes or behind a sign of a comment does not end so. */
const LIMIT_AT_END = /\blimit\s+(\d+|\$\d+)(?:\s+offset\s+(?:\d+|\$\d+))?\s*$/i;
const COMMENT = /--|\/\*/;
/** Many rows in one, or many values: what Ponder lets through of it is spelled so. An identifier that is spelled by escapes could be such a name. */
const GATHERS = /agg\b|\barray\s*[([]|\bjsonb?_\w+\s*\(|\bjson(_array)?\s*\(|\bu&["']/i;
/** Makes of texts one that is longer than they are together, or as long. */
const GROWS = /\bconcat\b|\breplace\b|\|\|/i;
const SELECT = /\bselect\b/gi;
/** How a row that is too long ends the statement that it is of: by what Postgres says of a word that is no truth. */
const TOO_LONG = /"a row of \d+ characters"/;
/** The answer, to Postgres. A column of this name would be taken for it. */
const ANSWER = 'kustodia_answer';

export type JudgedSql = Readonly<{ refusal: string } | { text: string; sent: string }>;

/**
 * Whether a statement is answered, by its text alone, and what is put to Ponder for it: the same, but that a row with too many characters
 * ends it before it is sent on. Nothing of it is left to Ponder, which keeps its judgements by 40 bits of a hash: a statement that it lets
 * through can be found for any that it would not.
 */
export function judgeSql(sent: string | undefined, names: SqlNames): JudgedSql {
  const read = SENT.safeParse(parse(sent));
  if (!read.success)
    return { refusal: 'Send one statement as @ponder/client does: /sql/db?sql={"json":{"sql":"…","params":[…]}}.' };
  const { sql, params } = read.data.json;
  const refusal = refusalOf(sql, params) ?? refusalOfStatement(sql, names);
  if (refusal !== null) return { refusal };
  return { text: sql, sent: JSON.stringify({ json: { sql: bounded(sql), params } }) };
}

/** Whether Postgres’s words are of a row with too many characters: the sentence for it; null where they are of something else. */
export const tooLong = (words: string): string | null =>
  TOO_LONG.test(words)
    ? `A row of the answer may have ${SQL_LIMITS.rowCharacters} characters, and one has more. Name fewer columns.`
    : null;

const bounded = (sql: string): string => {
  const length = `length(CAST(${ANSWER} AS text))`;
  return `SELECT ${ANSWER}.* FROM (${sql}) AS ${ANSWER} WHERE CASE WHEN ${length} > ${SQL_LIMITS.rowCharacters} THEN CAST(concat('a row of ', ${length}, ' characters') AS boolean) ELSE true END`;
};

function refusalOf(sql: string, params: readonly unknown[]): string | null {
  const { rows, characters, selects } = SQL_LIMITS;
  if (sql.length > characters) return `A statement has at most ${characters} characters.`;
  if (CONTROL.test(sql)) return 'Leave out characters that are not printed.';
  if (COMMENT.test(sql)) return 'Leave out comments, and what looks like one: --, /*.';
  if (GATHERS.test(sql))
    return 'What gathers rows or values into one (json_agg, array and the like) is not answered: select the rows.';
  if (GROWS.test(sql)) return 'What puts texts together (concat, replace, ||) is not answered: select them one by one.';
  const bare = sql.replaceAll(/'[^']*'|"[^"]*"/g, '');
  if (!isWhole(sql, bare) || sql.toLowerCase().includes(ANSWER))
    return 'Send one statement with its parentheses and quotes closed, and no $$, \\ or ; in it.';
  if ((bare.match(SELECT) ?? []).length > selects)
    return `A statement has at most ${selects} SELECTs: one, and one within or beside it.`;
  const told = LIMIT_AT_END.exec(sql)?.[1] ?? '';
  const limit = told.startsWith('$') ? params[Number(told.slice(1)) - 1] : told;
  const most = /^\d+$/.test(String(limit)) ? Number(limit) : Number.POSITIVE_INFINITY;
  return most <= rows
    ? null
    : `A statement ends in LIMIT with at most ${rows}, and OFFSET if need be. Go on where a page ended by a condition.`;
}

/** Whether all that it opens it closes, in order, so that it stays where it is put. `bare`: without what is in quotes. */
function isWhole(sql: string, bare: string): boolean {
  if (/[\\;]|\$(?!\d)/.test(sql) || /['"]/.test(bare)) return false;
  let depth = 0;
  for (const sign of bare) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

/**
 * Lets a text of a statement in that is new, so many in an hour, and each that it has let in of late: Ponder keeps what it judged of each
 * text for as long as it runs.
 */
export function limitTexts(
  now_ms: () => number,
  newPerHour: number = SQL_LIMITS.newPerHour,
): (text: string) => boolean {
  let known = new Set<string>();
  let since_ms = Number.NEGATIVE_INFINITY;
  let added = 0;
  return (text) => {
    if (now_ms() - since_ms >= 3_600_000) {
      known = new Set([...known].slice(-newPerHour));
      since_ms = now_ms();
      added = 0;
    }
    if (known.has(text)) return true;
    if (added >= newPerHour) return false;
    added += 1;
    known.add(text);
    return true;
  };
}
