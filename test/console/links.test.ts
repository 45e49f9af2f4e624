/** What a sentence tells to do by a command is found in the console by a link, and no id stands there without one. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../../src/console/words/en.ts';
import { COMMANDS, DEALT_WITH, LABELS, numbered, partsOf } from '../../src/console/words/links.ts';
import { retell } from '../../src/console/words/said.ts';
import { ALERT_KINDS } from '../../src/reactor/alerts/kinds.ts';
import { FAMILY_CODES, NAMED_CODES, stepFor } from '../../src/reactor/payment/attention.ts';
import { SPANISH } from '../support/spanish.ts';

const SOURCES = join(import.meta.dirname, '../../src');
const [payment, leg, effect] = [1, 2, 3].map((one) => `00000000-0000-4000-8000-00000000000${one}`) as [
  string,
  string,
  string,
];

/** What needs the database or the settings themselves, and has no page. */
const ON_THE_SERVER = [
  ...['chain accept-contract', 'chain accept-reorg', 'contract grant', 'contract verify', 'db login', 'db migrate'],
  ...['juno check', 'key create'],
];

test('whatever command the reactor names has its place in the console, or is known to have none', () => {
  const files = globSync(['reactor/**/*.ts', 'console/words/said/*.ts'], { cwd: SOURCES });
  const text = files.map((file) => readFileSync(join(SOURCES, file), 'utf8')).join('\n');
  const named = [...text.matchAll(/kustodia ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+(?:-[a-z]+)*))?/g)].map(([, noun, verb]) =>
    noun !== undefined && noun in COMMANDS ? noun : `${noun} ${verb}`,
  );
  expect(new Set(named).size).toBeGreaterThan(40);
  expect([...new Set(named)].filter((one) => !(one in COMMANDS)).sort()).toEqual([]);
  const server = Object.entries(COMMANDS).flatMap(([command, to]) => (to === 'server' ? [command] : []));
  expect(server.sort()).toEqual(ON_THE_SERVER);
  expect(Object.entries(LABELS).filter(([command, key]) => !(command in COMMANDS && key in en))).toEqual([]);
});

test('each step that a person is told is told without a command, in both languages', () => {
  const codes = [...NAMED_CODES, ...FAMILY_CODES.map((one) => `juno_redemption_${one}`), 'rejected:1'];
  for (const code of codes) {
    const step = stepFor(code, { payment, leg, effect }) ?? '';
    for (const said of [step, retell(step, SPANISH).text]) {
      const parts = partsOf(said);
      const rest = parts.flatMap((part) => (part.is === 'text' ? [part.text] : []));
      expect([code, rest.join('').match(/kustodia|--|[0-9a-f]{8}-/)]).toEqual([code, null]);
    }
  }
});

test('nothing of a command is left where one of several words is to be chosen', () => {
  const said = `decide it: kustodia dispute resolve ${effect} --for recipient|payer|split --reason … (payment ${payment}); a second person`;
  expect(partsOf(said)).toEqual([
    { is: 'text', text: 'decide it: ' },
    { is: 'queue', queue: 'disputes', command: 'dispute resolve' },
    { is: 'text', text: ' (payment ' },
    { is: 'payment', id: payment, command: null },
    { is: 'text', text: '); a second person' },
  ]);
});

test('each alert leads to where it is dealt with', () => {
  const nowhere = Object.entries(DEALT_WITH).flatMap(([kind, target]) => (target === null ? [kind] : []));
  // Its payment is named in it; and what is to be mended is a channel outside.
  expect(nowhere).toEqual(['stuck', 'notice-undelivered']);
  expect(Object.keys(DEALT_WITH).sort()).toEqual(Object.keys(ALERT_KINDS).sort());
});

test('a command leads to its page, with the id that it names; prose after it stays', () => {
  expect(
    partsOf(`then kustodia payment repay ${payment} --leg ${leg} --clabe CLABE --name NAME --reason …; a second`),
  ).toEqual([
    { is: 'text', text: 'then ' },
    { is: 'payment', id: payment, command: 'payment repay' },
    { is: 'text', text: '; a second' },
  ]);
  expect(
    partsOf(`kustodia effect propose ${effect} --as happened --external-id ID, or --as not-happened.`),
  ).toMatchObject([
    { is: 'queue', queue: 'unknown', command: 'effect propose --as' },
    { is: 'text', text: '.' },
  ]);
  expect(partsOf('kustodia recover says which; kustodia contract verify says why')).toEqual([
    { is: 'page', to: '/guards', command: 'recover' },
    { is: 'text', text: ' says which; ' },
    { is: 'command', text: 'kustodia contract verify' },
    { is: 'text', text: ' says why' },
  ]);
  const alert = `Effect ${effect} (juno_redemption) of payment ${payment} was sent; user:${leg} is off: kustodia effect show ${effect}`;
  expect(partsOf(alert).filter(({ is }) => is !== 'text')).toEqual([
    { is: 'find', id: effect, command: null },
    { is: 'payment', id: payment, command: null },
    { is: 'user', id: leg, command: null },
    { is: 'find', id: effect, command: 'effect show' },
  ]);
});

test('a payment whose number is known is told by that, and found by it; a command keeps its id', () => {
  const said = `Payment ${payment} needs engineering: look with kustodia payment why ${payment}`;
  const parts = partsOf(numbered(said, 7));
  expect(parts.slice(0, 2)).toEqual([
    { is: 'text', text: 'Payment ' },
    { is: 'payment', id: '7', command: null },
  ]);
  expect(parts.at(-1)).toEqual({ is: 'payment', id: payment, command: 'payment why' });
  expect(numbered(`El pago ${payment} requiere`, 7)).toBe('El pago #7 requiere');
  expect(numbered(said, null)).toBe(said);
});
