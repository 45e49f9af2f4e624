/** From what each side says, and what is under way, to what they do not agree on. Pure: no clock, no reading. */
import type { Currency } from '../../money/money.ts';
import { type Finding, subjectOf } from './finding.ts';
import type { Side } from './kinds.ts';

/** What the books say is in an account, in the currency’s smallest unit. */
export type Booked = Readonly<{
  posted: bigint;
  /** What effects under way take out of it: zero or less. They may be carried out already. */
  leaving: bigint;
  /** What was posted into it since the outside was asked, which the outside may not have shown yet. */
  fresh: bigint;
}>;

export type AccountSides = Readonly<{
  /** As it is told: `bridge`, `escrow 0x…`, `juno_pool`, `bitso`. */
  account: string;
  currency: Currency;
  side: 'chain' | 'juno' | 'bitso';
  booked: Booked;
  /** What is there. */
  there: bigint;
  evidence: Readonly<Record<string, string>>;
  switches: readonly string[];
}>;

/** The least that must be there: all that the books have, less what may have left and what may not have been seen yet. */
export const leastOf = ({ posted, leaving, fresh }: Booked): bigint => posted + leaving - fresh;

/**
 * What is missing from an account. More than the books have is none: an arrival that is not claimed yet, Kustodia’s own float, tokens of
 * strangers.
 */
export function compareAccount(sides: AccountSides): Finding[] {
  const { account, currency, side, booked, there, evidence, switches } = sides;
  const least = leastOf(booked);
  if (there >= least) return [];
  return [
    {
      kind: 'account_short',
      subject: subjectOf('account_short', account),
      ...{ account, paymentId: null, currency, switches },
      sums: { books: least, chain: side === 'chain' ? there : null, juno: side === 'chain' ? null : there },
      shortfall: least - there,
      evidence,
    },
  ];
}

/** A Transfer of MXNB from or to an account of ours that no effect made and nobody has claimed. */
export type StrayTransfer = Readonly<{
  id: string;
  txHash: string;
  account: string;
  direction: 'in' | 'out';
  from: string;
  to: string;
  units: bigint;
  block: bigint;
  logIndex: number;
  /** When it was first seen unexplained. */
  since: Date;
}>;

/** Why a transfer that left is over: it is not told again, though the chain has it. */
export const CAME_BACK = 'the same amount came back in';

export type Compared = Readonly<{
  findings: readonly Finding[];
  /** What was open or suspected and is explained, with the reason. */
  explained: ReadonlyMap<string, string>;
}>;

/**
 * Strays that came back by another of the same amount cancel each other out. What came in and nobody claims for longer than the bound
 * belongs to nobody and stays where it is.
 */
export function compareTransfers(
  strays: readonly StrayTransfer[],
  { now, unsolicited_ms, switches }: Readonly<{ now: Date; unsolicited_ms: number; switches: readonly string[] }>,
): Compared {
  const explained = new Map<string, string>();
  const ordered = [...strays].sort((a, b) => Number(a.block - b.block) || a.logIndex - b.logIndex);
  const ins = ordered.filter(({ direction }) => direction === 'in');
  const used = new Set<string>();
  for (const out of ordered.filter(({ direction }) => direction === 'out')) {
    const isLater = (one: StrayTransfer) =>
      one.block > out.block || (one.block === out.block && one.logIndex > out.logIndex);
    const back = ins.find(
      (one) => !used.has(one.id) && one.account === out.account && one.units === out.units && isLater(one),
    );
    if (!back) continue;
    used.add(back.id);
    explained.set(subjectOf('transfer_without_effect', out.id), `${CAME_BACK} ${back.txHash}`);
    explained.set(subjectOf('unclaimed_transfer', back.id), `it brought back what left in ${out.txHash}`);
  }
  const findings = ordered.flatMap((one): Finding[] => {
    const kind = one.direction === 'out' ? 'transfer_without_effect' : 'unclaimed_transfer';
    const subject = subjectOf(kind, one.id);
    if (explained.has(subject)) return [];
    if (kind === 'unclaimed_transfer' && now.getTime() - one.since.getTime() >= unsolicited_ms) {
      explained.set(subject, 'nobody claimed it: it stays in the wallet and belongs to no payment');
      return [];
    }
    const { id, txHash, from, to, units, block } = one;
    return [
      {
        ...{ kind, subject, account: one.account, paymentId: null, currency: 'MXNB', since: one.since },
        sums: { books: 0n, chain: units, juno: null },
        shortfall: kind === 'transfer_without_effect' ? units : 0n,
        evidence: { transfer: id, txHash, from, to, block: String(block) },
        switches: kind === 'transfer_without_effect' ? switches : [],
      },
    ];
  });
  return { findings, explained };
}

/** What the books owe for a payment, in centavos, and what its legs are. */
export type PaymentSides = Readonly<{
  paymentId: string;
  /** Owed to its people, what a payout is paying included. */
  owed: bigint;
  /** Legs whose money is with us. */
  held: bigint;
  /** Legs that still wait for the deposit, which the books may have before they move. */
  requested: bigint;
}>;

export function comparePayment({ paymentId, owed, held, requested }: PaymentSides): Finding[] {
  if (owed === held || owed === held + requested) return [];
  return [
    {
      kind: 'books_differ',
      subject: subjectOf('books_differ', paymentId),
      ...{ account: 'liability', paymentId, currency: 'MXN', switches: [] },
      sums: { books: owed, chain: null, juno: null },
      shortfall: owed < held ? held - owed : 0n,
      evidence: { owed: String(owed), legs: String(held), waiting: String(requested) },
    },
  ];
}

/** A side that has been silent for longer than its bound is told; silence is never agreement. */
export function compareReading(
  lastRead: Readonly<Partial<Record<Side, Date>>>,
  { now, unread_ms }: Readonly<{ now: Date; unread_ms: number }>,
): Finding[] {
  return (Object.entries(lastRead) as [Side, Date][]).flatMap(([side, at]): Finding[] => {
    if (now.getTime() - at.getTime() < unread_ms) return [];
    return [
      {
        kind: 'side_not_read',
        subject: subjectOf('side_not_read', side),
        ...{ account: side, paymentId: null, currency: 'MXN', switches: [], since: at },
        sums: { books: null, chain: null, juno: null },
        shortfall: 0n,
        evidence: { side, notReconciledSince: at.toISOString() },
      },
    ];
  });
}
