/** The SQL that is answered, read here and by nobody else’s judgement: what is not named in this file is refused. */

/** How much of it: whoever reads it after us takes for ever where much stands in one another. */
export const STATEMENT_LIMITS = { operators: 50, depth: 12 } as const;

export type SqlNames = Readonly<{ tables: ReadonlySet<string>; columns: ReadonlySet<string> }>;

type Token = Readonly<{ kind: 'word' | 'name' | 'text' | 'number' | 'param' | 'sign'; text: string }>;

/** What reads no state but the rows, and waits for nothing. */
export const FUNCTIONS = new Set(
  'abs avg coalesce count greatest least length lower max min nullif round sum upper'.split(' '),
);
export const TYPES = new Set('bigint boolean int integer numeric smallint text'.split(' '));
const SIGNS = new Set(['=', '<>', '!=', '<', '>', '<=', '>=', '+', '-', '*', '/', '%', '->', '->>']);
const KEYWORDS = new Set(
  'select distinct from where group by having order asc desc nulls first last limit offset union all except intersect as on using join inner left right full outer cross and or not in is null true false between like ilike case when then else end cast filter'.split(
    ' ',
  ),
);
/** Without parentheses, and by Postgres’s own names, a word is more than a name. */
const NO_NAME = /^(pg_|current_|session_|system_|information_|local|user$|array$|row$)/;
const LEXEME =
  /\s+|(?<text>'(?:[^']|'')*')|(?<param>\$\d+)|"(?<name>[A-Za-z_]\w*)"|(?<word>[A-Za-z_]\w*)(?!['"])|(?<number>\d+(?:\.\d+)?)(?![\w.])|(?<sign>::|[(),.]|[-+*/%<>=!]+)/y;

class Refused extends Error {}

/** Why a statement is not answered; null where all that it names is ours to read, or is a plain reckoning of it. */
export function refusalOfStatement(sql: string, names: SqlNames): string | null {
  try {
    readStatement(tokensOf(sql), names);
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    LEXEME.lastIndex = at;
    const found = LEXEME.exec(sql);
    if (found === null) throw new Refused(`The statement cannot be read from its character ${at + 1} on.`);
    at += found[0].length;
    const [kind, text] = Object.entries(found.groups ?? {}).find(([, part]) => part !== undefined) ?? [];
    if (text !== undefined)
      tokens.push({ kind: kind as Token['kind'], text: kind === 'word' ? text.toLowerCase() : text });
  }
  return tokens;
}

function readStatement(tokens: readonly Token[], { tables, columns }: SqlNames): void {
  const declared = new Set<string>();
  const sources = new Set<string>(tables);
  const asked: { of: string | null; name: string }[] = [];
  let at = 0;
  let depth = 0;
  let operators = 0;

  const stands = (text: string) => {
    const token = tokens[at];
    return token !== undefined && (token.kind === 'word' || token.kind === 'sign') && token.text === text;
  };
  const take = (...texts: string[]): boolean => {
    const found = texts.some(stands);
    if (found) at += 1;
    return found;
  };
  const must = (text: string) => {
    if (!take(text)) refuse();
  };
  const refuse = (): never => {
    const word = tokens[at]?.text.slice(0, 40);
    throw new Refused(
      word === undefined
        ? 'The statement ends too early.'
        : `“${word}” is not answered where it stands. Name the tables, columns and functions that docs/graphql.md has.`,
    );
  };
  const within = (read: () => void) => {
    depth += 1;
    if (depth > STATEMENT_LIMITS.depth)
      throw new Refused(`A statement is at most ${STATEMENT_LIMITS.depth} levels deep.`);
    read();
    depth -= 1;
  };
  const counted = () => {
    operators += 1;
    if (operators > STATEMENT_LIMITS.operators)
      throw new Refused(`A statement has at most ${STATEMENT_LIMITS.operators} operators and joins.`);
  };
  const list = (read: () => void) => {
    do read();
    while (take(','));
  };
  const isName = () => {
    const token = tokens[at];
    return token?.kind === 'name' || (token?.kind === 'word' && !KEYWORDS.has(token.text));
  };
  const name = (): string => {
    if (!isName()) refuse();
    at += 1;
    return tokens[at - 1]?.text ?? refuse();
  };
  const newName = (into: Set<string>) => {
    const given = name();
    if (NO_NAME.test(given.toLowerCase())) throw new Refused(`“${given}” is no name that a statement may give.`);
    into.add(given);
  };
  const alias = (into: Set<string>) => {
    if (take('as') || isName()) newName(into);
  };

  const query = () => {
    select();
    while (take('union', 'except', 'intersect')) {
      take('all');
      select();
    }
    if (take('order')) {
      must('by');
      list(sorted);
    }
    for (const word of ['limit', 'offset']) if (take(word)) amount();
  };
  const select = () => {
    must('select');
    take('distinct');
    list(item);
    if (take('from')) list(from);
    if (take('where')) expression();
    if (take('group')) {
      must('by');
      list(expression);
    }
    if (take('having')) expression();
  };
  const item = () => {
    if (take('*')) return;
    expression();
    alias(declared);
  };
  const sorted = () => {
    expression();
    take('asc', 'desc');
    if (take('nulls') && !take('first', 'last')) refuse();
  };
  const amount = () => {
    if (tokens[at]?.kind !== 'number' && tokens[at]?.kind !== 'param') refuse();
    at += 1;
  };
  const from = () => {
    source();
    while (stands('join') || ['inner', 'left', 'right', 'full', 'cross'].some(stands)) {
      if (take('inner', 'left', 'right', 'full', 'cross')) take('outer');
      must('join');
      counted();
      source();
      if (take('on')) expression();
      else if (take('using')) listed(() => asked.push({ of: null, name: name() }));
    }
  };
  const source = () => {
    if (stands('(')) {
      within(() => inside(query));
      alias(sources);
      return;
    }
    // A table of another schema would be followed by a point, and a function by its parenthesis: nothing here takes either.
    const table = name();
    if (!tables.has(table)) throw new Refused(`There is no table “${table.slice(0, 40)}”: ${[...tables].join(', ')}.`);
    alias(sources);
  };
  const inside = (read: () => void) => {
    must('(');
    read();
    must(')');
  };
  const listed = (read: () => void) => inside(() => list(read));

  const expression = () =>
    within(() => {
      do operand();
      while (operator());
    });
  const operator = (): boolean => {
    const token = tokens[at];
    const isSign = token?.kind === 'sign' && SIGNS.has(token.text);
    if (isSign || stands('and') || stands('or') || stands('like') || stands('ilike') || stands('between')) at += 1;
    else if (!take('not')) return false;
    else if (!take('like', 'ilike', 'between')) refuse();
    counted();
    return true;
  };
  const operand = () => {
    while (take('not', '-')) counted();
    primary();
    for (;;) {
      if (take('::')) type();
      else if (take('is')) {
        take('not');
        if (!take('null', 'true', 'false')) refuse();
      } else if (stands('in') || (stands('not') && tokens[at + 1]?.text === 'in')) {
        at += stands('not') ? 2 : 1;
        listed(expression);
      } else return;
      counted();
    }
  };
  const type = () => {
    const token = tokens[at];
    if (token?.kind !== 'word' || !TYPES.has(token.text)) refuse();
    at += 1;
  };
  const primary = () => {
    const token = tokens[at];
    if (token === undefined) return refuse();
    if (token.kind === 'text' || token.kind === 'number' || token.kind === 'param' || take('null', 'true', 'false')) {
      if (!['null', 'true', 'false'].includes(token.text)) at += 1;
      return;
    }
    if (stands('(')) return inside(expression);
    if (take('case')) return cases();
    if (take('cast'))
      return inside(() => {
        expression();
        must('as');
        type();
      });
    const isCall = tokens[at + 1]?.kind === 'sign' && tokens[at + 1]?.text === '(';
    return isCall ? call(token) : reference();
  };
  const cases = () => {
    if (!stands('when')) expression();
    while (take('when')) {
      expression();
      must('then');
      expression();
      counted();
    }
    if (take('else')) expression();
    must('end');
  };
  const call = ({ kind, text }: Token) => {
    if (kind !== 'word' || !FUNCTIONS.has(text))
      throw new Refused(`The function “${text.slice(0, 40)}” is not answered: ${[...FUNCTIONS].join(', ')} are.`);
    at += 1;
    inside(() => {
      if (take('*')) return;
      take('distinct');
      list(expression);
    });
    if (take('filter'))
      inside(() => {
        must('where');
        expression();
      });
  };
  const reference = () => {
    const first = name();
    if (!take('.')) asked.push({ of: null, name: first });
    else asked.push({ of: first, name: take('*') ? '*' : name() });
  };

  query();
  if (at < tokens.length) refuse();
  // What is named before its table is told at the end.
  for (const { of, name: column } of asked) {
    if (of !== null && !sources.has(of)) throw new Refused(`“${of.slice(0, 40)}” is no table of the statement.`);
    if (!(columns.has(column) || declared.has(column) || (of !== null && column === '*')))
      throw new Refused(`There is no column “${column.slice(0, 40)}”.`);
  }
}
