/** Whatever people may tell the reactor to do by its interface they can do in the console, or it says here why not. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { isCommand, type Route } from '../../src/reactor/http/routes/declare.ts';
import { PROPOSE_FOR_EFFECT } from '../../src/reactor/http/routes/effects.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';
import { PROPOSE_FOR_PAYMENT } from '../../src/reactor/http/routes/payment-proposals.ts';
import { AFTER_A_FAULT, IN_A_WORLD_THAT_IS_WELL } from './carried-out.ts';

const SOURCES = join(import.meta.dirname, '../../src');
const NOT_IN_THE_CONSOLE: Readonly<Record<string, string>> = {
  giveApproval: 'A user approves by the application that they sign in to: nobody who signs in here speaks for them.',
  makeApprovalLink: 'A link speaks for a user; the application sends it to them, and nobody here may read it.',
  screenUser: 'The outside source says who is cleared: no person has its role.',
};

const text = globSync('**/*.{ts,tsx}', { cwd: join(SOURCES, 'console'), exclude: ['generated/**'] })
  .map((file) => readFileSync(join(SOURCES, 'console', file), 'utf8'))
  .join('\n')
  // What is only brought along is not used.
  .replaceAll(/^import [^;]*;$/gm, '');
/** The names by which the declarations are known, by the ids of their routes. */
const names = new Map(
  globSync('*.ts', { cwd: join(SOURCES, 'reactor/http/routes') }).flatMap((file) =>
    [
      ...readFileSync(join(SOURCES, 'reactor/http/routes', file), 'utf8').matchAll(
        /export const (\w+) = command\(\{[\s\S]*?\bid: '(\w+)'/g,
      ),
    ].map(([, name = '', id = '']) => [id, name] as const),
  ),
);
const without = Object.keys(NOT_IN_THE_CONSOLE).sort();
const isDone = ({ id }: Route): boolean =>
  new RegExp(`\\broute(=\\{|: )${names.get(id)}\\b|, ${names.get(id)}\\]`).test(text);

test('each command has its action, or is on the list of those that have none', () => {
  const commands = ROUTES.filter(isCommand);
  expect(commands.filter(({ id }) => !names.has(id)).map(({ id }) => id)).toEqual([]);
  expect(
    commands
      .filter((route) => !isDone(route))
      .map(({ id }) => id)
      .sort(),
  ).toEqual(without);
});

const proposedBy = ({ body }: Readonly<{ body: z.ZodDiscriminatedUnion }>): string[] =>
  body.options.map((one) => (one as z.ZodObject<{ do: z.ZodLiteral<string> }>).shape.do.value);

test.each([PROPOSE_FOR_PAYMENT, PROPOSE_FOR_EFFECT])('whatever $id proposes can be proposed', (route) => {
  const acts = proposedBy(route);
  expect(acts.length).toBeGreaterThan(2);
  expect(acts.filter((act) => !text.includes(`do: '${act}'`))).toEqual([]);
});

test('each of them is carried out in a browser: in the world of console.test.ts, or in that of faults.full.test.ts', () => {
  const acts = ROUTES.filter(isCommand).flatMap(({ id }) => {
    if (id in NOT_IN_THE_CONSOLE) return [];
    const proposes = [PROPOSE_FOR_PAYMENT, PROPOSE_FOR_EFFECT].find((one) => one.id === id);
    return proposes ? proposedBy(proposes).map((what) => `${id} ${what}`) : [id];
  });
  // What a second person approves has a name of its own.
  const decided = globSync('reactor/**/*.ts', { cwd: SOURCES }).flatMap((file) => {
    const found = readFileSync(join(SOURCES, file), 'utf8').matchAll(
      /: FourEyesCommand<[^>]*> = \{\s+name: '([^']+)'/g,
    );
    return [...found].map(([, name]) => `approve ${name}`);
  });
  expect(decided.length).toBeGreaterThan(10);
  const carriedOut = new Set([...IN_A_WORLD_THAT_IS_WELL, ...AFTER_A_FAULT]);
  expect([...acts, ...decided].sort()).toEqual([...carriedOut].sort());
});
