import { notFound } from './errors.ts';
import { decimalNumber, decimalText } from './money.ts';
import type { Switches } from './switches.ts';
import { nanosecondTime } from './time.ts';

export const TRANSACTION_TYPES = ['ISSUANCE', 'REDEMPTION', 'CRYPTO_DEPOSIT', 'CRYPTO_WITHDRAWAL'] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];
export type TransactionStatus = 'PENDING' | 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

export type Step = Readonly<{ step: string; status?: TransactionStatus; receipt?: string }>;

export type Transaction = {
  readonly id: string;
  readonly type: TransactionType;
  readonly method: 'SPEI' | 'BITSO_TRANSFER' | 'BLOCKCHAIN';
  readonly centavos: bigint;
  /** By type: sender and receiver of an issuance, address of a withdrawal. */
  readonly details: Readonly<Record<string, string>>;
  readonly createdMs: number;
  status: TransactionStatus;
  updatedMs: number;
  timeline: readonly Step[];
};

export type NewTransaction = Pick<Transaction, 'type' | 'method' | 'centavos' | 'details' | 'status'>;

export type Transactions = Readonly<{
  open: (transaction: NewTransaction, step: string) => Transaction;
  /** The next status, with the step of the timeline that led to it. Throws if the transaction has ended already. */
  move: (transaction: Transaction, status: TransactionStatus, step: Step) => void;
  get: (id: string) => Transaction;
  /** The oldest first. */
  all: () => readonly Transaction[];
}>;

/** Keeps what happened to each. `changed` hears of every status, the first one too. */
export function createTransactions(context: {
  now: () => number;
  newId: () => string;
  changed: (transaction: Transaction) => void;
}): Transactions {
  const byId = new Map<string, Transaction>();
  const inOrder: Transaction[] = [];
  return {
    open: (transaction, step) => {
      const at = context.now();
      const opened = {
        ...transaction,
        id: context.newId(),
        createdMs: at,
        updatedMs: at,
        timeline: [{ step, status: 'COMPLETE' as const }],
      };
      byId.set(opened.id, opened);
      inOrder.push(opened);
      context.changed(opened);
      return opened;
    },
    move: (transaction, status, step) => {
      if (hasEnded(transaction)) throw new Error(`The ${transaction.type} ${transaction.id} has ended already.`);
      transaction.status = status;
      // Two changes within a millisecond still have an order, which is what a client sorts webhooks by.
      transaction.updatedMs = Math.max(context.now(), transaction.updatedMs + 1);
      transaction.timeline = [...transaction.timeline, step];
      context.changed(transaction);
    },
    get: (id) => {
      const found = byId.get(id);
      if (!found) throw notFound('The transaction');
      return found;
    },
    all: () => inOrder,
  };
}

const hasEnded = ({ status }: Transaction): boolean => status === 'COMPLETE' || status === 'FAILED';

/** The step whose receipt is the chain's transaction hash, by the name that public clients look for. */
export const TOKENS_TRANSFERRED = 'Tokens transferred';

/** Fiat types name the peso in upper case, crypto types the token in lower case (juno/docs/get-transaction-details). */
const currencyOf = ({ type }: Transaction): string => (type.startsWith('CRYPTO_') ? 'mxnb' : 'MXN');

const amountOf = ({ centavos }: Transaction, switches: Switches) =>
  switches.transaction_amount === 'number' ? decimalNumber(centavos) : decimalText(centavos);

/** How a list, a withdrawal and a redemption answer: `id` and `summary_status`. */
export const summaryBody = (transaction: Transaction, switches: Switches): object => ({
  id: transaction.id,
  amount: amountOf(transaction, switches),
  currency: currencyOf(transaction),
  transaction_type: transaction.type,
  method: transaction.method,
  summary_status: transaction.status,
  network: 'ARBITRUM',
  created_at: nanosecondTime(transaction.createdMs),
  updated_at: nanosecondTime(transaction.updatedMs),
});

/** How the detail answers: `transaction_id` and `status`, with the timeline. */
export const detailBody = (transaction: Transaction, switches: Switches): object => ({
  transaction_id: transaction.id,
  amount: amountOf(transaction, switches),
  currency: currencyOf(transaction),
  transaction_type: transaction.type,
  status: transaction.status,
  network: 'ARBITRUM',
  details: transaction.details,
  timeline:
    transaction.type === 'CRYPTO_DEPOSIT' && switches.crypto_deposit_hash === 'absent'
      ? transaction.timeline.map(({ receipt: _, ...step }) => step)
      : transaction.timeline,
  created_at: nanosecondTime(transaction.createdMs),
  updated_at: nanosecondTime(transaction.updatedMs),
});
