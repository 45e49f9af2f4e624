/** What a question of GraphQL may cost, told by its text alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import * as schema from '../../ponder.schema.ts';
import { costOf, MOST, metaListsOf } from '../../src/graphql/cost.ts';
import { judge, MOST_BYTES } from '../../src/graphql/judge.ts';
import { namesOf } from '../../src/graphql/names.ts';
import { SESSION_LIMITS } from '../../src/graphql/sessions.ts';
import { judgeSql, limitTexts, SQL_LIMITS } from '../../src/graphql/sql.ts';
import { FUNCTIONS, STATEMENT_LIMITS, TYPES } from '../../src/graphql/statement.ts';

const cost = (query: string, variables?: Record<string, unknown>) => costOf(parse(query), variables);
const ask = (query: string, variables?: object) => judge(JSON.stringify({ query, variables }));
const items = 'items { id }';

test.each<[string, string, Record<string, unknown>, { lists: number; rows: number }]>([
  ['a list', `{ escrows { ${items} } }`, {}, { lists: 1, rows: 50 }],
  ['its limit', `{ escrows(limit: 7) { ${items} pageInfo { hasNextPage } } }`, {}, { lists: 1, rows: 8 }],
  ['one row', `{ escrow(id: "x") { events { ${items} } } }`, {}, { lists: 1, rows: 51 }],
  ['a count alone', '{ escrows { totalCount } }', {}, { lists: 1, rows: 0 }],
  [
    'a list below each row',
    `{ escrows(limit: 10) { items { id events(limit: 3) { ${items} } transfers(limit: 2) { ${items} } } } }`,
    {},
    { lists: 21, rows: 10 + 30 + 20 },
  ],
  ['the row of each row', '{ escrowEvents(limit: 9) { items { ofEscrow { id } } } }', {}, { lists: 1, rows: 18 }],
  ['a variable', `query ($n: Int) { escrows(limit: $n) { ${items} } }`, { n: 3 }, { lists: 1, rows: 3 }],
  ['its default', `query ($n: Int = 4) { escrows(limit: $n) { ${items} } }`, {}, { lists: 1, rows: 4 }],
  ['no value of it', `query ($n: Int) { escrows(limit: $n) { ${items} } }`, {}, { lists: 1, rows: 50 }],
  ['what is no number', `query ($n: Int) { escrows(limit: $n) { ${items} } }`, { n: '3' }, { lists: 1, rows: 1_000 }],
  ['less than nothing', `{ escrows(limit: -5) { ${items} } }`, {}, { lists: 1, rows: 1_000 }],
  [
    'aliases',
    `{ a: escrows(limit: 2) { x: ${items} y: ${items} } b: escrows(limit: 3) { ${items} } }`,
    {},
    { lists: 2, rows: 7 },
  ],
  [
    'what fragments hold, as often as they stand there',
    `{ a: escrows(limit: 2) { ...p } b: escrows(limit: 3) { ...p ... on escrowPage { items { ...e } } } }
     fragment p on escrowPage { items { ...e } } fragment e on escrow { events(limit: 5) { ${items} } }`,
    {},
    { lists: 2 + 2 + 3 + 3, rows: 2 * 6 + 3 * 6 + 3 * 6 },
  ],
  [
    'the dearest of several',
    `query A { escrows(limit: 1) { ${items} } } query B { escrows(limit: 9) { ${items} } }`,
    {},
    { lists: 1, rows: 9 },
  ],
  ['what a directive leaves out', `{ escrows(limit: 6) @skip(if: true) { ${items} } }`, {}, { lists: 1, rows: 6 }],
  ['a list that nobody knows', `{ escrow(id: "x") { others(limit: 4) { ${items} } } }`, {}, { lists: 1, rows: 5 }],
])('%s counts', (_what, query, variables, expected) => {
  expect(cost(query, variables)).toEqual(expected);
});

test('a list below a long list is refused before anything is read, in words that say what to do', () => {
  const nested = (outer: number, inner: number) =>
    `{ escrows(limit: ${outer}) { items { id events(limit: ${inner}) { items { kind } } } } }`;
  expect(ask(nested(199, 49))).toMatchObject({ isMeta: false });
  // One list too many, and a few rows too many.
  for (const query of [nested(200, 1), nested(199, 50)])
    expect(ask(query)).toEqual({
      refusal: expect.stringMatching(/may read .* rows of 20\d lists.*give a lower limit/),
    });
  expect(ask(`{ escrows(limit: 1000) { ${items} } }`)).toMatchObject({ isMeta: false });
  const variable = `query ($n: Int!) { escrows(limit: $n) { items { events { ${items} } } } }`;
  expect(ask(variable, { n: 10 })).toHaveProperty('question');
  expect(ask(variable, { n: 1_000 })).toHaveProperty('refusal');
});

test('fragments that name one another take no longer than they are long, and one that names itself is left to the rules', () => {
  const twice = (n: number) => `fragment f${n} on escrow { ...f${n + 1} ...f${n + 1} }`;
  const chain = Array.from({ length: 40 }, (_, n) => twice(n)).join(' ');
  expect(cost(`{ escrow(id: "x") { ...f0 } } ${chain} fragment f40 on escrow { id }`)).toEqual({ lists: 0, rows: 1 });
  expect(cost('{ escrow(id: "x") { ...f } } fragment f on escrow { ...f }')).toEqual({ lists: 0, rows: 1 });
});

test('the introspection of public clients is answered, whatever they ask for; deeper than the schema is nothing', () => {
  for (const option of [{}, { descriptions: false }, { inputValueDeprecation: true, specifiedByUrl: true }])
    expect(ask(getIntrospectionQuery(option))).toMatchObject({ isMeta: true });
  expect(metaListsOf(parse(getIntrospectionQuery()))).toBe(3);
  expect(ask('{ __schema { types { fields { type { fields { name } } } } } }')).toMatchObject({
    isMeta: true,
  });
  for (const query of [
    '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
    '{ __type(name: "escrow") { ...t } } fragment t on __Type { fields { type { fields { type { possibleTypes { fields { name } } } } } } }',
  ])
    expect(ask(query)).toEqual({ refusal: expect.stringContaining('at most 3 lists') });
  // With rows beside it, it is a question like any other, and as deep.
  expect(ask('{ __schema { queryType { name } } escrows { totalCount } }')).toMatchObject({ isMeta: false });
});

test('what is no question is refused, and of what is one no more is passed on than was judged', () => {
  for (const body of ['', '[]', '{}', 'null', '{"query":1}', '{"query":"{a}","variables":[]}', `[{"query":"{ a }"}]`])
    expect(judge(body)).toEqual({ refusal: expect.stringContaining('as JSON') });
  expect(ask('{ escrows {')).toEqual({ refusal: expect.stringContaining('Syntax Error') });
  expect(ask(`{ ${'a '.repeat(2_000)} }`)).toEqual({ refusal: expect.stringContaining('1000') });
  expect(judge('{"query":"{ escrows { totalCount } }","operationName":null,"extensions":{"x":1}}')).toEqual({
    ...{ isMeta: false, question: { query: '{ escrows { totalCount } }' } },
  });
});

test('the page about it has the numbers that hold', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/graphql.md'), 'utf8');
  const number = (n: number) => n.toLocaleString('en-US');
  expect(page).toContain(`${number(MOST.lists)} lists and ${number(MOST.rows)} rows`);
  expect(page).toContain(`${MOST_BYTES / 1024} KiB`);
  expect(page).toContain(`at most ${number(SQL_LIMITS.characters)} characters and two \`SELECT\`s`);
  expect(page).toContain(`at most ${number(SQL_LIMITS.rowCharacters)}`);
  expect(page).toContain(`ends after ${SESSION_LIMITS.statement_ms / 1_000} seconds`);
  expect(page).toContain(`${STATEMENT_LIMITS.operators} operators and joins and ${STATEMENT_LIMITS.depth} levels`);
  expect(page).toContain(`${SQL_LIMITS.newPerHour} may be new in an hour`);
  for (const word of [...FUNCTIONS, ...TYPES, ...namesOf(schema).tables]) expect(page).toContain(`\`${word}\``);
  for (const [, query = ''] of page.matchAll(/```graphql\n([\s\S]*?)```/g))
    expect(ask(query)).toHaveProperty('question');
});

describe('a statement of SQL', () => {
  const refusal = (of: ReturnType<typeof judgeSql>) => ('refusal' in of ? of.refusal : null);
  const judged = (sql: string, ...params: unknown[]) =>
    refusal(judgeSql(JSON.stringify({ json: { sql, params } }), names));
  const names = namesOf(schema);

  test.each<[string, ...unknown[]]>([
    ['SELECT * FROM escrow LIMIT 1000'],
    ['select "id" from "escrow" where "status" = $1 order by "id" limit $2', 'funded', 1_000],
    ['select "id" from "escrow" limit $1 offset $2\n', '50', 100_000],
    ['select count(*) from escrow limit 1'],
    [
      "select x.id from (select escrow as id from escrow_event) x join escrow e on e.id = x.id where vertical in ('(', 'a''b', 'select') limit 5",
    ],
    [
      'select status, count(*) as n, sum(amount) filter (where deadline > $1) from escrow group by status having count(*) > 1 order by n desc nulls last limit 9',
      1,
    ],
    [
      "select case when e.amount between 1 and -2 then lower(e.payer) else cast(e.amount as text) end, detail->>'by', e.* from escrow_event e left join token_transfer t using (tx_hash) where not e.reference is null and kind::text not like 'a%' limit 5",
    ],
    ['select "from", "to" from "token_transfer" "t" where "t"."from" = $1 or ("t"."to" <> $1) limit 5', '0x1'],
  ])('may be %s', (sql, ...params) => {
    expect(judged(sql, ...params)).toBeNull();
  });

  test.each<[string, ...unknown[]]>([
    ['select * from escrow'],
    ['select * from escrow limit 1001'],
    ['select * from escrow limit $1', 1_001],
    ['select * from escrow limit $2', 5],
    ['select * from escrow limit $1', null],
    ['select * from escrow limit all'],
    ['select * from escrow limit 5 + 5000'],
    ['select * from escrow -- limit 5'],
    ['select * from escrow /* limit 5'],
    ["select * from escrow where id <> ' limit 5'"],
    ['select * from escrow where id in (select id from escrow limit 5)'],
    ['select json_agg(id) from escrow limit 1'],
    ['select JSON_ARRAYAGG(id) from escrow limit 1'],
    ['select array (select id from escrow) limit 1'],
    ['select json_array(select id from escrow) limit 1'],
    ['select u&"json\\005fagg"(id) from escrow limit 1'],
  ])('is refused: %s', (sql, ...params) => {
    expect(judged(sql, ...params)).toMatch(/LIMIT|comments|gather/);
  });

  test.each<[string]>([
    ['select concat(id, id) from escrow limit 1'],
    ['select id || id from escrow limit 1'],
    ["select replace(vertical, 'a', vertical) from escrow limit 1"],
    ['select array[id, id] from escrow limit 1'],
    ["select json_object('a': id) from escrow limit 1"],
    ['select json_build_array(id, id) from escrow limit 1'],
    ['select x, x from (select x, x from (select id as x from escrow) a) b limit 1'],
    [`select ${'id, '.repeat(700)}id from escrow limit 1`],
    // It would end the parentheses that it is put in, and say more outside of them.
    ['select 1) a, (select id from escrow limit 1'],
    ['select 1 as kustodia_answer limit 1'],
    ["select 'a from escrow limit 1"],
    ['select $a$)$a$ from escrow limit 1'],
    ["select e'\\') limit 1', 'x' from escrow limit 1"],
    ['select 1; select 1 limit 1'],
  ])('could be made longer than it is: %s', (sql) => {
    expect(judged(sql)).toMatch(/gathers|texts|SELECTs|characters|closed/);
  });

  test.each([undefined, '', '7', '{"sql":"select 1 limit 1"}'])('is not sent as %s', (sent) => {
    expect(refusal(judgeSql(sent, names))).toContain('Send one statement');
  });

  test.each([
    "SELECT pg_try_advisory_lock(hashtextextended('reactor.intents', 0)) AS got, 1 AS b LIMIT 1",
    "SELECT set_config('statement_timeout', '0', false) AS a LIMIT 1",
    'SELECT count(pg_terminate_backend(1)) AS k FROM escrow LIMIT 1',
    'SELECT "pg_sleep"(1) LIMIT 1',
    'SELECT pg_catalog.pg_sleep(1) LIMIT 1',
    'SELECT coalesce(1, pg_sleep(1)) LIMIT 1',
    'SELECT id FROM escrow ORDER BY pg_sleep(1) LIMIT 1',
    'SELECT count(*) filter (where pg_sleep(1)) FROM escrow LIMIT 1',
    'SELECT rolname FROM pg_roles LIMIT 1',
    'SELECT id FROM escrow, pg_stat_activity LIMIT 1',
    'SELECT id FROM escrow JOIN pg_roles ON true LIMIT 1',
    'SELECT id FROM "pg_roles" AS escrow LIMIT 1',
    'SELECT id FROM reactor.payment LIMIT 1',
    'SELECT id FROM reactor.escrow LIMIT 1',
    'SELECT table_name FROM information_schema.tables LIMIT 1',
    'SELECT id FROM (SELECT id FROM pg_roles) x LIMIT 1',
    'SELECT id FROM escrow UNION SELECT rolname FROM pg_roles LIMIT 1',
    'SELECT id FROM generate_series(1, 2) id LIMIT 1',
    'SELECT id FROM rows from (escrow(1)) LIMIT 1',
    'SELECT e.pg_column_size FROM escrow e LIMIT 1',
    'SELECT 1 AS pg_typeof, e.pg_typeof FROM escrow e LIMIT 1',
    'SELECT current_user LIMIT 1',
    'SELECT 1 AS current_user, current_user LIMIT 1',
    'SELECT e FROM escrow e LIMIT 1',
    'SELECT ctid FROM escrow LIMIT 1',
    "SELECT 'pg_roles'::regclass LIMIT 1",
    "SELECT cast('1' as regrole) LIMIT 1",
    "SELECT regclass 'pg_roles' LIMIT 1",
    "SELECT E'a' LIMIT 1",
    'SELECT id FROM escrow WHERE id ~ id LIMIT 1',
    'SELECT max(id) over () FROM escrow LIMIT 1',
    'WITH x AS (DELETE FROM escrow RETURNING id) SELECT id FROM x LIMIT 1',
    'SELECT id INTO escrow FROM escrow LIMIT 1',
    'SELECT id FROM escrow FOR UPDATE LIMIT 1',
    'DELETE FROM escrow LIMIT 1',
    'TABLE pg_roles LIMIT 1',
    'SELECT 1 LIMIT 1 LIMIT 1',
    'SELECT id FROM escrow e(pg) LIMIT 1',
  ])('names what is not ours to read, whatever Ponder says: %s', (sql) => {
    expect(judged(sql)).not.toBeNull();
  });

  test('is no deeper and has no more operators than whoever reads it can bear', () => {
    const deep = (n: number) => `SELECT ${'('.repeat(n)}1${')'.repeat(n)} LIMIT 1`;
    const long = (n: number) => `SELECT 1${' + 1'.repeat(n)} LIMIT 1`;
    const { depth, operators } = STATEMENT_LIMITS;
    expect([judged(deep(depth - 1)), judged(long(operators))]).toEqual([null, null]);
    expect(judged(deep(depth))).toContain(`${depth} levels`);
    expect(judged(long(operators + 1))).toContain(`${operators} operators`);
    expect(judged(`SELECT ${'not '.repeat(operators + 1)}true LIMIT 1`)).toContain('operators');
  });

  test('goes on as it was judged: nothing that could put another in its place goes with it', () => {
    const sql = 'select $1 limit 1';
    const meta = { referentialEqualities: { 'params.0': ['sql'] } };
    const sent = judgeSql(JSON.stringify({ json: { sql, params: ['select 2'], n: 1 }, meta, n: 1 }), names);
    expect(JSON.parse('sent' in sent ? sent.sent : '')).toEqual({
      json: { sql: expect.stringContaining(`(${sql})`), params: ['select 2'] },
    });
    expect(judged('select 1\u0000 limit 1')).toContain('not printed');
    expect(judged(sql, { toPostgres: 1 })).toContain('Send one statement');
  });

  test('of those that are new only so many are let in within an hour', () => {
    let now_ms = 0;
    const isLetIn = limitTexts(() => now_ms, 2);
    expect(['a', 'b', 'a', 'c', 'b'].map(isLetIn)).toEqual([true, true, true, false, true]);
    now_ms = 3_600_000;
    expect(['a', 'c', 'd', 'e'].map(isLetIn)).toEqual([true, true, true, false]);
  });
});
