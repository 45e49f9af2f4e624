/** What those who run it ask for by hand. None of it goes past the effects log, the ledger or the guards: it looks, and wakes. */
import { inArray, min, sql } from 'drizzle-orm';
import { formatEther } from 'viem';
import { readNewestTransfers } from '../chain/indexed/readNewestTransfers.ts';
import { listBalances } from '../juno/listBalances.ts';
import { formatMoney, mxnbUnits } from '../money/money.ts';
import type { Context } from './context.ts';
import type { Db, Tx } from './db/client.ts';
import { leg, payment } from './db/schema.ts';
import { FINAL, type LegState } from './payment/states.ts';
import { Refusal } from './people/refusal.ts';

/** At once; the rest when these have moved. */
const MOST_LOOKS = 1_000;
const TRANSFERS = 10;

export type Wanted = Readonly<{ paymentIds?: readonly string[] | undefined; states?: readonly LegState[] | undefined }>;
export type Looked = Readonly<{ payments: readonly string[]; isMore: boolean }>;

/** The payments that are meant, the longest in their state first. Throws a Refusal `no_such_payment` where an id is none. */
export async function findWanted(db: Db | Tx, { paymentIds, states }: Wanted): Promise<Looked> {
  if (paymentIds) {
    const rows = await db
      .select({ id: payment.id })
      .from(payment)
      .where(inArray(payment.id, [...paymentIds]));
    const found = new Set(rows.map(({ id }) => id));
    const missing = paymentIds.filter((id) => !found.has(id));
    if (missing.length > 0)
      throw new Refusal({
        code: 'no_such_payment',
        status: 404,
        title: 'There is no such payment',
        detail: `No payment has the id ${missing.join(' or ')}. Nothing was looked at. Find it with GET /api/v1/payments.`,
      });
    return { payments: [...found], isMore: false };
  }
  const open = (states ?? []).filter((state) => !FINAL.has(state));
  if (open.length === 0) return { payments: [], isMore: false };
  const rows = await db
    .select({ id: leg.paymentId })
    .from(leg)
    .where(inArray(leg.state, open))
    .groupBy(leg.paymentId)
    .orderBy(min(leg.enteredAt))
    .limit(MOST_LOOKS + 1);
  return { payments: rows.slice(0, MOST_LOOKS).map(({ id }) => id), isMore: rows.length > MOST_LOOKS };
}

export type Balance = Readonly<{
  account: string;
  address: string | null;
  balance: string;
  booked: string | null;
  posted: string | null;
}>;

type ByBooks = Pick<Balance, 'booked' | 'posted'>;
const NOT_BOOKED: ByBooks = { booked: null, posted: null };

/** What lies where, asked of the chain and of Juno now. Throws what they throw. */
export async function readBalances({ db, settings, chain, juno }: Context): Promise<Balance[]> {
  const { rows } = await db.execute<{ account: string; total: string; posted: string }>(
    sql`SELECT account, sum(posted + pending)::text AS total, sum(posted)::text AS posted FROM reactor.ledger_balance WHERE currency = 'MXNB' GROUP BY account`,
  );
  const mxnb = (units: bigint) => formatMoney(mxnbUnits(units));
  const byBooks = (account: string) => {
    const row = rows.find((one) => one.account === account);
    return { booked: mxnb(BigInt(row?.total ?? 0)), posted: mxnb(BigInt(row?.posted ?? 0)) };
  };
  const inToken = async (account: string, address: `0x${string}`, by: ByBooks): Promise<Balance> => ({
    ...{ account, address, balance: mxnb(await chain.tokenBalance(address)), ...by },
  });
  const [atJuno, gas, bridge, ...others] = await Promise.all([
    listBalances(juno),
    chain.balance(settings.bridge),
    inToken('bridge wallet', settings.bridge, byBooks('bridge')),
    ...settings.bridgesBefore.map((address) => inToken('bridge wallet of before', address, NOT_BOOKED)),
    ...chain.escrows.map(({ address }) =>
      inToken('escrow contract', address, chain.escrows.length === 1 ? byBooks('escrow') : NOT_BOOKED),
    ),
  ]);
  return [
    bridge,
    {
      account: 'gas of the bridge wallet',
      address: settings.bridge,
      balance: `${formatEther(gas)} ETH`,
      ...NOT_BOOKED,
    },
    ...others,
    ...atJuno.items.map(({ available }) => ({
      ...{ account: 'Juno', address: null, balance: formatMoney(available), ...byBooks('juno_pool') },
    })),
  ];
}

export type TokenSeen = Readonly<{
  address: string;
  symbol: string;
  decimals: number;
  bridge: string;
  allowances: readonly Readonly<{ contract: string; allowance: string }>[];
  transfers: readonly Readonly<{ txHash: string; block: string; from: string; to: string; amount: string }>[];
}>;

/** The token as the chain has it, and its newest transfers of ours as the indexer shows them. Throws what they throw. */
export async function readToken({ db, settings, chain }: Context): Promise<TokenSeen> {
  const [described, allowances, transfers] = await Promise.all([
    chain.describeToken(),
    Promise.all(
      chain.escrows.map(async ({ address }) => ({
        ...{ contract: address, allowance: allowanceText(await chain.allowance(settings.bridge, address)) },
      })),
    ),
    readNewestTransfers(db.$client, { token: chain.token, account: settings.bridge, limit: TRANSFERS }),
  ]);
  return {
    ...{ address: chain.token, ...described, bridge: settings.bridge, allowances },
    transfers: transfers.map(({ txHash, blockNumber, from, to, value }) => ({
      ...{ txHash, block: blockNumber.toString(), from, to, amount: formatMoney(mxnbUnits(value)) },
    })),
  };
}

/** More MXNB than there will ever be is no amount to a reader. */
const UNBOUNDED = 2n ** 128n;
export const allowanceText = (units: bigint): string =>
  units >= UNBOUNDED ? 'without a bound' : formatMoney(mxnbUnits(units));
