import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getTransaction } from '../../juno/getTransaction.ts';
import { listTransactions } from '../../juno/listTransactions.ts';
import type { Answered, Bench } from './bench.ts';
import { isTaken, NothingToSeeError, type Question, shown, UnsettledError } from './question.ts';
import { returnsQuestion } from './returns.ts';
import { envelopeOf, fieldOf, itemsOf, keysOf, kindOf, redacted, timeFormOf, wordOf } from './shape.ts';

const TRANSACTIONS = '/mint_platform/v1/transactions';
const MOVEMENTS = '/mint_platform/v1/financial_movements';
const DEPOSITS = '/spei/v1/deposits';
const CLABES = '/spei/v1/clabes?clabe_type=AUTO_PAYMENT';
const HASH = /0x[0-9a-f]{64}/i;

/** Where transactions of each type come from, for who has none yet. */
const SOURCES: Readonly<Record<string, string>> = {
  ISSUANCE: 'there is none yet: --spend makes one',
  REDEMPTION: 'there is none yet: --spend makes one',
  CRYPTO_WITHDRAWAL: 'there is none yet: --spend makes one with --withdraw-to',
  CRYPTO_DEPOSIT: 'there is none yet: send MXNB to Juno’s deposit address, or name it in --withdraw-to, and ask again',
};

/** The questions that reading alone settles, where there is something to read. */
export const readingQuestions = (keepIn: string | undefined): Question[] => [
  ...Object.keys(SOURCES).map((type) => detailQuestion(type, keepIn)),
  detailQuestion('CONVERSION', keepIn),
  ...transactionQuestions,
  {
    id: 'movements-list',
    question: 'What is the list of financial movements like?',
    costs: null,
    ask: async ({ probe }) => {
      const all = read(await probe({ method: 'GET', path: `${MOVEMENTS}?page=0&size=100` }), 'movement');
      const base = await baseOf(probe, MOVEMENTS);
      const [first] = all.items;
      const names = all.items.map((item) => [
        fieldOf(item, 'id'),
        ['funding', 'withdrawal', 'conversion'].map((name) => fieldOf(fieldOf(item, name), 'transaction_id')),
      ]);
      const isShared = names.some(([id, transactionIds]) => [transactionIds].flat().includes(id));
      const words = distinct(all.items.map((item) => wordOf(fieldOf(item, 'status'))));
      return {
        found: `${envelopeOf(all.text)}, ${base}, amounts are ${kindOf(all.text, 'amount') ?? 'absent'}, an id is ${isShared ? 'its transaction’s' : 'its own'}, says ${words}`,
        evidence: `item ${keysOf(first)}`,
      };
    },
  },
  {
    id: 'balances',
    question: 'What are the balances like?',
    costs: null,
    ask: async ({ probe }) => {
      const { items, text } = read(await probe({ method: 'GET', path: '/mint_platform/v1/balances' }), 'balance');
      const assets = items.map((item) => String(fieldOf(item, 'asset'))).filter((asset) => /^mxnb$/i.test(asset));
      return {
        found: `${envelopeOf(text)}, amounts are ${kindOf(text, 'available') ?? 'absent'}, says ${distinct(assets) || 'no MXNB'}`,
        evidence: `item ${keysOf(items[0])}`,
      };
    },
  },
  {
    id: 'deposits-items',
    question: 'What does a deposit hold?',
    costs: null,
    ask: async ({ probe }) => {
      const { items, text } = read(await probe({ method: 'GET', path: `${DEPOSITS}?page_size=10` }), 'deposit');
      const ids = ['fid', 'deposit_id'].filter((name) => fieldOf(items[0], name) !== undefined);
      const senders = items.map((item) => fieldOf(item, 'sender_clabe'));
      const sender = senders.every((clabe) => clabe === undefined || clabe === null)
        ? 'absent'
        : senders.some((clabe) => String(clabe).includes('*'))
          ? 'masked'
          : 'plain';
      const words = distinct(items.map((item) => wordOf(fieldOf(item, 'status'))));
      return {
        found: [
          `named by ${ids.join(' and ')}`,
          `amounts are ${kindOf(text, 'amount') ?? 'absent'}`,
          `times ${timeFormOf(textOf(fieldOf(items[0], 'created_at')))}`,
          `the sender’s CLABE is ${sender}`,
          `a tracking key is ${fieldOf(items[0], 'tracking_key') === undefined ? 'absent' : 'there'}`,
          `says ${words}`,
        ].join(', '),
        evidence: `item ${keysOf(items)}`,
      };
    },
  },
  {
    id: 'deposits-order',
    question: 'In which order are deposits listed?',
    costs: null,
    ask: async ({ probe }) => {
      const { items } = read(await probe({ method: 'GET', path: `${DEPOSITS}?page_size=100` }), 'deposit');
      return { found: orderOf(items), evidence: `of ${items.length} deposits` };
    },
  },
  {
    id: 'clabes-list',
    question: 'How are the counters of the SPEI lists written?',
    costs: null,
    ask: async ({ probe }) => {
      const answer = await probe({ method: 'GET', path: CLABES });
      if (!isTaken(answer)) throw new UnsettledError(`it was refused (${shown(answer)}): ask again`);
      const { response: _, ...counters } = Object(fieldOf(answer.json, 'payload'));
      return { found: `as ${kindOf(answer.text, 'total_items') ?? 'absent'}`, evidence: keysOf(counters) };
    },
  },
  {
    id: 'page-maximum',
    question: 'What becomes of a page of more than 100?',
    costs: null,
    ask: async ({ probe }) => {
      const answer = await probe({ method: 'GET', path: `${CLABES}&page_size=101` });
      if (answer.httpStatus === 401) throw new UnsettledError(`not let in (${shown(answer)}): ask again`);
      const size = fieldOf(fieldOf(answer.json, 'payload'), 'page_size');
      const found = answer.httpStatus >= 400 ? 'refused' : size === '101' ? 'served' : `cut to ${wholeOf(size)}`;
      return { found, evidence: shown(answer) };
    },
  },
  {
    id: 'bank-accounts-list',
    question: 'Has the list of bank accounts pages?',
    costs: null,
    ask: async ({ probe }) => {
      const answer = await probe({ method: 'GET', path: '/mint_platform/v1/accounts/banks' });
      if (!isTaken(answer)) throw new UnsettledError(`it was refused (${shown(answer)}): ask again`);
      const found = envelopeOf(answer.text);
      return { found: found === 'a bare list' ? `no, ${found}` : `yes, ${found}`, evidence: shown(answer) };
    },
  },
  returnsQuestion,
];

/** What the detail of a transaction of a type holds; kept as a fixture where there is a folder for it. */
const detailQuestion = (type: string, keepIn: string | undefined): Question => ({
  id: `detail-${type.toLowerCase().replaceAll('_', '-')}`,
  question: `What does the detail of ${/^[AI]/.test(type) ? 'an' : 'a'} ${type} hold?`,
  costs: null,
  ask: async ({ juno, probe }) => {
    const { items } = await listTransactions(juno, { type, size: 10 });
    // One that is done shows all of its steps.
    const item = items.find(({ status }) => status === 'complete') ?? items[0];
    if (!item && SOURCES[type] === undefined)
      throw new NothingToSeeError('there is none, and Kustodia makes none: nothing rests on what it holds');
    if (!item) throw new UnsettledError(SOURCES[type] ?? '');
    const { txHash, address, receiverClabe } = await getTransaction(juno, { id: item.id });
    const answer = await probe({ method: 'GET', path: `${TRANSACTIONS}/${encodeURIComponent(item.id)}` });
    const detail = fieldOf(answer.json, 'payload');
    const [details, timeline] = [fieldOf(detail, 'details'), fieldOf(detail, 'timeline')];
    const steps = Array.isArray(timeline) ? timeline.map((step) => wordOf(Object.values(Object(step))[0])) : [];
    const places = Object.entries({ timeline, details }).filter(([, part]) => HASH.test(JSON.stringify(part ?? null)));
    if (keepIn !== undefined) await keep(keepIn, type.toLowerCase(), answer.text);
    const is = (value: string | null) => (value === null ? 'not read' : 'read');
    return {
      found: `details ${keysOf(details)}, steps ${keysOf(timeline)}: ${steps.join(' → ')}; a hash in ${places.map(([name]) => name).join(' and ') || 'neither'}`,
      evidence: `hash ${is(txHash)}, address ${is(address)}, receiver’s CLABE ${is(receiverClabe)}${keepIn === undefined ? '' : `; kept in ${keepIn}`}`,
    };
  },
});

const transactionQuestions: readonly Question[] = [
  {
    id: 'transactions-list',
    question: 'What is the list of transactions like?',
    costs: null,
    ask: async ({ probe }) => {
      const { text } = read(await probe({ method: 'GET', path: `${TRANSACTIONS}?page=0&size=100` }), 'transaction');
      const totals = /"total/.test(text) ? 'with totals' : 'without totals';
      return {
        found: `${envelopeOf(text)}, ${await baseOf(probe, TRANSACTIONS)}, ${totals}`,
        evidence: `payload ${keysOf(fieldOf(JSON.parse(text), 'payload'))}`,
      };
    },
  },
  {
    id: 'transactions-query',
    question: 'Are `size` and `sort` of that list heeded, and what is its own order?',
    costs: null,
    ask: async ({ probe }) => {
      const ask = async (query: string) =>
        read(await probe({ method: 'GET', path: `${TRANSACTIONS}?${query}` }), 'transaction').items;
      const plain = await ask('size=100');
      if (plain.length < 2) throw new UnsettledError('there is one transaction alone: --spend makes more');
      const one = await ask('size=1');
      const [newest, oldest] = [await ask('size=100&sort=createdAt,DESC'), await ask('size=100&sort=createdAt,ASC')];
      const isSorted = orderOf(newest) === 'newest first' && orderOf(oldest) === 'oldest first';
      return {
        found: `size ${one.length === 1 ? 'is heeded' : 'is not'}, sort ${isSorted ? 'is heeded' : 'is not'}, else ${orderOf(plain)}`,
        evidence: `of ${plain.length}; size=1 gave ${one.length}`,
      };
    },
  },
  {
    id: 'transactions-items',
    question: 'How does that list write a transaction?',
    costs: null,
    ask: async ({ probe }) => {
      const answer = await probe({ method: 'GET', path: `${TRANSACTIONS}?page=0&size=100` });
      const { items, text } = read(answer, 'transaction');
      const [first] = items;
      const id = fieldOf(first, 'transaction_id') === undefined ? 'id' : 'transaction_id';
      const status = fieldOf(first, 'summary_status') === undefined ? 'status' : 'summary_status';
      const words = distinct(items.map((item) => wordOf(fieldOf(item, status))));
      const currencies = items.map((item) =>
        ['transaction_type', 'currency'].map((name) => wordOf(fieldOf(item, name))).join(' '),
      );
      return {
        found: [
          `named ${id} and ${status}`,
          `amounts are ${kindOf(text, 'amount') ?? 'absent'}`,
          `times ${timeFormOf(textOf(fieldOf(first, 'created_at')))}`,
          `says ${words}`,
          distinct(currencies),
        ].join(', '),
        evidence: `item ${keysOf(first)}`,
      };
    },
  },
];

/** The items of a list. Throws an UnsettledError where there are none. */
function read(answer: Answered, what: string): { items: readonly unknown[]; text: string } {
  if (!isTaken(answer)) throw new UnsettledError(`it was refused (${shown(answer)}): ask again`);
  const items = itemsOf(answer.json);
  if (items.length === 0) throw new UnsettledError(`there is no ${what} yet: ask again with --spend`);
  return { items, text: answer.text };
}

/** From where a list counts its pages: one that counts from 1 takes page 0 for the same, or refuses it. */
async function baseOf(probe: Bench['probe'], path: string): Promise<string> {
  const page = (number: number) => probe({ method: 'GET', path: `${path}?page=${number}&size=1` });
  const [zero, one] = [await page(0), await page(1)];
  if (!isTaken(zero)) return 'counts from 1 and refuses 0';
  const [first, second] = [itemsOf(zero.json)[0], itemsOf(one.json)[0]];
  return JSON.stringify(first) === JSON.stringify(second) ? 'counts from 1' : 'counts from 0';
}

/** By the times of creation. Throws an UnsettledError where those are all the same. */
function orderOf(items: readonly unknown[]): 'newest first' | 'oldest first' {
  const [from, to] = [items[0], items.at(-1)].map((item) => textOf(fieldOf(item, 'created_at')) ?? '');
  if (from === undefined || to === undefined || from === to)
    throw new UnsettledError('all that is listed is of one time, so no order shows: ask again with --spend');
  return from > to ? 'newest first' : 'oldest first';
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const wholeOf = (value: unknown): string => (/^\d{1,6}$/.test(String(value)) ? String(value) : 'a part');
const distinct = (words: readonly string[]): string => [...new Set(words)].toSorted().join(', ');

/** Writes an answer as a fixture, without anything by which a person is known. */
export async function keep(folder: string, name: string, text: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name}.json`), `${redacted(text)}\n`);
  } catch {
    throw new UnsettledError(`nothing can be written to ${folder}: name another --keep`);
  }
}
