import type { Currency } from '../../money/money.ts';
import type { BreakKind, Side } from './kinds.ts';

/** What each side says of a sum, in the currency’s smallest unit; null where it says nothing of it. */
export type Sums = Readonly<{ books: bigint | null; chain: bigint | null; juno: bigint | null }>;

/** Something that the sides do not agree on now. It is a break once it has lasted longer than what is under way explains. */
export type Finding = Readonly<{
  kind: BreakKind;
  /** The same from look to look while it is the same thing. */
  subject: string;
  account: string;
  paymentId: string | null;
  currency: Currency;
  sums: Sums;
  /** What is missing: zero where nothing is. */
  shortfall: bigint;
  evidence: Readonly<Record<string, string>>;
  /** Since when it is so, where that is known; otherwise since it was first seen. */
  since?: Date;
  /** What it concerns: thrown when it stays. */
  switches: readonly string[];
}>;

export const subjectOf = (kind: BreakKind, of: string): string => `${kind}:${of}`;
/** What a subject is of: an account, a transfer, a payment. */
export const idOf = (subject: string): string => subject.slice(subject.indexOf(':') + 1);

/** The sides without which it can be called neither there nor gone. */
export function sidesOf({ kind, subject }: Readonly<{ kind: BreakKind; subject: string }>): readonly Side[] {
  switch (kind) {
    case 'account_short':
      return (
        { juno_pool: ['juno', 'books'] as const, bitso: ['bitso', 'books'] as const }[idOf(subject)] ?? [
          'chain',
          'books',
        ]
      );
    case 'transfer_without_effect':
    case 'unclaimed_transfer':
    case 'withdrawal_not_arrived':
      return ['chain', 'books'];
    case 'juno_act_without_effect':
    case 'return_not_credited':
    case 'deposit_not_issued':
    case 'credit_not_booked':
      return ['juno', 'books'];
    case 'past_changed':
      return ['days'];
    default:
      return ['books'];
  }
}
