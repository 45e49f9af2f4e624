import { Hono } from 'hono';
import { z } from 'zod';
import { parseUnits, plainAmount } from './amounts.ts';
import { nanosecondText } from './clock.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { notFound } from './errors.ts';
import { jsonNumber } from './json.ts';
import { springPage, springPaging } from './pages.ts';
import { readQuery } from './query.ts';

const TYPES = ['ISSUANCE', 'REDEMPTION', 'CRYPTO_DEPOSIT', 'CRYPTO_WITHDRAWAL', 'CONVERSION'] as const;
export type TransactionType = (typeof TYPES)[number];
export type TransactionStatus = 'PENDING' | 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

export type Transaction = {
  readonly id: string;
  readonly type: TransactionType;
  readonly units: bigint;
  readonly method: 'SPEI' | 'BITSO_TRANSFER' | 'BLOCKCHAIN';
  readonly createdAt_ns: bigint;
  status: TransactionStatus;
  updatedAt_ns: bigint;
  /** What the detail shows under `details`: its keys differ by type (J/get-transaction-details). */
  details: Readonly<Record<string, unknown>>;
  readonly timeline: TimelineStep[];
};

/** One step of a transaction's `timeline`; `receipt` is a transaction hash where the step is "Tokens transferred". */
export type TimelineStep = Readonly<{ step: string; receipt?: string }>;

export const TOKENS_TRANSFERRED = 'Tokens transferred';

/** `YYYY-MM-DDTHH:MM:SSZ` (J/list-transactions-made). */
const isoDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, 'must be like 2025-01-31T17:58:57Z')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'is no date')
  .transform((text) => BigInt(Date.parse(text)) * 1_000_000n);
const amountQuery = z.string().transform((text, ctx) => {
  const units = parseUnits(text, 6);
  if (units !== undefined) return units;
  ctx.addIssue({ code: 'custom', message: 'must be a decimal' });
  return z.NEVER;
});

const listQuery = z.object({
  ...springPaging,
  type: z.enum(TYPES).optional(),
  isoDateFrom: isoDate.optional(),
  isoDateTo: isoDate.optional(),
  amountFrom: amountQuery.optional(),
  amountTo: amountQuery.optional(),
  sort: z
    .string()
    .regex(/^createdAt(,(ASC|DESC))?$/i, 'must be createdAt,ASC or createdAt,DESC')
    .optional(),
});

/** The book of transactions. `onChange` is told of every status that a transaction takes, the first one too. */
export function openTransactions(context: SandboxContext, onChange: (transaction: Transaction) => void) {
  const { clock, switches, uuid } = context;
  const book: Transaction[] = [];
  const byId = new Map<string, Transaction>();

  const amount = (units: bigint) =>
    switches.transactionAmount === 'number' ? jsonNumber(plainAmount(units)) : plainAmount(units);

  /** What a detail and a summary have in common. Crypto types print their currency in lower case. */
  const common = (transaction: Transaction) => ({
    amount: amount(transaction.units),
    currency: transaction.method === 'BLOCKCHAIN' ? 'mxnb' : 'MXN',
    transaction_type: transaction.type,
    ...(transaction.method !== 'BITSO_TRANSFER' && { network: 'ARBITRUM' }),
    created_at: nanosecondText(transaction.createdAt_ns),
    updated_at: nanosecondText(transaction.updatedAt_ns),
  });

  /** As creation and the list show it: `id`, `summary_status`. */
  const summary = (transaction: Transaction) => ({
    id: transaction.id,
    ...common(transaction),
    method: transaction.method,
    summary_status: transaction.status,
  });

  /** As the detail shows it: `transaction_id`, `status`. */
  const detail = (transaction: Transaction) => ({
    transaction_id: transaction.id,
    ...common(transaction),
    status: transaction.status,
    details: transaction.details,
    timeline: transaction.timeline,
  });

  function matching(query: z.output<typeof listQuery>): Transaction[] {
    const { type, isoDateFrom, isoDateTo, amountFrom, amountTo } = query;
    const found = book.filter(
      (t) =>
        (type === undefined || t.type === type) &&
        (isoDateFrom === undefined || t.createdAt_ns >= isoDateFrom) &&
        (isoDateTo === undefined || t.createdAt_ns <= isoDateTo) &&
        (amountFrom === undefined || t.units >= amountFrom) &&
        (amountTo === undefined || t.units <= amountTo),
    );
    const order = query.sort?.split(',')[1]?.toUpperCase() ?? (query.sort ? 'ASC' : switches.transactionsOrder);
    return order === 'DESC' ? found.reverse() : found;
  }

  const routes = new Hono<HttpEnv>()
    .get('/mint_platform/v1/transactions', (c) => {
      const query = readQuery(c, listQuery);
      const page = springPage(matching(query), query, switches);
      return c.json({ success: true, payload: { ...page, content: page.content.map(summary) } });
    })
    .get('/mint_platform/v1/transactions/:id', (c) => {
      const transaction = byId.get(c.req.param('id').toLowerCase());
      if (!transaction) throw notFound('The transaction');
      return c.json({ success: true, payload: detail(transaction) });
    });

  return {
    routes,
    summary,
    list: (): readonly Transaction[] => book,
    open(
      parameters: Readonly<Pick<Transaction, 'type' | 'units' | 'method' | 'status' | 'details'>>,
      firstStep: TimelineStep,
    ): Transaction {
      const now_ns = clock.now_ns();
      const transaction: Transaction = {
        ...parameters,
        id: uuid(),
        createdAt_ns: now_ns,
        updatedAt_ns: now_ns,
        timeline: [firstStep],
      };
      book.push(transaction);
      byId.set(transaction.id, transaction);
      onChange(transaction);
      return transaction;
    },
    /** Gives the transaction its next status and, with it, a step of its timeline. */
    move(transaction: Transaction, status: TransactionStatus, step: TimelineStep): void {
      transaction.status = status;
      transaction.updatedAt_ns = clock.now_ns();
      transaction.timeline.push(step);
      onChange(transaction);
    },
  };
}

export type Transactions = ReturnType<typeof openTransactions>;
