import { encodeFunctionData } from 'viem';
import { z } from 'zod';
import { MXNB_ABI } from '../chain/abi/mxnb.ts';
import { type Clabe, clabeControlDigit, parseClabe } from '../money/clabe.ts';
import { parseDecimal } from '../money/money.ts';
import type { Bank, Incoming, Outgoing } from './bank.ts';
import type { Chain } from './chain.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import {
  type Account,
  type BitsoWithdrawal,
  bitsoView,
  type Deposit,
  depositView,
  detail,
  page,
  pesos,
  type Status,
  springPage,
  summary,
  type Transaction,
} from './juno-views.ts';
import type { Time } from './time.ts';

/**
 * Juno and Bitso in this process, as the documents describe them (juno-api of the repository’s docs): written from those and from
 * nothing of the client’s, like the sandbox, but with no clock and no chance of its own. The sandbox itself is not used: it waits
 * and mines in real time, and answers each call through a whole HTTP stack.
 */

const UNITS = 10_000n;
const MINIMUM = 10_000n;
const DAY_MS = 86_400_000;
/** How long a key is remembered is not documented: little longer than anybody repeats. A repeat that comes later is paid again. */
const KEYS_KEPT_MS = 65 * 60_000;

export type Request = Readonly<{
  method: string;
  /** Path with its query. */
  path: string;
  body: string;
  idempotencyKey: string | undefined;
}>;
export type Answer = Readonly<{ status: number; body: string }>;

export type JunoParameters = Readonly<{
  time: Time;
  chance: Chance;
  faults: Faults;
  bank: Bank;
  chain: Chain;
  wallet: string;
  token: string;
  /** Juno’s clock less ours. */
  skew_ms: number;
  /** Something is new: a webhook may say so. */
  onNews: (what: string) => void;
}>;

const MONEY = z.object({
  amount: z.string(),
  asset: z.string(),
  address: z.string().optional(),
  destination_bank_account_id: z.string().optional(),
});
const ACCOUNT = z.object({ clabe: z.string(), recipient_legal_name: z.string() });
const BITSO = z.object({ amount: z.string(), clabe: z.string(), origin_id: z.string() });

const refusal = (code: string, message: string): Answer => ({
  status: 400,
  body: JSON.stringify({ success: false, error: { code, message } }),
});
const success = (payload: unknown, status = 200): Answer => ({
  status,
  body: JSON.stringify({ success: true, payload }),
});

export function createJuno(parameters: JunoParameters) {
  const { time, chance, faults, bank, chain, wallet, onNews } = parameters;
  const transactions: Transaction[] = [];
  const deposits: Deposit[] = [];
  const accounts: Account[] = [];
  const clabes: { clabe: Clabe; at_ms: number }[] = [];
  const bitso: BitsoWithdrawal[] = [];
  const answered = new Map<string, { body: string; answer: Answer; at_ms: number }>();
  /** Centavos of MXNB that may be spent; those on their way out are held. */
  let available = 0n;
  let bitsoBalance = 0n;
  /** Pesos of redemptions that failed and went nowhere. */
  let kept = 0n;

  const now_ms = () => time.now_ms() + parameters.skew_ms;
  const later = (name: string, [from, to]: readonly [number, number], work: () => void) =>
    time.after(chance.next(`juno ${name}`).int(from, to), `juno ${name}`, work);
  const lag = (name: string) => {
    const draws = chance.next(`lag ${name}`);
    return faults.strikes('list_lag', draws) ? draws.int(1_000, 60_000) : 0;
  };

  function open(type: Transaction['type'], amount: bigint, details: Record<string, string>): Transaction {
    const id = chance.uuid(`juno ${type} ${amount}`);
    const transaction: Transaction = {
      id,
      type,
      amount,
      details,
      createdAt_ms: now_ms(),
      listedFrom_ms: time.now_ms() + lag(id),
      status: 'PENDING',
      hash: null,
    };
    transactions.push(transaction);
    return transaction;
  }
  const end = (transaction: Transaction, status: Status) => {
    transaction.status = status;
    onNews(`transaction ${transaction.id} ${status}`);
  };

  function receive(incoming: Incoming, order: Outgoing | null): void {
    bank.receive(incoming);
    deposits.push({ incoming, order, isBitso: false, listedFrom_ms: time.now_ms() + lag(incoming.id) });
    onNews(`deposit ${incoming.id}`);
    const { amount, clabe, id } = incoming;
    later(`issue ${id}`, [500, 20_000], () => {
      const issuance = open('ISSUANCE', amount, { receiver_clabe: clabe });
      if (amount < MINIMUM) return end(issuance, 'FAILED');
      issuance.status = 'IN_PROGRESS';
      later(`issued ${id}`, [500, 10_000], () => {
        chain.contracts.mint(wallet, amount * UNITS);
        available += amount;
        end(issuance, 'COMPLETE');
      });
    });
  }

  function sendBack(order: Outgoing, isBitso: boolean): void {
    order.isReturned = true;
    const incoming: Incoming = {
      id: chance.uuid(`return ${order.id}`),
      clabe: clabes[0]?.clabe ?? '',
      sender: order.clabe,
      amount: order.amount,
      at_ms: now_ms(),
      returns: order,
      isSentBack: false,
    };
    if (!isBitso) {
      receive(incoming, order);
      return;
    }
    bank.receive(incoming);
    bitsoBalance += order.amount;
    deposits.push({ incoming, order, isBitso, listedFrom_ms: time.now_ms() });
    onNews(`return ${order.id}`);
  }

  /** Pays by a rail; now and then the receiving bank sends it back, days later. */
  function pay(order: Omit<Outgoing, 'isReturned'>, isBitso: boolean): void {
    const paid = bank.pay(order);
    const draws = chance.next(`returned ${order.id}`);
    if (faults.strikes('spei_returned', draws))
      time.after(draws.int(60_000, 5 * DAY_MS), `return ${order.id}`, () => sendBack(paid, isBitso));
  }

  function withdraw(body: string): Answer {
    const { amount: asked, address } = MONEY.parse(JSON.parse(body));
    const amount = parseDecimal('MXN', asked.replace(/(\.\d\d)0+$/, '$1')).units;
    if (amount > available) return refusal('0379', 'insufficient balance');
    available -= amount;
    const withdrawal = open('CRYPTO_WITHDRAWAL', amount, { destination_address: address ?? '' });
    later(`withdraw ${withdrawal.id}`, [500, 15_000], () => {
      withdrawal.status = 'IN_PROGRESS';
      if (faults.strikes('withdrawal_failed', chance.next(`fail ${withdrawal.id}`))) {
        available += amount;
        return end(withdrawal, 'FAILED');
      }
      const args = [address as `0x${string}`, amount * UNITS] as const;
      withdrawal.hash = chain.send(
        wallet,
        parameters.token,
        encodeFunctionData({ abi: MXNB_ABI, functionName: 'transfer', args }),
      );
      later(`withdrawn ${withdrawal.id}`, [1_000, 10_000], () => end(withdrawal, 'COMPLETE'));
    });
    return success(summary(withdrawal), 201);
  }

  function redeem(body: string): Answer {
    const { amount: asked, destination_bank_account_id: accountId } = MONEY.parse(JSON.parse(body));
    const amount = parseDecimal('MXN', asked).units;
    const account = accounts.find(({ id }) => id === accountId);
    if (amount < MINIMUM || (accountId !== undefined && !account)) return refusal('32002', 'Request validation failed');
    if (amount > available) return refusal('0379', 'insufficient balance');
    available -= amount;
    const details: Record<string, string> = account
      ? { destination_bank_account_id: account.id, clabe: account.clabe }
      : {};
    const redemption = open('REDEMPTION', amount, account ? { ...details, receiver_clabe: account.clabe } : details);
    later(`redeem ${redemption.id}`, [500, 20_000], () => {
      redemption.status = 'IN_PROGRESS';
      chain.contracts.mint(wallet, -amount * UNITS);
      later(`redeemed ${redemption.id}`, [500, 20_000], () => {
        if (faults.strikes('redemption_failed', chance.next(`fail ${redemption.id}`))) {
          kept += amount;
          return end(redemption, 'FAILED');
        }
        if (!account) bitsoBalance += amount;
        else pay({ id: redemption.id, clabe: account.clabe, amount, at_ms: now_ms(), by: 'redemption' }, false);
        end(redemption, 'COMPLETE');
      });
    });
    return success(summary(redemption), 201);
  }

  function payFromBitso(body: string): Answer {
    const { amount: asked, clabe, origin_id: originId } = BITSO.parse(JSON.parse(body));
    const amount = parseDecimal('MXN', asked).units;
    if (amount > bitsoBalance) return refusal('0379', 'insufficient balance');
    bitsoBalance -= amount;
    const wid = chance.uuid(`bitso ${originId}`).replaceAll('-', '');
    const withdrawal: BitsoWithdrawal = { wid, originId, clabe, amount, createdAt_ms: now_ms(), status: 'pending' };
    bitso.push(withdrawal);
    later(`bitso ${wid}`, [500, 30_000], () => {
      withdrawal.status = faults.strikes('bitso_failed', chance.next(`fail ${wid}`)) ? 'failed' : 'complete';
      if (withdrawal.status === 'failed') bitsoBalance += amount;
      else pay({ id: wid, clabe, amount, at_ms: now_ms(), by: 'bitso' }, true);
      onNews(`bitso ${wid}`);
    });
    return success(bitsoView(withdrawal));
  }

  const listed = <T extends { listedFrom_ms: number }>(items: readonly T[]) =>
    items.filter(({ listedFrom_ms }) => listedFrom_ms <= time.now_ms());

  const once = ({ idempotencyKey, body }: Request, work: (body: string) => Answer): Answer => {
    const known = idempotencyKey === undefined ? undefined : answered.get(idempotencyKey);
    const before = known && time.now_ms() - known.at_ms < KEYS_KEPT_MS ? known : undefined;
    if (before && before.body !== body) return refusal('0304', 'the key was used for another body');
    if (before) return before.answer;
    const answer = work(body);
    if (idempotencyKey !== undefined && answer.status < 300)
      answered.set(idempotencyKey, { body, answer, at_ms: time.now_ms() });
    return answer;
  };

  /** Answers one call, at once. */
  function answer(request: Request): Answer {
    const url = new URL(request.path, 'http://juno');
    const query = url.searchParams;
    const route = `${request.method} ${url.pathname}`;
    switch (route) {
      case 'POST /mint_platform/v1/clabes': {
        const first17 = `7109690000${String(clabes.length + 1).padStart(7, '0')}`;
        const clabe = parseClabe(`${first17}${clabeControlDigit(first17)}`);
        clabes.push({ clabe, at_ms: now_ms() });
        return success({ clabe, type: 'AUTO_PAYMENT', status: 'ENABLED' }, 201);
      }
      case 'GET /spei/v1/clabes': {
        const views = clabes.map(({ clabe, at_ms }) => ({
          clabe,
          type: 'AUTO_PAYMENT',
          status: 'ENABLED',
          created_at: new Date(at_ms).toISOString().slice(0, 19),
        }));
        return success(page(views, query));
      }
      case 'GET /spei/v1/deposits': {
        const since = query.get('start_date') ?? '';
        const onlyRefunds = query.get('only_refunds') === 'true';
        const seen = listed(deposits).filter(
          ({ incoming, order, isBitso }) =>
            !isBitso && (!onlyRefunds || order) && new Date(incoming.at_ms).toISOString().slice(0, 10) >= since,
        );
        return success(page(seen.map(depositView), query));
      }
      case 'GET /spei/v2/deposits': {
        const since = Date.parse(query.get('created_at_gte') ?? '');
        const seen = deposits.filter(({ order, isBitso, incoming }) => order && isBitso && incoming.at_ms >= since);
        return success({ response: seen.map(depositView), next_page_token: null });
      }
      case 'GET /mint_platform/v1/transactions':
        return success(springPage(listed(transactions).toReversed(), query, summary));
      case 'GET /mint_platform/v1/financial_movements':
        return success(springPage([], query, (none) => none));
      case 'GET /mint_platform/v1/accounts/banks':
        return success(accounts);
      case 'POST /mint_platform/v1/accounts/banks': {
        const account = { id: chance.uuid('account'), ...ACCOUNT.parse(JSON.parse(request.body)) };
        accounts.push(account);
        return success(account, 201);
      }
      case 'POST /mint_platform/v1/withdrawals':
        return once(request, withdraw);
      case 'POST /mint_platform/v1/redemptions':
        return once(request, redeem);
      case 'POST /v3/withdrawals':
        return payFromBitso(request.body);
      case 'GET /v3/withdrawals': {
        const ids = query.get('origin_ids')?.split(',');
        const seen = bitso.filter(({ originId }) => ids?.includes(originId) ?? true);
        const from = seen.findIndex(({ wid }) => wid === query.get('marker')) + 1;
        return success(seen.slice(from, from + Number(query.get('limit') ?? 25)).map(bitsoView));
      }
      case 'GET /v3/balance':
        return success({ balances: [{ currency: 'mxn', available: pesos(bitsoBalance) }] });
      case 'GET /mint_platform/v1/balances':
        return success([{ asset: 'MXNB', available: pesos(available), on_hold: '0' }]);
      default: {
        const withdrawal = bitso.find(({ wid }) => route === `GET /v3/withdrawals/${wid}`);
        if (withdrawal) return success(bitsoView(withdrawal));
        const found = transactions.find(({ id }) => route === `GET /mint_platform/v1/transactions/${id}`);
        return found
          ? success(detail(found))
          : { status: 404, body: '{"success":false,"error":{"code":"0901","message":"none"}}' };
      }
    }
  }

  return {
    answer,
    /** Pesos from outside. Answers what Juno calls them. */
    deposit: (clabe: string, amount: bigint, { sender, name }: Readonly<{ sender: string; name: string }>): string => {
      const id = chance.uuid(`deposit ${name}`).replaceAll('-', '');
      receive({ id, clabe, sender, amount, at_ms: now_ms(), returns: null, isSentBack: amount < MINIMUM }, null);
      return id;
    },
    /** MXNB arrived at Juno’s address. */
    credit: (amount: bigint, hash: string): void => {
      const credit = open('CRYPTO_DEPOSIT', amount, {});
      credit.hash = hash;
      later(`credit ${credit.id}`, [2_000, 60_000], () => {
        available += amount;
        end(credit, 'COMPLETE');
      });
    },
    clabes: () => clabes.map(({ clabe }) => clabe),
    transactions: (): readonly Transaction[] => transactions,
    withdrawals: (): readonly BitsoWithdrawal[] => bitso,
    /** Centavos by where they are. */
    inside: () => ({ available, bitsoBalance, kept }),
  };
}

export type Juno = ReturnType<typeof createJuno>;
