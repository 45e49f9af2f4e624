import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../src/juno/', import.meta.url);
/** Parts that the public functions are made of. */
const INTERNAL = new Set(['classify', 'send', 'sign']);
/** Where the file is named after the thing and the function after what it does. */
const NAMED = [
  ['client', 'createJunoClient'],
  ['nonce', 'createNonce'],
  ['webhook', 'readWebhook'],
] as const;

test('every public function has its Parameters, ReturnType and ErrorType, and a docstring', async () => {
  const files = (await readdir(FOLDER)).map((name) => name.replace('.ts', ''));
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(new URL(`${file}.ts`, FOLDER), 'utf8')] as const),
  );
  const isFunction = (text: string, name: string) =>
    new RegExp(`\\*/\\nexport (async )?(function\\*? ${name}\\b|const ${name} = )`).test(text);
  const isNamedAfterIt = ([file, text]: readonly [string, string]) =>
    !INTERNAL.has(file) && new RegExp(`export (async )?(function\\*? |const )${file}\\b`).test(text);
  // A body is made apart from its sending, because a repeat must be the same bytes.
  const encoders = texts.flatMap(([file, text]) =>
    [...text.matchAll(/export (?:function |const )(encode\w+)/g)].map(([, name = '']) => [file, name] as const),
  );
  const publics = [...NAMED, ...encoders, ...texts.filter(isNamedAfterIt).map(([file]) => [file, file] as const)];
  expect(publics.length).toBeGreaterThan(30);
  const missing = publics.flatMap(([file, name]) => {
    const text = texts.find(([other]) => other === file)?.[1] ?? '';
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    const absent = ['Parameters', 'ReturnType', 'ErrorType'].filter(
      (part) => !text.includes(`export type ${type}${part} =`),
    );
    return [...absent.map((part) => `${type}${part}`), ...(isFunction(text, name) ? [] : [`the docstring of ${name}`])];
  });
  expect(missing).toEqual([]);
});
