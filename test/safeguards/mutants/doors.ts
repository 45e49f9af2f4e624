import { type Mutant, removing } from '../mutant.ts';

const STRANGERS = 'src/reactor/http/strangers.ts';
const REASONS = 'src/reactor/guards/reasons.ts';
const SQL = 'src/graphql/sql.ts';
const STATEMENT = 'src/graphql/statement.ts';
const READER = 'design 1: database roles are least-privilege';
const LIMIT = 'a limit on everything';
const PRIVACY = 'design 4, privacy';
const ASKED = 'test/http/strangers.test.ts';
const MATRIX = 'test/http/matrix.test.ts';
const JUDGED = 'test/graphql/judge.test.ts';

/** What is asked at the doors before and after it is known who asks, what is written down first, and who reads what people wrote. */
export const DOORS: readonly Mutant[] = [
  removing(
    'stranger-one',
    'before it is known who asks, one address has its share',
    LIMIT,
    [STRANGERS, 'if (entered.wait_ms > 0) throw', 'if (entered.wait_ms < 0) throw'],
    [ASKED, 'is answered so often in a minute, and then told when to come again'],
  ),
  removing(
    'stranger-all',
    'before it is known who asks, all addresses together have their share',
    LIMIT,
    [STRANGERS, 'const waitOfAll_ms = ofAll.take(ALL);', 'const waitOfAll_ms = 0 * ofAll.take(ALL);'],
    [ASKED, 'many addresses have no more than all may'],
  ),
  removing(
    'stranger-known-first',
    'a flood of strangers keeps out no key at work',
    LIMIT,
    [
      STRANGERS,
      'if (digest !== null && knownAt !== undefined && ',
      'if (digest !== null && knownAt !== undefined && !known.has(digest) && ',
    ],
    [ASKED, 'a key that is known costs nothing, and one that was known is heard'],
  ),
  removing(
    'stranger-at-work',
    'a key that goes on working stays known, however long the strangers go on',
    LIMIT,
    [STRANGERS, 'isKnown: () => remember(digest)', 'isKnown: () => undefined'],
    [ASKED, 'a key that goes on working is not forgotten'],
  ),
  removing(
    'stranger-session',
    'the session of a known key is known from its beginning',
    LIMIT,
    ['src/reactor/http/session.ts', 'strangers.remember(session);', ''],
    [ASKED, 'who signs in with a known key is heard with the session that was made of it'],
  ),
  removing(
    'sign-in-rate',
    'a key signs in no oftener than it may ask anything else',
    LIMIT,
    ['src/reactor/http/session.ts', 'count(actor);\n      const session', 'const session'],
    [ASKED, 'a key signs in no oftener than it may ask anything else'],
  ),
  removing(
    'webhook-signed-first',
    'unsigned webhooks, however many, keep out none that is signed',
    LIMIT,
    ['src/reactor/http/webhooks.ts', "if (early !== 'valid')", ''],
    [ASKED, 'what is signed is heard however many unsigned ones come'],
  ),
  removing(
    'stranger-forwarded',
    'an address is what our own outermost proxy wrote, not what the sender did',
    LIMIT,
    ['src/reactor/http/webhook-source.ts', 'forwarded.at(-trustedHops)', 'forwarded[0]'],
    [ASKED, 'X-Forwarded-For is not read unless a setting says how many proxies are ours'],
  ),
  removing(
    'account-names',
    'the name on an account is for who gives commands',
    PRIVACY,
    [
      'src/reactor/payment/show.ts',
      'legalName: canReadPeople ? legalName : maskName(legalName)',
      'legalName: maskName(legalName) && legalName',
    ],
    [MATRIX, 'reads the first letters of names'],
  ),
  removing(
    'proposal-people',
    'what a proposal names of people is for those who may read of them, or are to judge it',
    PRIVACY,
    ['src/reactor/approvals/propose.ts', 'parameters: canReadWhole\n', 'parameters: canReadWhole || row.id\n'],
    [MATRIX, 'for the role '],
  ),
  removing(
    'receipt-in-history',
    'a link to a bank’s receipt in a payment’s history is for who gives commands',
    PRIVACY,
    ['src/reactor/payment/timeline.ts', 'canReadPeople && cepLink !== undefined', 'cepLink !== undefined'],
    [MATRIX, 'for the role '],
  ),
  removing(
    'hold-words',
    'why something is held, in people’s words, is for those on duty',
    PRIVACY,
    [REASONS, "reasonTo(canReadReasons || kind === 'dispute', sentence)", 'reasonTo(kind !== null, sentence)'],
    [MATRIX, 'for the role '],
  ),
  removing(
    'switch-words',
    'why a switch is off, in people’s words, is for those on duty',
    PRIVACY,
    [REASONS, 'canReadReasons || name === RECOVERY_SWITCH', 'name !== RECOVERY_SWITCH'],
    [MATRIX, 'for the role '],
  ),
  removing(
    'why-words',
    'why a payment waits is told to others without people’s words',
    PRIVACY,
    ['src/reactor/advance/why.ts', 'canReadReasons ? view : withoutReasons(view)', 'view'],
    [MATRIX, 'for the role '],
  ),
  removing(
    'guard-words',
    'an error that is kept and logged names a hold by its code, not in people’s words',
    PRIVACY,
    ['src/reactor/guards/check.ts', 'SELECT kind::text, reason_code AS code', 'SELECT kind::text, sentence AS code'],
    ['test/guards/holds.test.ts', 'keeps the money where it is until it is closed'],
  ),
  removing(
    'recover-written-first',
    'who recovers is written down before anything is set aside or adopted',
    'an audit row for every command',
    [
      'src/reactor/recovery/recover.ts',
      `  await ctx.db.transaction((tx) => audit(tx, { ...asked, command: 'recover', detail: named }));
  for (const act of disowned) await setAside(ctx, act, reason);
  for (const { clabe, userId } of clabes) await adoptClabe(ctx, userId, clabe);
`,
      `  for (const act of disowned) await setAside(ctx, act, reason);
  for (const { clabe, userId } of clabes) await adoptClabe(ctx, userId, clabe);
  await ctx.db.transaction((tx) => audit(tx, { ...asked, command: 'recover', detail: named }));
`,
    ],
    ['test/recovery/lost-clabes.test.ts', 'stops money: no second one is made for its user'],
  ),
  removing(
    'look-written-first',
    'who looks at an effect is written down before anybody is asked',
    'an audit row for every command',
    [
      'src/reactor/http/effects.ts',
      'await onceLooked(ctx, identity, look, async (tx) => {',
      'await lookNow(ctx, id);\n      await onceLooked(ctx, identity, look, async (tx) => {',
    ],
    ['test/effects/people.test.ts', 'cannot be given up once Juno shows it'],
  ),
  removing(
    'drill-under-way',
    'a drill drops the database of another that was killed, and of none that is under way',
    'docs/backups.md',
    [
      'src/reactor/drill/scratch.ts',
      "await holder.query('SELECT pg_advisory_lock($1, hashtext($2))', [LOCKS, name]);",
      '',
    ],
    ['test/drill/drill.test.ts', 'what a drill leaves that is killed is seen by the doctor'],
  ),
  removing(
    'sql-row',
    'a row that SQL over HTTP answers has a bound, kept by Postgres',
    LIMIT,
    [SQL, 'sql: bounded(sql)', 'sql'],
    ['test/indexer/history.test.ts', 'answers to GraphQL by its reference, with its history and transfers'],
  ),
  removing(
    'sql-whole',
    'a statement cannot leave the parentheses that bound it',
    LIMIT,
    [SQL, 'if (depth < 0) return false;', ''],
    [JUDGED, 'could be made longer than it is'],
  ),
  removing(
    'sql-grows',
    'nothing in a statement puts texts together',
    LIMIT,
    [SQL, 'if (GROWS.test(sql))', 'if (GROWS.test(sql) && !rows)'],
    [JUDGED, 'could be made longer than it is'],
  ),
  removing(
    'sql-function',
    'a statement calls only what is listed',
    READER,
    [STATEMENT, "if (kind !== 'word' || !FUNCTIONS.has(text))", "if (kind !== 'word')"],
    [JUDGED, 'names what is not ours to read, whatever Ponder says'],
  ),
  removing(
    'sql-table',
    'a statement reads only the tables of what happened on chain',
    READER,
    [STATEMENT, 'if (!tables.has(table))', 'if (!tables.has(table) && !table)'],
    [JUDGED, 'names what is not ours to read, whatever Ponder says'],
  ),
  removing(
    'sql-column',
    'a statement names only columns, of these tables or its own',
    READER,
    [STATEMENT, 'columns.has(column) || declared.has(column)', 'columns.has(column) || column.length > 0'],
    [JUDGED, 'names what is not ours to read, whatever Ponder says'],
  ),
  removing(
    'sql-type',
    'a statement casts to plain types alone',
    READER,
    [STATEMENT, '|| !TYPES.has(token.text)) refuse()', ') refuse()'],
    [JUDGED, 'names what is not ours to read, whatever Ponder says'],
  ),
  removing(
    'sql-name',
    'a statement gives no name that means something to Postgres',
    READER,
    [STATEMENT, 'if (NO_NAME.test(given.toLowerCase()))', 'if (given.length > 63)'],
    [JUDGED, 'names what is not ours to read, whatever Ponder says'],
  ),
  removing(
    'sql-deep',
    'a statement is only so deep',
    LIMIT,
    [STATEMENT, 'if (depth > STATEMENT_LIMITS.depth)', 'if (depth < 0)'],
    [JUDGED, 'is no deeper and has no more operators'],
  ),
  removing(
    'sql-operators',
    'a statement has only so many operators',
    LIMIT,
    [STATEMENT, 'if (operators > STATEMENT_LIMITS.operators)', 'if (operators < 0)'],
    [JUDGED, 'is no deeper and has no more operators'],
  ),
  removing(
    'sql-meta',
    'what is answered is the statement that was judged',
    READER,
    [SQL, 'sent: JSON.stringify({ json:', 'sent: JSON.stringify({ ...(parse(sent) as object), json:'],
    [JUDGED, 'goes on as it was judged'],
  ),
  removing(
    'sql-control',
    'a statement has no sign that ends it for Postgres',
    READER,
    [SQL, 'if (CONTROL.test(sql))', 'if (CONTROL.test(sql) && !rows)'],
    [JUDGED, 'goes on as it was judged'],
  ),
  removing(
    'sql-texts',
    'so many statements are new in an hour',
    LIMIT,
    [SQL, 'if (added >= newPerHour) return false;', ''],
    [JUDGED, 'of those that are new only so many are let in'],
  ),
  removing(
    'sql-once',
    'a question that fails for good is asked once',
    LIMIT,
    ['src/graphql/sessions.ts', 'error.message = `${error.message}. ${NOT_AGAIN}`;', 'void NOT_AGAIN;'],
    ['test/graphql/sessions.test.ts', 'what fails for good says so'],
  ),
];
