import { createHmac, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'lossless-json';
import { z } from 'zod';
import { MoneyError, parseDecimal } from '../money/money.ts';
import type { BitsoWithdrawal, Fate, JunoDeposit, JunoFacts, JunoTransaction } from './facts.ts';

const TIMEOUT_MS = 20_000;
const MOST_BYTES = 20_000_000;
const MOST_PAGES = 20_000;
const PAGE = 100;

export type AuditJunoParameters = Readonly<{
  junoUrl: string;
  /** Without it nothing is read at Bitso. */
  bitsoUrl?: string | undefined;
  /** A key that may look and do nothing else: Juno's permission “View account information”. */
  apiKey: string;
  apiSecret: string;
  /** Juno counts the calls of the whole account: what the reactor leaves of them. */
  ratePerMinute: number;
  signedPath?: 'with_query' | 'without_query';
}>;

/** The answer was no list, or had no end: what cannot be read whole is not audited. */
export class AuditJunoError extends Error {
  override readonly name = 'AuditJunoError';
}

/** A reader of Juno and Bitso, written apart from the door that sends: it knows no method but GET. */
export function openAuditJuno(parameters: AuditJunoParameters): () => Promise<JunoFacts> {
  const get = openGet(parameters);
  const { junoUrl, bitsoUrl } = parameters;
  return async () => {
    const listed = await pages(
      get,
      junoUrl,
      (page) => `/mint_platform/v1/transactions?page=${page}&size=${PAGE}`,
      0,
      summary,
    );
    const transactions: JunoTransaction[] = [];
    // Only of a redemption anything hangs on the detail: whom it paid.
    for (const one of listed)
      transactions.push(
        one.type === 'REDEMPTION' && one.fate === 'complete'
          ? { ...one, ...(await partiesOf(get, junoUrl, one.id)) }
          : one,
      );
    const deposit = (flags: string) => (page: number) => `/spei/v1/deposits?page=${page}&page_size=${PAGE}${flags}`;
    const all = await pages(get, junoUrl, deposit(''), 1, depositOf);
    const returns = await pages(get, junoUrl, deposit('&only_refunds=true'), 1, depositOf);
    const atBitso = bitsoUrl === undefined ? [] : await bitsoReturns(get, bitsoUrl);
    return {
      transactions,
      deposits: merge(
        all,
        [...returns, ...atBitso].map((one) => ({ ...one, isReturn: true })),
      ),
      withdrawals: bitsoUrl === undefined ? [] : await bitsoWithdrawals(get, bitsoUrl),
      poolUnits: await poolUnits(get, junoUrl),
    };
  };
}

type Get = (origin: string, path: string) => Promise<unknown>;

function openGet({ apiKey, apiSecret, ratePerMinute, signedPath }: AuditJunoParameters): Get {
  const pause_ms = 60_000 / ratePerMinute;
  let salt = randomInt(1_000_000);
  let next = performance.now();
  return async (origin, path) => {
    const wait_ms = next - performance.now();
    next = Math.max(next, performance.now()) + pause_ms;
    if (wait_ms > 0) await sleep(wait_ms);
    salt = (salt + 1) % 1_000_000;
    const nonce = `${Date.now()}${String(salt).padStart(6, '0')}`;
    const signed = signedPath === 'without_query' ? path.replace(/\?.*$/s, '') : path;
    const signature = createHmac('sha256', apiSecret).update(`${nonce}GET${signed}`).digest('hex');
    const response = await fetch(new URL(path, origin), {
      headers: { authorization: `Bitso ${apiKey}:${nonce}:${signature}` },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const route = path.replace(/\?.*$/s, '');
    if (!response.ok || text.length > MOST_BYTES)
      throw new AuditJunoError(
        `GET ${route} was answered with HTTP ${response.status} and ${text.length} characters. The audit ended without a result; run it again.`,
      );
    return parse(text, undefined, (digits) => digits);
  };
}

const text = z.string();
const optional = text.nullish().transform((value) => value ?? null);
const counter = z.coerce.number().nullish();
const listSchema = z.object({
  payload: z.union([
    z.array(z.unknown()).transform((items) => ({ items, isLast: true as boolean | null })),
    z
      .object({ content: z.array(z.unknown()), last: z.boolean().nullish() })
      .transform(({ content: items, last }) => ({ items, isLast: last ?? null })),
    z
      .object({ response: z.array(z.unknown()), total_pages: counter, current_page: counter })
      .transform(({ response: items, total_pages: total, current_page: current }) => ({
        items,
        isLast: total == null || current == null ? null : current >= total,
      })),
  ]),
});

/** A list to its end, each item once. Where no counter tells the end, an empty page does. */
async function pages<T extends { id: string }>(
  get: Get,
  origin: string,
  path: (page: number) => string,
  first: number,
  read: z.ZodType<T>,
): Promise<T[]> {
  const found = new Map<string, T>();
  for (let page = first; page < first + MOST_PAGES; page++) {
    const { items, isLast } = listSchema.parse(await get(origin, path(page))).payload;
    for (const item of items) {
      const one = read.parse(item);
      found.set(one.id, one);
    }
    if (isLast ?? items.length === 0) return [...found.values()];
  }
  throw new AuditJunoError(`A list of Juno has more than ${MOST_PAGES} pages. Nothing was concluded.`);
}

const fateOf = (word: string): Fate =>
  /^complete(d)?$/i.test(word) ? 'complete' : /^failed$/i.test(word) ? 'failed' : 'open';

function centavosOf(amount: string): bigint | null {
  try {
    return parseDecimal('MXN', amount).units;
  } catch (error) {
    if (error instanceof MoneyError) return null;
    throw error;
  }
}

const summary = z
  .object({
    id: text.optional(),
    transaction_id: text.optional(),
    transaction_type: text,
    summary_status: text.optional(),
    status: text.optional(),
    amount: text,
    currency: optional,
    method: optional,
  })
  .transform((item, ctx): JunoTransaction => {
    const id = item.id ?? item.transaction_id;
    const status = item.summary_status ?? item.status;
    if (id === undefined || status === undefined) {
      ctx.addIssue({ code: 'custom', message: 'is no transaction' });
      return z.NEVER;
    }
    const isPesos = item.currency === null || /^mxnb?$/i.test(item.currency);
    return {
      id,
      type: item.transaction_type.toUpperCase(),
      fate: fateOf(status),
      centavos: isPesos ? centavosOf(item.amount) : null,
      clabe: null,
      isToBitso: item.method === null ? null : item.method === 'BITSO_TRANSFER',
      trackingKey: null,
    };
  });

const detailSchema = z.object({ payload: z.object({ details: z.record(z.string(), z.unknown()).nullish() }) });

/** Whom a redemption paid: the CLABE in its details, or the one of the bank account that they name. */
async function partiesOf(
  get: Get,
  origin: string,
  id: string,
): Promise<Pick<JunoTransaction, 'clabe' | 'trackingKey'>> {
  const { payload } = detailSchema.parse(await get(origin, `/mint_platform/v1/transactions/${encodeURIComponent(id)}`));
  const details = payload.details ?? {};
  const clabe = details['clabe'] ?? null;
  const trackingKey = details['tracking_key'] ?? null;
  return {
    clabe: typeof clabe === 'string' && /^\d{18}$/.test(clabe) ? clabe : null,
    trackingKey: typeof trackingKey === 'string' ? trackingKey : null,
  };
}

const depositOf = z
  .object({
    fid: optional,
    deposit_id: optional,
    receiver_clabe: text,
    amount: text,
    status: text,
    sender_clabe: optional,
    tracking_key: optional,
    refunded_withdrawal: z.object({ wid: optional, tracking_key: optional, origin_id: optional }).nullish(),
  })
  .transform((item, ctx): JunoDeposit => {
    const id = item.fid ?? item.deposit_id;
    const centavos = centavosOf(item.amount);
    if (id === null || centavos === null) {
      ctx.addIssue({ code: 'custom', message: 'is no deposit' });
      return z.NEVER;
    }
    const of = item.refunded_withdrawal;
    return {
      id,
      clabe: item.receiver_clabe,
      centavos,
      fate: fateOf(item.status),
      isReturn: of != null,
      returnOf: [of?.wid, of?.tracking_key, of?.origin_id, item.tracking_key].filter((name) => name != null),
      senderClabe: item.sender_clabe,
    };
  });

/** What two lists say of the same deposit, together. */
function merge(all: readonly JunoDeposit[], returns: readonly JunoDeposit[]): JunoDeposit[] {
  const found = new Map(all.map((one) => [one.id, one]));
  for (const one of returns) {
    const before = found.get(one.id);
    found.set(one.id, { ...one, returnOf: [...new Set([...(before?.returnOf ?? []), ...one.returnOf])] });
  }
  return [...found.values()];
}

const items = z.array(z.unknown());
/** Under which name the token of the next page comes, no page says. */
const tokens = { next_page_token: optional, next: optional, page_token: optional };
const cursorSchema = z.object({
  payload: z.union([
    items.transform((all) => ({ all, next: null })),
    z
      .object({ response: items, ...tokens })
      .transform(({ response: all, ...token }) => ({ all, next: firstOf(token) })),
    z
      .object({ deposits: items, ...tokens })
      .transform(({ deposits: all, ...token }) => ({ all, next: firstOf(token) })),
  ]),
});
const firstOf = (token: Readonly<Record<keyof typeof tokens, string | null>>): string | null =>
  token.next_page_token || token.next || token.page_token;
/** What a page holds where nothing is said, or at most: without a token it may be the first of several. */
const FULL_PAGES: readonly number[] = [25, 100, 1_000];

/** Of Bitso's deposits those that name a payout: an ordinary one among them is a list that did not heed what it was asked for. */
async function bitsoReturns(get: Get, origin: string): Promise<JunoDeposit[]> {
  const found: JunoDeposit[] = [];
  let next: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const token =
      next === null ? '' : `&page_token=${encodeURIComponent(next)}&next_page_token=${encodeURIComponent(next)}`;
    const path = `/spei/v2/deposits?created_at_gte=2020-01-01T00:00:00.000Z&page_size=1000&only_refunds=true${token}`;
    const answer: { all: unknown[]; next: string | null } = cursorSchema.parse(await get(origin, path)).payload;
    const isFirst = next === null;
    if (answer.next === null && isFirst && FULL_PAGES.includes(answer.all.length))
      throw new AuditJunoError('Bitso’s deposits may have more pages than can be told. Nothing was concluded.');
    found.push(...answer.all.map((item) => depositOf.parse(item)).filter(({ isReturn }) => isReturn));
    if (answer.next === null) return found;
    next = answer.next;
  }
  throw new AuditJunoError('Bitso’s deposits have no end. Nothing was concluded.');
}

const withdrawalOf = z
  .object({
    wid: text,
    status: text,
    amount: text,
    currency: text,
    origin_id: optional,
    details: z.object({ origin_id: optional, clave_de_rastreo: optional, beneficiary_clabe: optional }).nullish(),
  })
  .transform(
    (item): BitsoWithdrawal => ({
      id: item.wid,
      originId: item.details?.origin_id ?? item.origin_id,
      fate: fateOf(item.status),
      centavos: /^mxn$/i.test(item.currency) ? centavosOf(item.amount) : null,
      clabe: item.details?.beneficiary_clabe ?? null,
      trackingKey: item.details?.clave_de_rastreo ?? null,
    }),
  );
const withdrawalsSchema = z.object({ payload: z.array(withdrawalOf) });

async function bitsoWithdrawals(get: Get, origin: string): Promise<BitsoWithdrawal[]> {
  const found = new Map<string, BitsoWithdrawal>();
  let marker = '';
  for (let page = 0; page < MOST_PAGES; page++) {
    const { payload } = withdrawalsSchema.parse(
      await get(origin, `/v3/withdrawals?currency=mxn&limit=${PAGE}${marker}`),
    );
    const last = payload.at(-1);
    const isNew = payload.some(({ id }) => !found.has(id));
    for (const one of payload) found.set(one.id, one);
    if (!last || !isNew) return [...found.values()];
    marker = `&marker=${encodeURIComponent(last.id)}`;
  }
  throw new AuditJunoError('Bitso’s withdrawals have no end. Nothing was concluded.');
}

const asset = z.object({
  asset: text,
  total: text.nullish(),
  available: text,
  locked: text.nullish(),
  on_hold: text.nullish(),
});
const balancesSchema = z.object({
  payload: z.union([z.array(asset), z.object({ balances: z.array(asset) }).transform(({ balances }) => balances)]),
});

async function poolUnits(get: Get, origin: string): Promise<bigint> {
  const { payload } = balancesSchema.parse(await get(origin, '/mint_platform/v1/balances'));
  const mxnb = payload.find((one) => /^mxnb$/i.test(one.asset));
  if (!mxnb) return 0n;
  const units = (amount: string) => parseDecimal('MXNB', amount).units;
  return mxnb.total == null ? units(mxnb.available) + units(mxnb.on_hold ?? mxnb.locked ?? '0') : units(mxnb.total);
}
