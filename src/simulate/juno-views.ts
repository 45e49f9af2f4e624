import { centavos, formatDecimal } from '../money/money.ts';
import type { Incoming, Outgoing } from './bank.ts';

/** What the simulated Juno and Bitso keep, and how they show it. */
export type Status = 'PENDING' | 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
export type Transaction = {
  readonly id: string;
  readonly type: 'ISSUANCE' | 'REDEMPTION' | 'CRYPTO_DEPOSIT' | 'CRYPTO_WITHDRAWAL';
  readonly amount: bigint;
  readonly createdAt_ms: number;
  readonly listedFrom_ms: number;
  status: Status;
  hash: string | null;
  details: Record<string, string>;
};
export type Deposit = Readonly<{ incoming: Incoming; listedFrom_ms: number; order: Outgoing | null; isBitso: boolean }>;
export type Account = Readonly<{ id: string; clabe: string; recipient_legal_name: string }>;
export type BitsoWithdrawal = {
  readonly wid: string;
  readonly originId: string;
  readonly clabe: string;
  readonly amount: bigint;
  readonly createdAt_ms: number;
  status: 'pending' | 'processing' | 'complete' | 'failed';
};

/** Centavos as text. */
export const pesos = (amount: bigint) => formatDecimal(centavos(amount));
/** Juno’s times have nine decimals. */
const timeText = (at_ms: number) => `${new Date(at_ms).toISOString().slice(0, 23)}456789Z`;

export const summary = ({ id, amount, type, status, createdAt_ms, details }: Transaction) => ({
  id,
  ...(type === 'REDEMPTION' ? { method: details['clabe'] ? 'SPEI' : 'BITSO_TRANSFER' } : {}),
  amount: pesos(amount),
  currency: type.startsWith('CRYPTO') ? 'mxnb' : 'MXN',
  transaction_type: type,
  summary_status: status,
  created_at: timeText(createdAt_ms),
  updated_at: timeText(createdAt_ms),
});
export const detail = ({ hash, ...one }: Transaction) => ({
  transaction_id: one.id,
  amount: pesos(one.amount),
  currency: one.type.startsWith('CRYPTO') ? 'mxnb' : 'MXN',
  transaction_type: one.type,
  status: one.status,
  network: 'ARBITRUM',
  details: one.details,
  timeline: hash ? [{ step: 'Tokens transferred', receipt: hash }] : [],
  created_at: timeText(one.createdAt_ms),
  updated_at: timeText(one.createdAt_ms),
});
export const bitsoView = ({ wid, originId, clabe, status, amount, createdAt_ms }: BitsoWithdrawal) => ({
  wid,
  status,
  currency: 'mxn',
  amount: pesos(amount),
  created_at: timeText(createdAt_ms),
  details: {
    origin_id: originId,
    clave_de_rastreo: status === 'complete' ? `T${wid.slice(0, 20)}` : null,
    beneficiary_clabe: clabe,
  },
});
export const depositView = ({ incoming, order, isBitso }: Deposit) => ({
  fid: incoming.id,
  amount: pesos(incoming.amount),
  currency: 'MXN',
  status: 'COMPLETE',
  receiver_clabe: incoming.clabe,
  sender_clabe: incoming.sender,
  sender_name: 'Ana Ruiz',
  ...(order && {
    refunded_withdrawal: { wid: order.id, tracking_key: isBitso ? `T${order.id.slice(0, 20)}` : null },
  }),
  created_at: new Date(incoming.at_ms).toISOString().slice(0, 19),
});

export const page = <T>(items: readonly T[], query: URLSearchParams) => {
  const [number, size] = [Number(query.get('page') ?? 1), Number(query.get('page_size') ?? 25)];
  return {
    total_items: String(items.length),
    total_pages: String(Math.ceil(items.length / size)),
    current_page: String(number),
    page_size: String(size),
    response: items.slice((number - 1) * size, number * size),
  };
};
export const springPage = <T, U>(items: readonly T[], query: URLSearchParams, view: (item: T) => U) => {
  const [number, size] = [Number(query.get('page') ?? 0), Number(query.get('size') ?? 20)];
  const content = items.slice(number * size, (number + 1) * size).map(view);
  return {
    content,
    totalElements: items.length,
    totalPages: Math.ceil(items.length / size),
    last: (number + 1) * size >= items.length,
  };
};
