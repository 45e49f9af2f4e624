/**
 * What no log line may hold, and what one of a payment has to: told from its shape (a secret of 64 hex digits without 0x, a signature in Base64, a CLABE of 18 digits
 * with the right control digit, however spaced), and word for word every secret that a process of the tests was given.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateKeyToAddress } from 'viem/accounts';
import { account, privateKeyOf } from '../../src/local/anvil.ts';
import { clabeControlDigit } from '../../src/money/clabe.ts';
import { findNameless } from './nameless.ts';

const ANVIL_KEYS = Array.from({ length: 4 }, (_, i) => privateKeyOf(account(i)));
const RULES: readonly (readonly [what: string, find: (text: string) => string[]])[] = [
  ['a whole CLABE', (text) => (withoutHashes(text).match(/(?<!\d)\d(?: ?\d){17}(?!\d)/g) ?? []).filter(isClabe)],
  ['a secret or a signature', (text) => text.match(/(?<![0-9a-fx])[0-9a-f]{64}(?![0-9a-f])/gi) ?? []],
  ['a signature in Base64', (text) => (text.match(/[a-z0-9+/]{340,}={0,2}/gi) ?? []).filter(isNoHex)],
  ['an Authorization header', (text) => text.match(/(authorization["':\s]+)?Bitso [\w-]+:\d+:[0-9a-f]+/gi) ?? []],
  ['an API key', (text) => text.match(/\bkus_[\w-]{20,}/g) ?? []],
  ['a private key', (text) => ANVIL_KEYS.filter((key) => text.includes(key) || text.includes(key.slice(2)))],
  ['a password in a URL', (text) => text.match(/\/\/[^\s/:@]+:[^\s/@]+@/g) ?? []],
];

/** One hash in some ten thousand has 18 digits in a row that would do for a CLABE: what has letters among its digits is none. */
const withoutHashes = (text: string) => text.replace(/0x(?=\d*[a-f])[0-9a-f]{40,}/gi, '0x');

const isNoHex = (text: string) => /[^0-9a-f]/i.test(text);

function isClabe(text: string): boolean {
  const digits = text.replaceAll(' ', '');
  return clabeControlDigit(digits) === Number(digits[17]);
}

/** Where the text holds what it must not, as `rule: first characters`. */
export const findPrivate = (text: string): string[] =>
  RULES.flatMap(([what, find]) => find(text).map((found) => `${what} (${found.slice(0, 6)}…)`));

/** The secrets that were kept beside the logs. Ethereum writes some with 0x, others print them without. */
function readSecrets(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.secrets'));
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  return [...new Set(lines.filter((line) => line !== '').map((line) => line.replace(/^0x/, '')))];
}

/** The same for every log in a folder, with the file and the number of lines and secrets that were read. */
export function searchLogs(folder: string): { files: number; lines: number; secrets: number; found: string[] } {
  const found: string[] = [];
  const secrets = readSecrets(folder);
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'));
  let lines = 0;
  for (const name of files) {
    const text = readFileSync(join(folder, name), 'utf8');
    const told = secrets.filter((secret) => text.includes(secret));
    for (const line of text.split('\n')) {
      lines++;
      const event = line.match(/"event":"(\w+)"/)?.[1] ?? line.slice(0, 40);
      const kept = told.filter((secret) => line.includes(secret)).map((secret) => `a secret (${secret.slice(0, 3)}…)`);
      found.push(
        ...[...kept, ...findPrivate(line), ...findNameless(line)].map((what) => `${name}: ${what} in “${event}”`),
      );
    }
  }
  return { files: files.length, lines, secrets: secrets.length, found: [...new Set(found)] };
}

/** Keys whose addresses are what they should be: else the rule of private keys would look for nothing. */
export const knowsItsKeys = (): boolean =>
  ANVIL_KEYS.every((key, i) => privateKeyToAddress(key).toLowerCase() === account(i).address.toLowerCase());

/** Half of what the whole suite leaves, or less: under it the search has nothing to search, and finds nothing for that. */
const LEAST = { files: 100, lines: 5_000, secrets: 15 } as const;

/** Of what the whole suite must leave to be searched, what is missing; in words. */
export const missingFrom = (searched: Readonly<Record<keyof typeof LEAST, number>>): string[] =>
  (Object.keys(LEAST) as (keyof typeof LEAST)[])
    .filter((what) => searched[what] < LEAST[what])
    .map((what) => `${searched[what]} ${what} were searched, and the whole suite leaves at least ${LEAST[what]}`);
