/**
 * What no log line may hold, told from its shape alone: whatever the secrets of a world were, they are 64 hex digits without 0x;
 * keys of anvil are known; a CLABE is 18 digits with the right control digit.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateKeyToAddress } from 'viem/accounts';
import { account, privateKeyOf } from '../../src/local/anvil.ts';
import { clabeControlDigit } from '../../src/money/clabe.ts';

const ANVIL_KEYS = Array.from({ length: 3 }, (_, i) => privateKeyOf(account(i)));
const RULES: readonly (readonly [what: string, find: (text: string) => string[]])[] = [
  ['a whole CLABE', (text) => (text.match(/(?<!\d)\d{18}(?!\d)/g) ?? []).filter(isClabe)],
  ['a secret or a signature', (text) => text.match(/(?<![0-9a-fx])[0-9a-f]{64}(?![0-9a-f])/gi) ?? []],
  ['an Authorization header', (text) => text.match(/(authorization["':\s]+)?Bitso [\w-]+:\d+:[0-9a-f]+/gi) ?? []],
  ['an API key', (text) => text.match(/\bkus_[\w-]{20,}/g) ?? []],
  ['a private key', (text) => ANVIL_KEYS.filter((key) => text.includes(key) || text.includes(key.slice(2)))],
  ['a password in a URL', (text) => text.match(/\/\/[^\s/:@]+:[^\s/@]+@/g) ?? []],
];

const isClabe = (digits: string) => clabeControlDigit(digits) === Number(digits[17]);

/** Where the text holds what it must not, as `rule: first characters`. */
export const findPrivate = (text: string): string[] =>
  RULES.flatMap(([what, find]) => find(text).map((found) => `${what} (${found.slice(0, 6)}…)`));

/** The same for every log in a folder, with the file and the number of lines that were read. */
export function searchLogs(folder: string): { files: number; lines: number; found: string[] } {
  const found: string[] = [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'));
  let lines = 0;
  for (const name of files) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      lines++;
      const event = line.match(/"event":"(\w+)"/)?.[1] ?? line.slice(0, 40);
      found.push(...findPrivate(line).map((what) => `${name}: ${what} in “${event}”`));
    }
  }
  return { files: files.length, lines, found: [...new Set(found)] };
}

/** Keys whose addresses are what they should be: else the rule of private keys would look for nothing. */
export const knowsItsKeys = (): boolean =>
  ANVIL_KEYS.every((key, i) => privateKeyToAddress(key).toLowerCase() === account(i).address.toLowerCase());
