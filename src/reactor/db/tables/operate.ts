/** What those who run it are told: counts of what moved, and alerts on their way. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  doublePrecision,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { moment, units } from '../columns.ts';
import { createdAt, reactor } from './base.ts';

/**
 * Each move of a leg, and each outcome of an effect, until it is counted: written by the triggers that guard them, so that nothing moves
 * uncounted, and taken away by whoever counts. Nobody ever waits for another here, as all would for a row that holds a count.
 */
export const tallyNews = reactor.table(
  'tally_news',
  {
    id: bigserial('id', { mode: 'number' }).notNull(),
    subject: text('subject', { enum: ['leg', 'effect'] }).notNull(),
    /** What is counted together: the payment of a leg; an effect itself. */
    owner: uuid('owner').notNull(),
    item: uuid('item').notNull(),
    kind: text('kind').notNull(),
    fromState: text('from_state'),
    toState: text('to_state').notNull(),
    amount: units('amount_centavos').notNull(),
    /** How long it was in the state that it left. */
    stayed: doublePrecision('stayed_seconds'),
  },
  (t) => [index('tally_news_owner').on(t.owner, t.id)],
);

/** How many are in each state, came into it and left it, and how long they stayed: a few hundred rows, whatever the number of payments. */
export const tally = reactor.table(
  'tally',
  {
    subject: text('subject', { enum: ['payment', 'leg', 'effect'] }).notNull(),
    kind: text('kind').notNull(),
    state: text('state').notNull(),
    present: bigint('present', { mode: 'number' }).notNull(),
    /** Of those that are in it. */
    amount: units('amount_centavos').notNull(),
    entered: bigint('entered', { mode: 'number' }).notNull(),
    left: bigint('left_count', { mode: 'number' }).notNull(),
    stayed: doublePrecision('stayed_seconds').notNull(),
    /** Of those that left, how many stayed no longer than each bound of `STAY_BOUNDS_S`. */
    within: bigint('within', { mode: 'number' }).array().notNull(),
  },
  (t) => [primaryKey({ columns: [t.subject, t.kind, t.state] })],
);

/** What is wrong now, or was: one row a thing that went wrong and once for each time that it did. */
export const alert = reactor.table(
  'alert',
  {
    id: uuid('id').primaryKey(),
    /** What it is about, as `stuck:<leg>`: while it is open, nothing else of this key is raised. */
    key: text('key').notNull(),
    /** The section of docs/runbook.md. */
    kind: text('kind').notNull(),
    severity: text('severity', { enum: ['page', 'warn'] }).notNull(),
    sentence: text('sentence').notNull(),
    openedAt: moment('opened_at').notNull().defaultNow(),
    /** When it was last told, how often, and when it is told again unless it is gone. */
    toldAt: moment('told_at').notNull(),
    tellings: integer('tellings').notNull(),
    repeatAt: moment('repeat_at').notNull(),
    closedAt: moment('closed_at'),
  },
  (t) => [
    uniqueIndex('alert_one_open').on(t.key).where(sql`closed_at is null`),
    index('alert_closed').on(t.closedAt).where(sql`closed_at is not null`),
  ],
);

/** A notice of an alert on its way by one channel: recorded with what it tells of, before it is sent. */
export const alertNotice = reactor.table(
  'alert_notice',
  {
    id: uuid('id').primaryKey(),
    alertId: uuid('alert_id')
      .notNull()
      .references(() => alert.id, { onDelete: 'cascade' }),
    channel: text('channel').notNull(),
    content: jsonb('content').notNull(),
    state: text('state', { enum: ['waiting', 'delivered', 'failed'] })
      .notNull()
      .default('waiting'),
    tries: integer('tries').notNull().default(0),
    nextTryAt: moment('next_try_at').notNull().defaultNow(),
    /** What went wrong the last time, in a few words of ours. */
    error: text('error'),
    createdAt: createdAt(),
  },
  (t) => [
    index('alert_notice_waiting').on(t.channel, t.nextTryAt).where(sql`state = 'waiting'`),
    index('alert_notice_failed').on(t.channel, t.createdAt).where(sql`state = 'failed'`),
    index('alert_notice_delivered').on(t.channel, t.createdAt).where(sql`state = 'delivered'`),
    index('alert_notice_alert').on(t.alertId),
  ],
);
