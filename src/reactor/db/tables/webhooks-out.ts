/** What others are told of payments: to whom, what, and how far that is. */
import { sql } from 'drizzle-orm';
import { bigint, bigserial, index, integer, jsonb, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from '../columns.ts';
import { createdAt, reactor } from './base.ts';
import { payment } from './payments.ts';

/** Who is told. Its secret is derived from its id and version (src/reactor/webhooks-out/secret.ts) and stands nowhere. */
export const webhookEndpoint = reactor.table(
  'webhook_endpoint',
  {
    id: uuid('id').primaryKey(),
    url: text('url').notNull(),
    version: integer('version').notNull().default(1),
    /** Until then what is sent is signed by the secret before as well. */
    previousUntil: moment('previous_until'),
    createdBy: text('created_by').notNull(),
    createdAt: createdAt(),
    removedAt: moment('removed_at'),
  },
  (t) => [index('webhook_endpoint_active').on(t.createdAt).where(sql`removed_at is null`)],
);

/** What happened, as it is told: written by the trigger of the move that it tells of. Holds nothing of people. */
export const webhookEvent = reactor.table(
  'webhook_event',
  {
    id: uuid('id').primaryKey(),
    /** The order in which it is told. */
    number: bigserial('number', { mode: 'number' }).notNull(),
    paymentId: uuid('payment_id').references(() => payment.id),
    type: text('type').notNull(),
    data: jsonb('data').notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('webhook_event_payment').on(t.paymentId, t.number), index('webhook_event_created').on(t.createdAt)],
);

export const webhookDelivery = reactor.table(
  'webhook_delivery',
  {
    eventId: uuid('event_id')
      .notNull()
      .references(() => webhookEvent.id),
    endpointId: uuid('endpoint_id')
      .notNull()
      .references(() => webhookEndpoint.id),
    /** Of the event: what is told of one payment is told in this order. */
    number: bigint('number', { mode: 'number' }).notNull(),
    paymentId: uuid('payment_id'),
    state: text('state', { enum: ['waiting', 'delivered', 'failed'] })
      .notNull()
      .default('waiting'),
    tries: integer('tries').notNull().default(0),
    nextTryAt: moment('next_try_at').notNull().defaultNow(),
    /** After it nothing is tried any more. */
    until: moment('until').notNull(),
    error: text('error'),
  },
  (t) => [
    primaryKey({ columns: [t.eventId, t.endpointId] }),
    index('webhook_delivery_waiting').on(t.endpointId, t.nextTryAt).where(sql`state = 'waiting'`),
    index('webhook_delivery_order').on(t.endpointId, t.paymentId, t.number).where(sql`state = 'waiting'`),
    index('webhook_delivery_failed').on(t.endpointId).where(sql`state = 'failed'`),
    index('webhook_delivery_endpoint').on(t.endpointId, t.number),
  ],
);
