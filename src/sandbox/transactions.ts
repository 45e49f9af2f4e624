import { Hono } from 'hono';
import { z } from 'zod';
import { parseUnits } from './amounts.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { notFound } from './errors.ts';
import { type Faults, saidOf } from './faults.ts';
import type { Movements } from './movements.ts';
import { mintPage, mintPagingFields } from './pages.ts';
import { readQuery } from './query.ts';
import { currencyWord, statusWord, transactionAmount, transactionTime } from './words.ts';

const TYPES = ['ISSUANCE', 'REDEMPTION', 'CRYPTO_DEPOSIT', 'CRYPTO_WITHDRAWAL', 'CONVERSION'] as const;
export type TransactionType = (typeof TYPES)[number];
export type TransactionStatus = 'PENDING' | 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

export type Transaction = {
  readonly id: string;
  readonly type: TransactionType;
  readonly units: bigint;
  readonly method: 'SPEI' | 'BITSO_TRANSFER' | 'BLOCKCHAIN';
  readonly createdAt_ns: bigint;
  readonly listedFrom_ms: number;
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
  ...mintPagingFields,
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

export type OpenParameters = Readonly<
  Pick<Transaction, 'type' | 'units' | 'method' | 'status' | 'details'> & {
    firstStep: TimelineStep;
    /** A transaction that another line of the unified history tells of has none of its own. */
    isMovement?: boolean;
  }
>;

export type TransactionsParameters = Readonly<{
  context: SandboxContext;
  faults: Faults;
  movements: Movements;
  /** Is told of every status that a transaction takes, the first one too. */
  onChange: (transaction: Transaction) => void;
}>;

const LIST = '/mint_platform/v1/transactions';

/** The book of transactions. */
export function openTransactions({ context, faults, movements, onChange }: TransactionsParameters) {
  const { clock, switches, uuid } = context;
  const book: Transaction[] = [];
  const byId = new Map<string, Transaction>();

  /** What a detail and a summary have in common. */
  const common = (transaction: Transaction) => ({
    amount: transactionAmount(transaction.units, switches),
    currency: currencyWord(transaction, switches),
    transaction_type: transaction.type,
    ...(transaction.method !== 'BITSO_TRANSFER' && { network: 'ARBITRUM' }),
    created_at: transactionTime(transaction.createdAt_ns, switches),
    updated_at: transactionTime(transaction.updatedAt_ns, switches),
  });

  /** As creation and the list show it: `id`, `summary_status`. */
  const summary = (transaction: Transaction) => ({
    id: transaction.id,
    ...common(transaction),
    method: transaction.method,
    summary_status: statusWord(transaction.status, switches),
  });

  const named = (transaction: Transaction) => ({
    transaction_id: transaction.id,
    ...common(transaction),
    status: statusWord(transaction.status, switches),
  });

  /** As the detail shows it: `transaction_id`, `status`. */
  const detail = (transaction: Transaction) => ({
    ...named(transaction),
    details: transaction.details,
    timeline: timeline(transaction),
  });

  function timeline(transaction: Transaction): object[] {
    const isSentence = switches.timelineSteps === 'sentence';
    const steps = transaction.timeline.map(({ step, receipt }) => {
      const name = isSentence ? step : step.toUpperCase().replaceAll(' ', '_');
      return switches.timelineKeys === 'step_receipt'
        ? { step: name, ...(receipt && { receipt }) }
        : { name, ...(receipt && { hash: receipt }) };
    });
    return switches.timelineOrder === 'oldest_first' ? steps : steps.reverse();
  }

  function matching(query: z.output<typeof listQuery>): Transaction[] {
    const { type, isoDateFrom, isoDateTo, amountFrom, amountTo } = query;
    const now_ms = clock.now_ms();
    const found = book.filter(
      (t) =>
        t.listedFrom_ms <= now_ms &&
        (type === undefined || t.type === type) &&
        (isoDateFrom === undefined || t.createdAt_ns >= isoDateFrom) &&
        (isoDateTo === undefined || t.createdAt_ns <= isoDateTo) &&
        (amountFrom === undefined || t.units >= amountFrom) &&
        (amountTo === undefined || t.units <= amountTo),
    );
    const sort = switches.transactionsSort === 'heeded' ? query.sort : undefined;
    const order = sort?.split(',')[1]?.toUpperCase() ?? (sort ? 'ASC' : switches.transactionsOrder);
    return order === 'DESC' ? found.reverse() : found;
  }

  function listPage(query: z.output<typeof listQuery>) {
    const { transactionsSize, transactionsPageBase, transactionsTotals, transactionsEnvelope } = switches;
    const asked = transactionsSize === 'heeded' ? query : { ...query, size: mintPagingFields.size.parse(undefined) };
    const { content, ...page } = mintPage(matching(query), asked, transactionsPageBase, switches);
    const items = content.map((item) => (switches.transactionsNames === 'summary' ? summary(item) : named(item)));
    const counters = transactionsTotals ? page : { number: page.number, size: page.size };
    return { [transactionsEnvelope]: items, ...counters };
  }

  const routes = new Hono<HttpEnv>()
    .get(LIST, (c) => c.json({ success: true, payload: listPage(readQuery(c, listQuery)) }))
    .get(`${LIST}/:id`, (c) => {
      const transaction = byId.get(c.req.param('id').toLowerCase());
      if (!transaction) throw notFound('The transaction');
      return c.json({ success: true, payload: detail(transaction) });
    });

  /** REDEMPTION and CRYPTO_WITHDRAWAL take money out; the other types bring it in (J/list-financial-movements). */
  const addMovement = (transaction: Transaction) =>
    movements.add({
      type: transaction.type === 'REDEMPTION' || transaction.type === 'CRYPTO_WITHDRAWAL' ? 'WITHDRAWAL' : 'FUNDING',
      transactionId: transaction.id,
      units: transaction.units,
      currency: transaction.method === 'BLOCKCHAIN' ? 'MXNB' : 'MXN',
      createdAt_ns: transaction.createdAt_ns,
      read: () => ({
        status: transaction.status,
        updatedAt_ns: transaction.updatedAt_ns,
        detail: { transaction_type: transaction.type, method: transaction.method, ...transaction.details },
      }),
    });

  return {
    routes,
    summary,
    detail,
    list: (): readonly Transaction[] => book,
    open({ firstStep, isMovement = true, ...parameters }: OpenParameters): Transaction {
      const now_ns = clock.now_ns();
      const lag = faults.strike('list_lag', `GET ${LIST}`, saidOf(parameters.units));
      const lag_ms = switches.transactionsListLag_ms + (lag?.ms ?? 0);
      const transaction: Transaction = {
        ...parameters,
        id: uuid(),
        createdAt_ns: now_ns,
        updatedAt_ns: now_ns,
        listedFrom_ms: clock.now_ms() + lag_ms,
        timeline: [firstStep],
      };
      book.push(transaction);
      byId.set(transaction.id, transaction);
      if (isMovement) addMovement(transaction);
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
