/** One write of a statement: its table, how it writes, and the values that it carries where they are plain. */
export type Write = Readonly<{
  table: string;
  verb: 'insert' | 'update' | 'delete' | 'call';
  /** By column, of the first row that is inserted, or of what is set. `null` where the statement says NULL. */
  values: Readonly<Record<string, string | null>>;
  /** What the rows are found by, by column. */
  where: Readonly<Record<string, string>>;
}>;

export type Statement = Readonly<
  { is: 'begin' | 'commit' | 'rollback' | 'read' | 'schema' } | { is: 'write'; writes: readonly Write[] }
>;

/** A statement that may write, and nobody can say where. */
export class UnnamedWriteError extends Error {
  override readonly name = 'UnnamedWriteError';
}

/** Functions of the database that write although a SELECT calls them, and the table that they are named by. */
export const WRITING_FUNCTIONS: Readonly<Record<string, string>> = {
  juno_take: 'juno_limit',
  nextval: 'juno_nonce',
  setval: 'juno_nonce',
};

const CONTROL: Readonly<Record<string, Statement['is']>> = {
  begin: 'begin',
  commit: 'commit',
  rollback: 'rollback',
  savepoint: 'read',
  release: 'read',
  set: 'read',
  show: 'read',
  listen: 'read',
  create: 'schema',
  alter: 'schema',
  drop: 'schema',
};
const WRITE = /\b(insert\s+into|update|delete\s+from)\s+(?:only\s+)?"?(\w+)"?\."?(\w+)"?/gi;

/** Reads what a statement does from its text. Throws an UnnamedWriteError for one that it cannot tell. */
export function readStatement(text: string, parameters: readonly unknown[]): Statement {
  const sql = text.replace(/\s+/g, ' ').trim();
  const word = /^[( ]*(\w+)/.exec(sql)?.[1]?.toLowerCase() ?? '';
  const lower = sql.toLowerCase();
  if (word === 'rollback' && lower.startsWith('rollback to')) return { is: 'read' };
  const control = CONTROL[word];
  if (control !== undefined) return { is: control } as Statement;
  const writes = [...sql.matchAll(WRITE)].map((match) => readWrite(sql, match, parameters));
  if (writes.length > 0) return { is: 'write', writes };
  if (word !== 'select' && word !== 'with') throw new UnnamedWriteError(`what does this write? ${sql.slice(0, 80)}`);
  const called = Object.entries(WRITING_FUNCTIONS).find(([name]) => lower.includes(`${name}(`));
  if (!called) return { is: 'read' };
  return { is: 'write', writes: [{ table: called[1], verb: 'call', values: {}, where: {} }] };
}

function readWrite(sql: string, match: RegExpExecArray, parameters: readonly unknown[]): Write {
  const [whole, how = '', , table = ''] = match;
  const verb = how.slice(0, 6).toLowerCase() as Write['verb'];
  const rest = sql.slice(match.index + whole.length);
  const plain = (token: string): string | null | undefined => {
    const at = /^\$(\d+)(::\w+)?$/.exec(token)?.[1];
    if (at === undefined) return /^null$/i.test(token) ? null : /^'([^']*)'$/.exec(token)?.[1];
    const value = parameters[Number(at) - 1];
    return value === null ? null : typeof value === 'string' ? value : String(value);
  };
  const record = (pairs: readonly (readonly [string, string])[]) =>
    Object.fromEntries(
      pairs.flatMap(([column, token]) => {
        const value = plain(token.trim());
        return value === undefined ? [] : [[bare(column), value]];
      }),
    );
  const set = /^(?: as \w+| \w+)? set (.*)$/i.exec(rest)?.[1] ?? '';
  const assigned = verb === 'update' ? splitList(set) : [];
  const columns = verb === 'insert' ? /^(?: as \w+)? ?\(([^)]*)\)/i.exec(rest)?.[1]?.split(',') : undefined;
  const tuple = /\b(?:values \(|select )(.*)$/i.exec(rest)?.[1] ?? '';
  const given = columns ? splitList(tuple) : [];
  const where = / where (.*)$/i.exec(rest)?.[1] ?? '';
  return {
    table,
    verb,
    values: columns
      ? record(columns.map((column, i) => [column, given[i] ?? '']))
      : record(assigned.map((one) => [one.split('=')[0] ?? '', one.slice(one.indexOf('=') + 1)])),
    where:
      verb === 'insert'
        ? {}
        : (record(
            [...where.matchAll(/"?(\w+)"? = (\$\d+)/g)].map(([, column = '', token = '']) => [column, token]),
          ) as Record<string, string>),
  };
}

const bare = (column: string) => column.trim().replaceAll('"', '').split('.').at(-1) ?? '';

/** Splits at the commas that lie in no bracket, up to the bracket that closes the list, a WHERE or a RETURNING. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '(') depth++;
    if (char === ')' && depth-- === 0) break;
    if (depth === 0 && /^ (where|returning|from) /i.test(text.slice(i, i + 11))) break;
    if (char === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part];
}
