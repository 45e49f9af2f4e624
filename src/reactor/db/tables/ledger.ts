/** The books. */
import { index, integer, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment, units } from '../columns.ts';
import { createdAt, currency, entryState, reactor } from './base.ts';
import { effect } from './effects.ts';
import { payment } from './payments.ts';

export const ledgerEntry = reactor.table(
  'ledger_entry',
  {
    id: uuid('id').primaryKey(),
    /** What this entry is, in one word a kind and subject: makes writing it twice impossible. */
    key: text('key').notNull().unique(),
    paymentId: uuid('payment_id').references(() => payment.id),
    effectId: uuid('effect_id').references(() => effect.id),
    state: entryState('state').notNull(),
    createdAt: createdAt(),
    settledAt: moment('settled_at'),
  },
  (t) => [
    index('ledger_entry_payment').on(t.paymentId),
    index('ledger_entry_effect').on(t.effectId),
    // Asked for by the newest again and again, where an index by blocks would be no help: those are the blocks that it does not sum up yet.
    index('ledger_entry_created').on(t.createdAt),
    index('ledger_entry_settled').on(t.settledAt),
  ],
);

export const ledgerPosting = reactor.table(
  'ledger_posting',
  {
    entryId: uuid('entry_id')
      .notNull()
      .references(() => ledgerEntry.id),
    line: integer('line').notNull(),
    account: text('account').notNull(),
    /** The payment whose money it is; `general` for money of none. */
    owner: text('owner').notNull(),
    currency: currency('currency').notNull(),
    /** Debits are positive, credits negative. */
    amount: units('amount').notNull(),
  },
  (t) => [primaryKey({ columns: [t.entryId, t.line] }), index('ledger_posting_account').on(t.account, t.owner)],
);

/** Kept by trigger from the postings; the floor of each payment's money stands on it. */
export const ledgerBalance = reactor.table(
  'ledger_balance',
  {
    account: text('account').notNull(),
    owner: text('owner').notNull(),
    currency: currency('currency').notNull(),
    posted: units('posted').notNull(),
    pending: units('pending').notNull(),
  },
  (t) => [primaryKey({ columns: [t.account, t.owner, t.currency] })],
);
