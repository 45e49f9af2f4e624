import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JunoError } from '../juno/errors.ts';
import { getTransaction } from '../juno/getTransaction.ts';
import { parseJson } from '../juno/json.ts';
import { listBalances } from '../juno/listBalances.ts';
import { listDeposits } from '../juno/listDeposits.ts';
import { listFinancialMovements } from '../juno/listFinancialMovements.ts';
import { listTransactions } from '../juno/listTransactions.ts';
import { TransportError } from '../juno/transport.ts';
import { type Bench, masked } from './juno-bench.ts';

/** What was found, in a few words, and what it is seen by: shapes, statuses and codes, never what a field held. */
export type Answer = Readonly<{ found: string; evidence: string }>;

export type Question = Readonly<{
  id: string;
  question: string;
  /** What asking it costs or leaves behind; null where it only reads. */
  costs: string | null;
  ask: (bench: Bench) => Promise<Answer>;
}>;

/** It was asked, and what came back does not answer it. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError';
}

const TYPES = ['ISSUANCE', 'REDEMPTION', 'CRYPTO_DEPOSIT', 'CRYPTO_WITHDRAWAL', 'CONVERSION'];
const CLABES = '/spei/v1/clabes?clabe_type=AUTO_PAYMENT';

/** The questions that reading alone settles, where there is something to read. */
export function readingQuestions(keepIn: string | undefined): Question[] {
  return [
    {
      id: 'signed-query',
      question: 'Is a path signed with its query?',
      costs: null,
      ask: async ({ probe }) => {
        const ask = (signedPath: string) => probe({ method: 'GET', path: CLABES, signedPath });
        const [whole, bare] = [await ask(CLABES), await ask(CLABES.replace(/\?.*/, ''))];
        const taken = [whole.httpStatus === 200, bare.httpStatus === 200].join();
        const found = { 'true,true': 'either way', 'true,false': 'with it', 'false,true': 'without it' }[taken];
        const evidence = `with: ${shown(whole)}; without: ${shown(bare)}`;
        if (!found) throw new UnsettledError(`neither was let in (${evidence})`);
        return { found, evidence };
      },
    },
    {
      id: 'transaction-details',
      question: 'What do `details` and `timeline` hold, by type?',
      costs: null,
      ask: async ({ juno }) => {
        const seen: string[] = [];
        const absent: string[] = [];
        for (const type of TYPES) {
          const { items } = await listTransactions(juno, { type, size: 10 });
          // One that is done shows all of its steps.
          const item = items.find(({ status }) => status === 'complete') ?? items[0];
          if (!item) {
            absent.push(type);
            continue;
          }
          const { raw } = await getTransaction(juno, { id: item.id });
          const detail = parseJson(raw);
          seen.push(`${type} ${keysOf(fieldOf(detail, 'details'))}, steps ${keysOf(fieldOf(detail, 'timeline'))}`);
          if (keepIn !== undefined) await keep(keepIn, type, detail);
        }
        if (seen.length === 0) throw new UnsettledError('there is no transaction yet: ask again with --spend');
        const kept = keepIn === undefined ? '' : `; kept in ${keepIn}`;
        return {
          found: `${seen.length} of ${TYPES.length} types seen${absent.length > 0 ? `, no ${absent.join(', ')}` : ''}`,
          evidence: `${seen.join('; ')}${kept}`,
        };
      },
    },
    {
      id: 'transactions-list',
      question: 'What is the list of transactions like?',
      costs: null,
      ask: async ({ juno }) => {
        const [zero, one] = [
          await listTransactions(juno, { page: 0, size: 1 }),
          await listTransactions(juno, { page: 1, size: 1 }),
        ];
        const [first, second] = [zero.items[0], one.items[0]];
        if (!first) throw new UnsettledError('there is no transaction yet: ask again with --spend');
        const base = second ? (first.id === second.id ? 'counts from 1' : 'counts from 0') : 'of one page';
        const amount = /"amount":\s*"/.test(zero.raw) ? 'text' : 'numbers';
        return {
          found: `${envelopeOf(zero.raw)}, ${base}, amounts are ${amount}`,
          evidence: `payload ${keysOf(payloadOf(zero.raw))}; item ${keysOf(parseJson(first.raw))}; created_at ${zoneOf(first.createdAtText)}`,
        };
      },
    },
    {
      id: 'movements-list',
      question: 'What is the list of financial movements like?',
      costs: null,
      ask: async ({ juno }) => {
        const { items, raw } = await listFinancialMovements(juno, { size: 10 });
        const [first] = items;
        if (!first) throw new UnsettledError('there is no movement yet: ask again with --spend');
        const words = [...new Set(items.map(({ statusText }) => statusText))].join(', ');
        return {
          found: `${envelopeOf(raw)}, says ${words}`,
          evidence: `item ${keysOf(parseJson(first.raw))}`,
        };
      },
    },
    {
      id: 'balances',
      question: 'What are the balances like?',
      costs: null,
      ask: async ({ juno }) => {
        const { raw } = await listBalances(juno);
        const nested = Array.isArray(payloadOf(raw)) ? 'a bare list' : 'a list under `balances`';
        const amounts = /"available":\s*"/.test(raw) ? 'text' : 'numbers';
        return { found: `${nested}, amounts are ${amounts}`, evidence: `payload ${keysOf(payloadOf(raw))}` };
      },
    },
    {
      id: 'deposits-list',
      question: 'In which order are deposits listed, and what do they hold?',
      costs: null,
      ask: async ({ juno }) => {
        const { items } = await listDeposits(juno, { pageSize: 10 });
        const [first, ...others] = items;
        if (!first) throw new UnsettledError('there is no deposit yet: ask again with --spend');
        const last = others.at(-1);
        const [from, to] = [first.createdAtText ?? '', last?.createdAtText ?? ''];
        if (!last || from === to)
          throw new UnsettledError('all that is listed is of one time, so its order does not show');
        const order = from > to ? 'newest first' : 'oldest first';
        return {
          found: `${order}, times ${zoneOf(first.createdAtText)}`,
          evidence: `item ${keysOf(parseJson(first.raw))}`,
        };
      },
    },
    {
      id: 'page-maximum',
      question: 'What becomes of a page of more than 100?',
      costs: null,
      ask: async ({ probe }) => {
        const answer = await probe({ method: 'GET', path: `${CLABES}&page_size=101` });
        if (answer.httpStatus === 401) throw new UnsettledError(`not let in (${shown(answer)})`);
        const size = fieldOf(fieldOf(answer.json, 'payload'), 'page_size');
        const found = answer.httpStatus >= 400 ? 'refused' : size === '101' ? 'served' : `cut to ${String(size)}`;
        return { found, evidence: shown(answer) };
      },
    },
  ];
}

/** "200", "401 0215". */
export const shown = ({ httpStatus, code }: { httpStatus: number; code: string | null }): string =>
  code === null ? String(httpStatus) : `${httpStatus} ${code}`;

/** What an error of the door says, for a table: it names neither account nor secret. */
export const reasonOf = (error: unknown): string =>
  error instanceof JunoError || error instanceof UnsettledError || error instanceof TransportError
    ? error.message
    : 'it failed for no reason of Juno’s';

export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
const payloadOf = (raw: string): unknown => fieldOf(parseJson(raw), 'payload');

/** The key of the items, or that there is none around them. */
function envelopeOf(raw: string): string {
  const payload = payloadOf(raw);
  if (Array.isArray(payload)) return 'a bare list';
  const key = Object.entries(payload ?? {}).find(([, value]) => Array.isArray(value))?.[0];
  return key === undefined ? 'of an unknown envelope' : `items under \`${key}\``;
}

/** "{a, b{c}}": the names, never what they hold. Of a list, those of all its items together. */
export function keysOf(value: unknown, depth = 0): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${keysOf(together(value), depth)}]`;
  if (typeof value !== 'object' || value === null) return value === undefined ? 'absent' : '·';
  if (depth > 3) return '{…}';
  const names = Object.entries(value).map(([name, inner]) => {
    const nested = typeof inner === 'object' && inner !== null ? keysOf(inner, depth + 1) : '';
    return `${name}${nested}`;
  });
  return `{${names.join(', ')}}`;
}

const together = (items: readonly unknown[]): unknown =>
  items.every((item) => typeof item === 'object' && item !== null) ? Object.assign({}, ...items) : items[0];

const zoneOf = (text: string | null): string =>
  text === null ? 'absent' : /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? 'with a zone' : 'without a zone';

const PRIVATE = /name|curp|rfc|mail|phone|address|concept|tag/i;

/** Writes an answer as a fixture, without anything by which a person is known. */
async function keep(folder: string, type: string, detail: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${type.toLowerCase()}.json`), `${JSON.stringify(anonymous(detail), null, 2)}\n`);
}

function anonymous(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => anonymous(item, name));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, anonymous(inner, key)]));
  if (typeof value !== 'string') return value;
  return PRIVATE.test(name) ? '…' : masked(value);
}
