/** What the closing of a business day says. */
import { z } from 'zod';
import { CURRENCIES, type Currency } from '../../money/money.ts';

const TEXT = z.string();
export const FIGURES = z.strictObject({
  day: TEXT,
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  /** What the ledger had in each account at the end: posted, and with what was under way. */
  balances: z.array(
    z.strictObject({
      account: TEXT,
      contract: TEXT,
      currency: z.enum(CURRENCIES as readonly [Currency, ...Currency[]]),
      posted: TEXT,
      underWay: TEXT,
    }),
  ),
  /** Pesos that came in and that went out by what brought or took them, in that day. */
  moneyIn: z.array(z.strictObject({ what: TEXT, count: z.int(), amount: TEXT })),
  moneyOut: z.array(z.strictObject({ what: TEXT, count: z.int(), amount: TEXT })),
  /** Commissions that were earned, less those that were taken back. */
  commissions: z.strictObject({ count: z.int(), amount: TEXT }),
  /** Legs by what happened to them in that day. */
  payments: z.array(z.strictObject({ kind: TEXT, what: TEXT, count: z.int(), amount: TEXT })),
});
export type Figures = z.output<typeof FIGURES>;

/** Beside them the ledger’s balances are told three ways. */
export const SIDES_OF_DAY = z.object({
  /** When these were read: the first look at which the day was over. */
  at: z.iso.datetime(),
  block: z.string().nullable(),
  accounts: z.array(
    z.object({
      account: z.string(),
      currency: z.string(),
      books: z.string(),
      /** What must be there at least: less what is on its way out, and what the outside may not show yet. */
      least: z.string().optional(),
      outside: z.string().nullable(),
    }),
  ),
});
export type SidesOfDay = z.output<typeof SIDES_OF_DAY>;
