/** From what was read to findings. Pure. */

import { formatDecimal, money } from '../../money/money.ts';
import type { SidesOfDay } from '../report/shapes.ts';
import {
  type AccountSides,
  type Booked,
  type Compared,
  compareAccount,
  comparePayment,
  compareReading,
  compareTransfers,
  leastOf,
} from './compare.ts';
import { type Finding, subjectOf } from './finding.ts';
import type { Bounds, Side } from './kinds.ts';
import type { BooksRead, Unproved, Waiting } from './read-books.ts';
import type { ChainRead } from './read-chain.ts';

/** The switches over each thing that may be short. */
export type Switches = Readonly<{
  wallet: string;
  juno: string;
  bitso: readonly string[];
  contract: (address: string) => string;
}>;

export type Seen = Readonly<{
  books: BooksRead;
  chain: ChainRead | null;
  pool: bigint | null;
  bitso: bigint | null;
  /** The contract in use: what no leg names a contract for is there. */
  escrow: string;
  lastRead: Readonly<Partial<Record<Side, Date>>>;
  bounds: Bounds;
  switches: Switches;
}>;

/** Each account three ways, as it was compared: what the books have, and what is there. */
export function sidesOfLook(seen: Seen): Pick<SidesOfDay, 'block' | 'accounts'> {
  return {
    block: seen.chain && String(seen.chain.block.number),
    accounts: accounts(seen).map(({ account, currency, booked, there }) => ({
      ...{ account, currency, books: formatDecimal(money(currency, booked.posted)) },
      least: formatDecimal(money(currency, leastOf(booked))),
      outside: formatDecimal(money(currency, there)),
    })),
  };
}

export function findingsOf(seen: Seen): Compared {
  const { books, chain, lastRead, bounds, switches } = seen;
  const { now } = books;
  const transfers = chain
    ? compareTransfers(chain.strays, { now, unsolicited_ms: bounds.unsolicited_ms, switches: [switches.wallet] })
    : { findings: [], explained: new Map<string, string>() };
  return {
    findings: [
      ...accounts(seen).flatMap(compareAccount),
      ...transfers.findings,
      ...books.acts.map((act) => ofJuno('juno_act_without_effect', act, [switches.juno])),
      ...books.credits.map((act) => ofJuno('credit_not_booked', act, [])),
      ...books.unproved.map((entry) => unproved(entry, switches)),
      ...books.payments.flatMap(({ id, ...sides }) => comparePayment({ paymentId: id, ...sides })),
      ...books.waiting.map(late),
      ...compareReading(lastRead, { now, unread_ms: bounds.unread_ms }),
    ],
    explained: transfers.explained,
  };
}

/** The accounts of those sides that were read. */
function accounts({ books, chain, pool, bitso, escrow, switches }: Seen): AccountSides[] {
  const booked = (account: string, contract: string | null = null, ahead = 0n): Booked =>
    books.totals
      .filter((total) => total.account === account && (contract === null || (total.contract || escrow) === contract))
      .reduce(
        (sum, { posted, leaving, fresh }) => ({
          posted: sum.posted + posted,
          leaving: sum.leaving + leaving,
          fresh: sum.fresh + fresh,
        }),
        { posted: 0n, leaving: 0n, fresh: ahead },
      );
  return [
    ...(chain ? onChain(chain, booked, switches) : []),
    ...(pool === null ? [] : [atJuno(pool, booked('juno_pool'), switches)]),
    ...(bitso === null ? [] : [atBitso(bitso, booked('bitso'), switches)]),
  ];
}

function onChain(
  { bridge, escrows, ahead, block }: ChainRead,
  booked: (account: string, contract: string | null, ahead: bigint) => Booked,
  { wallet, contract }: Switches,
): AccountSides[] {
  const evidence = { block: String(block.number), blockHash: block.hash };
  const aheadOf = (isOne: (address: string) => boolean): bigint =>
    [...ahead].reduce((sum, [to, units]) => (isOne(to) ? sum + units : sum), 0n);
  return [
    {
      ...{ account: 'bridge', currency: 'MXNB', side: 'chain', there: bridge, evidence, switches: [wallet] },
      booked: booked(
        'bridge',
        null,
        aheadOf((to) => !escrows.has(to)),
      ),
    },
    ...[...escrows].map(
      ([address, there]): AccountSides => ({
        ...{ account: `escrow ${address}`, currency: 'MXNB', side: 'chain', there },
        booked: booked(
          'escrow',
          address,
          aheadOf((to) => to === address),
        ),
        evidence: { ...evidence, contract: address },
        switches: [wallet, contract(address)],
      }),
    ),
  ];
}

const atJuno = (there: bigint, booked: Booked, { juno }: Switches): AccountSides => ({
  ...{ account: 'juno_pool', currency: 'MXNB', side: 'juno', there, booked, switches: [juno] },
  evidence: { asked: 'GET /mint_platform/v1/balances' },
});
const atBitso = (there: bigint, booked: Booked, { bitso }: Switches): AccountSides => ({
  ...{ account: 'bitso', currency: 'MXN', side: 'bitso', there, booked, switches: bitso },
  evidence: { asked: 'GET /v3/balance' },
});

function ofJuno(
  kind: 'juno_act_without_effect' | 'credit_not_booked',
  { id, type, units, seen_at }: BooksRead['acts'][number],
  switches: readonly string[],
): Finding {
  return {
    ...{ kind, subject: subjectOf(kind, id), account: 'juno_pool', paymentId: null, currency: 'MXN', switches },
    sums: { books: 0n, chain: null, juno: units },
    shortfall: kind === 'juno_act_without_effect' ? units : 0n,
    evidence: { transaction: id, type, seenAt: seen_at.toISOString() },
  };
}

function unproved({ id, key, payment_id, at, units }: Unproved, { wallet, juno, bitso }: Switches): Finding {
  const [step = ''] = key.split(':');
  const isOnChain = step.startsWith('chain_') || step === 'arrival';
  return {
    ...{ kind: 'posting_without_evidence', subject: subjectOf('posting_without_evidence', id) },
    ...{ account: step, paymentId: payment_id, currency: isOnChain || step === 'credit' ? 'MXNB' : 'MXN' },
    sums: { books: units, chain: isOnChain ? 0n : null, juno: isOnChain ? null : 0n },
    shortfall: units,
    evidence: { entry: id, key, postedAt: at.toISOString() },
    since: at,
    switches: isOnChain ? [wallet] : step === 'bitso_payout' ? bitso : [juno],
  };
}

const LATE = {
  withdrawing: ['withdrawal_not_arrived', 'in_transit', 'transaction'],
  returning: ['return_not_credited', 'returning', 'txHash'],
  requested: ['deposit_not_issued', 'spei_in', 'deposit'],
} as const;

/** One side says that it is done, and the other has not shown it for too long. */
function late({ leg_id, payment_id, state, units, name, since }: Waiting): Finding {
  const [kind, account, what] = LATE[state];
  return {
    ...{ kind, subject: subjectOf(kind, state === 'requested' ? name : leg_id), account, paymentId: payment_id },
    ...{ currency: 'MXN', switches: [], since, shortfall: 0n },
    sums: {
      books: units,
      chain: state === 'returning' ? units : state === 'withdrawing' ? 0n : null,
      juno: state === 'returning' ? 0n : units,
    },
    evidence: { leg: leg_id, [what]: name, since: since.toISOString() },
  };
}
