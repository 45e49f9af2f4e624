import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientOf } from '../juno/peer.ts';

export type DeskDeposit = {
  fid: string;
  amount: string;
  status: string;
  receiver_clabe: string;
  sender_clabe?: string;
  sender_name?: string;
  tracking_key?: string;
  refunded_withdrawal?: object;
  /** Whether the list of returns shows it; the item itself may not say so. */
  isRefund?: boolean;
};
export type DeskTransaction = {
  id: string;
  amount: string;
  transaction_type: string;
  summary_status: string;
  created_at: string;
  details?: object;
};
/** One that says only what it is given beside its id, type and status. */
export type DeskMovement = {
  id: string;
  type: string;
  status: string;
  amount?: string;
  currency?: string;
  created_at?: string;
  funding?: object;
};

/**
 * Juno's and Bitso's lists as a real HTTP server over arrays, newest first: a test writes into them what Juno would show. Whatever
 * `fails` names answers 503. With `heeds.isListed` false the list of transactions lags and shows none; with `heeds.sort` false the transactions come the oldest first, whatever was asked for.
 */
export async function openDesk({ pageSize = 100 } = {}) {
  const deposits: DeskDeposit[] = [];
  const transactions: DeskTransaction[] = [];
  const movements: DeskMovement[] = [];
  /** Bitso's own list of returns. */
  const bitsoReturns: DeskDeposit[] = [];
  const urls: string[] = [];
  const fails = new Set<string>();
  const heeds = { sort: true, isListed: true };
  const answer = (url: URL): unknown => {
    const page = Number(url.searchParams.get('page'));
    if (url.pathname === '/spei/v1/deposits') {
      const onlyRefunds = url.searchParams.get('only_refunds') === 'true';
      const all = deposits.filter(({ isRefund }) => !onlyRefunds || isRefund).toReversed();
      const response = all.slice((page - 1) * pageSize, page * pageSize).map(({ isRefund: _, ...item }) => item);
      return { response, total_pages: String(Math.ceil(all.length / pageSize)) };
    }
    if (url.pathname === '/spei/v2/deposits') return { response: bitsoReturns, next_page_token: null };
    if (url.pathname === '/mint_platform/v1/financial_movements')
      return {
        content: movements.toReversed().slice(page * pageSize, (page + 1) * pageSize),
        totalPages: Math.ceil(movements.length / pageSize),
      };
    const id = /^\/mint_platform\/v1\/transactions\/(.+)$/.exec(url.pathname)?.[1];
    if (id) {
      const { id: transaction_id, summary_status: status, ...rest } = transactions.find((t) => t.id === id) ?? {};
      return { transaction_id, status, ...rest };
    }
    if (!heeds.isListed) return { content: [], totalPages: 0 };
    const inOrder = heeds.sort ? transactions.toReversed() : transactions;
    const content = inOrder.slice(page * pageSize, (page + 1) * pageSize);
    return {
      content: content.map(({ details: _, ...item }) => item),
      totalPages: Math.ceil(transactions.length / pageSize),
    };
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://desk');
    urls.push(`${url.pathname}${url.search}`);
    const isDown = [...fails].some((part) => request.url?.includes(part));
    response.writeHead(isDown ? 503 : 200, { 'content-type': 'application/json' });
    response.end(isDown ? '{}' : JSON.stringify({ success: true, payload: answer(url) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    juno: clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).client,
    deposits,
    transactions,
    movements,
    bitsoReturns,
    urls,
    fails,
    heeds,
    deposit(clabe: string, amount: string, given: Partial<DeskDeposit> = {}): string {
      const fid = given.fid ?? randomUUID();
      deposits.push({ fid, amount, status: 'COMPLETE', receiver_clabe: clabe, ...given });
      return fid;
    },
    /** Money that came in, as the unified history shows it. */
    movement(amount: string, given: Partial<DeskMovement> = {}): string {
      const id = given.id ?? randomUUID();
      movements.push({ id, type: 'FUNDING', status: 'COMPLETED', amount, currency: 'MXN', funding: {}, ...given });
      return id;
    },
    issue(clabe: string, amount: string, summary_status = 'COMPLETE'): string {
      const id = randomUUID();
      const created_at = new Date().toISOString();
      const details = { receiver: { clabe } };
      transactions.push({ id, amount, transaction_type: 'ISSUANCE', summary_status, created_at, details });
      return id;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type Desk = Awaited<ReturnType<typeof openDesk>>;
