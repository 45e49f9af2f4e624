/** What reconciliation found, and the days that are closed. */
import { sql } from 'drizzle-orm';
import { date, index, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { BREAK_KINDS } from '../../reconcile/kinds.ts';
import { moment, units } from '../columns.ts';
import { createdAt, currency, reactor } from './base.ts';
import { payment } from './payments.ts';

/**
 * Something that books, chain and Juno do not agree on and that nothing under way explains. Opened once, changed while it stays, closed
 * when it is explained; never by a person.
 */
export const reconciliationBreak = reactor.table(
  'reconciliation_break',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind', { enum: BREAK_KINDS }).notNull(),
    /** What it is of: the same while it is the same break. */
    subject: text('subject').notNull(),
    account: text('account').notNull(),
    paymentId: uuid('payment_id').references(() => payment.id),
    currency: currency('currency').notNull(),
    /** What each side says, in the currency’s smallest unit; null where a side says nothing of it. */
    books: units('books_units'),
    chain: units('chain_units'),
    juno: units('juno_units'),
    /** What is missing; zero where nothing is. */
    shortfall: units('shortfall_units').notNull(),
    evidence: jsonb('evidence').$type<Readonly<Record<string, string>>>().notNull(),
    nextStep: text('next_step').notNull(),
    firstSeenAt: moment('first_seen_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    /** The switches that it threw, and how much was missing then. */
    stopped: text('stopped').array().notNull().default([]),
    stoppedFor: units('stopped_for_units').notNull(),
    openedAt: moment('opened_at').notNull(),
    closedAt: moment('closed_at'),
    closedBecause: text('closed_because'),
  },
  (t) => [
    uniqueIndex('reconciliation_break_open').on(t.subject).where(sql`closed_at is null`),
    index('reconciliation_break_opened').on(t.openedAt, t.id),
    index('reconciliation_break_payment').on(t.paymentId),
    index('reconciliation_break_subject').on(t.subject),
  ],
);

/** A business day that is over and was closed, with the figures that it was closed with. */
export const closedDay = reactor.table('closed_day', {
  /** In America/Mexico_City. */
  day: date('day', { mode: 'string' }).primaryKey(),
  /** What the ledger says of the day, and says again whenever it is asked. */
  figures: jsonb('figures').notNull(),
  /** What the outside said when it was closed, which nobody can ask for again. */
  sides: jsonb('sides').notNull(),
  /** SHA-256 of the figures. */
  hash: text('hash').notNull(),
  closedAt: createdAt(),
});
