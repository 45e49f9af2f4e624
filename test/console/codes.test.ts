/** Whatever the API may name by a code has words in each language: what is shown as it is can only come from a newer server. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { accountOf, attentionOf, codeOf, keyOf, moneyMoves, switchOf } from '../../src/console/words/codes.ts';
import { en } from '../../src/console/words/en.ts';
import { es } from '../../src/console/words/es.ts';
import { retell } from '../../src/console/words/said.ts';
import { FOUR_EYES } from '../../src/reactor/approvals/commands.ts';
import { EFFECT_KINDS, SUBJECT_KINDS } from '../../src/reactor/effects/states.ts';
import { RECOVERY_SWITCH } from '../../src/reactor/guards/scope.ts';
import { isCommand, type Route } from '../../src/reactor/http/routes/declare.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';
import { ACCOUNTS } from '../../src/reactor/ledger/accounts.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { FAMILY_CODES, NAMED_CODES, OVERDUE_CODES } from '../../src/reactor/payment/attention.ts';
import { RAILS } from '../../src/reactor/payment/states.ts';
import { MONEY_IN, MONEY_OUT } from '../../src/reactor/report/figures.ts';
import { SPANISH } from '../support/spanish.ts';

const REACTOR = join(import.meta.dirname, '../../src/reactor');
const sources = globSync('**/*.ts', { cwd: REACTOR }).map((file) => readFileSync(join(REACTOR, file), 'utf8'));
const text = sources.join('\n');
const found = (pattern: RegExp, of = text): string[] => [
  ...new Set([...of.matchAll(pattern)].map(([, one = '']) => one)),
];

const knownIn = (table: Readonly<Record<string, string>>) => (of: string, code: string) =>
  table[`${of}.${code}`] ?? null;
const LANGUAGES = [
  ['en', en],
  ['es', es],
] as const;
const tellIn = (table: typeof en | typeof es) => ({
  known: knownIn(table),
  t: (key: keyof typeof en, names: Readonly<Record<string, string | number>> = {}) =>
    table[key].replaceAll(/\{(\w+)\}/g, (_, one: string) => String(names[one])),
});

type Schema = Readonly<{
  enum?: readonly unknown[];
  const?: unknown;
  $ref?: string;
  $defs?: Readonly<Record<string, unknown>>;
}>;

/** Each value of an enumeration, by the field that has it. */
function codesIn(schema: unknown, field: string, into: Set<string>, defined: Schema['$defs'] = {}): void {
  if (typeof schema !== 'object' || schema === null) return;
  const of = schema as Schema;
  const defs = { ...defined, ...of.$defs };
  for (const value of of.enum ?? [of.const]) if (typeof value === 'string') into.add(`${field} ${value}`);
  if (of.$ref) codesIn(defs[of.$ref.replace('#/$defs/', '')], field, into, defs);
  for (const [name, part] of Object.entries(schema)) {
    if (name === '$defs') continue;
    if (name !== 'properties') codesIn(part, field, into, defs);
    else for (const [inner, one] of Object.entries(part as object)) codesIn(one, inner, into, defs);
  }
}

/** What is no word for a person: a currency is called so, and what a body asks for is named by its button. */
const NO_WORDS = new Set(['currency', 'do']);

test.each(LANGUAGES)('each enumeration of what the API answers and takes (%s)', (_, table) => {
  const codes = new Set<string>();
  const schemasOf = (route: Route) => [
    route.answer,
    ...(isCommand(route) ? [route.body, ...(route.plan ? [route.plan] : [])] : []),
  ];
  for (const route of ROUTES)
    for (const schema of schemasOf(route))
      codesIn(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }), '', codes);
  expect(codes.size).toBeGreaterThan(150);
  const bare = [...codes].filter((one) => {
    const [field = '', code = ''] = one.split(/ (.*)/s);
    return !NO_WORDS.has(field) && codeOf(field, code, knownIn(table)) === null;
  });
  expect(bare).toEqual([]);
});

test.each(LANGUAGES)('accounts of the books and of the outside, and what moved between them (%s)', (_, table) => {
  const known = knownIn(table);
  const outside = [
    ...found(/inToken\('([^']+)'/g),
    ...found(/\baccount: '([^']+)', address/g),
    ...found(/\{ account: '(\w+)', currency: /g),
  ];
  expect(outside.length).toBeGreaterThan(6);
  const accounts = [...Object.keys(ACCOUNTS), ...outside];
  expect(accounts.filter((one) => known('account', one) === null)).toEqual([]);
  expect(accountOf('escrow 0xab', { known })).toMatchObject({ address: '0xab', words: known('account', 'escrow') });
  const moved = [...Object.keys(MONEY_IN), ...Object.keys(MONEY_OUT)];
  expect(moved.filter((one) => known('moved', one) === null)).toEqual([]);
  const entries = [
    ...Object.keys(JOURNEY),
    ...found(/\bkey: `(\w+):/g),
    ...found(/\bwrite: '(\w+)'/g),
    ...found(/`(sent_back|suspense_return|payout_return):/g),
  ];
  expect(entries.length).toBeGreaterThan(20);
  expect(entries.filter((one) => known('effect', one) === null && known('ledgerEntry', one) === null)).toEqual([]);
});

test.each(LANGUAGES)('why a person is asked (%s)', (_, table) => {
  const tell = tellIn(table);
  const codes = [
    ...NAMED_CODES,
    ...OVERDUE_CODES.map((one) => `${one}_overdue`),
    ...EFFECT_KINDS.flatMap((kind) => FAMILY_CODES.map((family) => `${kind}_${family}`)),
    'rejected:40101',
  ];
  expect(codes.filter((code) => attentionOf(code, tell) === code.replaceAll('_', ' '))).toEqual([]);
  expect(attentionOf('juno_redemption_unknown', tell)).toContain(tell.known('effect', 'juno_redemption'));
});

test.each(LANGUAGES)('what switches and holds stand over (%s)', (_, table) => {
  const known = knownIn(table);
  const names = ['all', RECOVERY_SWITCH, 'rail:juno', 'rail:chain', ...RAILS.map((one) => `rail:${one}`)];
  const kinds = found(/`(wallet|contract|user|payment|leg):\$\{/g).filter((one) => one !== 'leg');
  expect([...kinds].sort()).toEqual(['contract', 'payment', 'user', 'wallet']);
  const bare = [...names, ...kinds.map((kind) => `${kind}:x`)].filter((one) => switchOf(one, { known }).words === one);
  expect(bare).toEqual([]);
  expect(found(/\breasonCode: '(\w+)'/g).filter((one) => known('reason', one) === null)).toEqual([]);
});

test.each(LANGUAGES)('what something was done to (%s)', (_, table) => {
  const known = knownIn(table);
  const kinds = [
    ...SUBJECT_KINDS,
    ...found(/\bsubject(?::| =) `([a-z_-]+):\$/g),
    ...found(/\bsubject: '([a-z_]+)',/g),
    ...found(/\bsubjectKind: '([a-z_]+)'/g),
  ];
  expect(new Set(kinds).size).toBeGreaterThan(14);
  expect([...new Set(kinds)].filter((one) => known('subject', one) === null)).toEqual([]);
});

test.each(LANGUAGES)('what proves something, and which event it was (%s)', (_, table) => {
  const known = knownIn(table);
  const events = found(/'(\w+)'/g, /export type EvidenceName =([\s\S]*?);/.exec(text)?.[1] ?? '');
  expect(events.length).toBeGreaterThan(6);
  const bare = [...events, ...found(/\bas: '(carried|stolen)'/g)].filter((one) => known('chainEvent', one) === null);
  expect(bare).toEqual([]);
  const proofs = found(/\bsource: '(chain|juno_\w+|bitso_\w+)'/g);
  expect(proofs.length).toBeGreaterThan(2);
  expect(proofs.filter((one) => known('evidence', one) === null)).toEqual([]);
});

/** What the lines of a timeline have besides: what proved it, by which the order was given, and what a leg was moved by. */
const DETAILS = [
  ...[
    'legId',
    'externalId',
    'error',
    'code',
    'text',
    'key',
    'postings',
    'account',
    'amount',
    'reason',
    'role',
    'wallet',
  ],
  ...['hash', 'nonce', 'version', 'lastBroadcastAt', 'minedBlock', 'minedBlockHash', 'finality', 'succeeded'],
  ...['approvalId', 'givenBy', 'withdrawnBy', 'disputeId', 'as', 'txHash', 'blockNumber', 'blockHash', 'bridge'],
  ...[
    'depositId',
    'trackingKey',
    'cepLink',
    'proposal',
    'claim',
    'units',
    'isReturn',
    'paymentId',
    'effectId',
    'order',
  ],
  ...['replaces', 'from', 'to', 'logIndex', 'place', 'payee', 'contract'],
];

test('whatever a line of the timeline and a proposal hold has a name', () => {
  const fields = FOUR_EYES.flatMap(({ parameters }) => {
    const into = new Set<string>();
    const walk = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [name, part] of Object.entries(schema)) {
        if (name === 'properties') for (const field of Object.keys(part as object)) into.add(field);
        walk(part);
      }
    };
    walk(z.toJSONSchema(parameters, { unrepresentable: 'any', io: 'input' }));
    return [...into];
  });
  expect(fields.length).toBeGreaterThan(10);
  expect(
    [...new Set([...fields, ...DETAILS])].filter((field) => !(`plan.${field}` in en && `plan.${field}` in es)),
  ).toEqual([]);
});

test('what moved a leg is told in Spanish, whatever it was', () => {
  const causes = [
    ...found(/\bcause(?::| =) '([^']+)'/g),
    ...found(/\bcause(?::| =) `([^`]+)`/g),
    ...found(/\bcause(?::| =)[^;,'`]*\? '([^']+)'/g),
    ...found(/\bcause(?::| =)[^;,`]*\? '[^']+'\s*: '([^']+)'/g),
    ...found(/`(\$\{kind\} (?:was refused|came to nothing and|failed on)[^`]*)`/g),
    ...found(/=>\s+`(a reorganisation undid [^`]*)`/g),
    ...found(/\b(?:WORTHLESS =\s+)'([^']+)'/g),
    ...found(/isLate(?: && !isDisputed)? \? `([^`]+)`/g),
  ].map((one) =>
    one
      .replaceAll(/\$\{(?:[\w.]*kind|signed\.kind|step\.kind)\}/g, 'chain_fund')
      .replaceAll(/\$\{accrued\.length\}/g, '3')
      .replaceAll(/\$\{namesOf\(lacks\)\}/g, 'payer and two people')
      .replaceAll(/\$\{[^}]*outcome\}/g, 'payer')
      .replaceAll(/\$\{[^}]*\}/g, 'x'),
  );
  expect(causes.length).toBeGreaterThan(40);
  expect(causes.filter((one) => retell(one, SPANISH).language === 'en')).toEqual([]);
});

test('a key of an effect is told by its words, and a part that is stopped is no money that moves', () => {
  const known = (of: string, code: string) => (es as Readonly<Record<string, string>>)[`${of}.${code}`] ?? null;
  const id = '8e11d6a0-0000-4000-8000-000000000001';
  expect(keyOf(`juno_redemption:${id}:2`, { known })).toEqual({
    words: es['effect.juno_redemption'],
    id,
    attempt: '2',
  });
  expect([
    keyOf(`payment:${id}`, { known })?.words,
    keyOf(`nothing:${id}`, { known }),
    keyOf('a:b', { known }),
  ]).toEqual([...['Pago', null, null]]);
  const said = [moneyMoves(false, 0), moneyMoves(false, 1), moneyMoves(true, 1)].map((key) => es[key]);
  expect([
    said[0]?.startsWith('El dinero se mueve'),
    said[1]?.includes('no todo'),
    said[2]?.startsWith('No se'),
  ]).toEqual([...[true, true, true]]);
});
