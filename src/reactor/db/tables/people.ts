/** People, where their money goes, and who may ask for what. */
import { bigserial, boolean, integer, jsonb, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { moment } from '../columns.ts';
import { createdAt, reactor } from './base.ts';

export const user = reactor.table('user', {
  id: uuid('id').primaryKey(),
  createdAt: createdAt(),
});

/** Personal data apart from the books, so that it can be erased while they stay. */
export const person = reactor.table('person', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => user.id),
  fullName: text('full_name').notNull(),
  email: text('email').notNull(),
});

/** One CLABE a user and one user a CLABE, for ever: Juno forbids anything else. */
export const depositClabe = reactor.table('deposit_clabe', {
  clabe: text('clabe').primaryKey(),
  userId: uuid('user_id')
    .notNull()
    .unique()
    .references(() => user.id),
  assignedAt: moment('assigned_at').notNull().defaultNow(),
});

/** A payout account as it was given. Never edited: a correction is a new one. Juno's id and the read-back are set once. */
export const destination = reactor.table(
  'destination',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => user.id),
    clabe: text('clabe').notNull(),
    legalName: text('legal_name').notNull(),
    junoAccountId: text('juno_account_id').unique(),
    verifiedAt: moment('verified_at'),
    /** Juno showed another CLABE or name under its id. */
    differs: boolean('differs').notNull().default(false),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('destination_snapshot').on(t.userId, t.clabe, t.legalName)],
);

export const apiKey = reactor.table('api_key', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  role: text('role', { enum: ['viewer', 'operator', 'approver', 'admin'] }).notNull(),
  hash: text('hash').notNull().unique(),
  createdAt: createdAt(),
  revokedAt: moment('revoked_at'),
});

export const idempotency = reactor.table(
  'idempotency',
  {
    apiKeyId: uuid('api_key_id').notNull(),
    key: text('key').notNull(),
    fingerprint: text('fingerprint').notNull(),
    status: integer('status').notNull(),
    response: jsonb('response').notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.apiKeyId, t.key] })],
);

export const auditLog = reactor.table('audit_log', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  at: moment('at').notNull().defaultNow(),
  actor: text('actor').notNull(),
  role: text('role').notNull(),
  command: text('command').notNull(),
  subject: text('subject').notNull(),
  reason: text('reason').notNull(),
  detail: jsonb('detail').notNull(),
});
