/** People, where their money goes, and who may ask for what. */
import { sql } from 'drizzle-orm';
import { bigserial, boolean, index, integer, jsonb, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { ROLES } from '../../people/roles.ts';
import { BLACKLIST_STATES, KYC_STATES } from '../../people/screening-states.ts';
import { moment } from '../columns.ts';
import { createdAt, reactor } from './base.ts';

export const user = reactor.table(
  'user',
  {
    id: uuid('id').primaryKey(),
    createdAt: createdAt(),
    /** Since when nothing here says who it is. */
    erasedAt: moment('erased_at'),
  },
  (t) => [index('user_newest').on(t.createdAt, t.id)],
);

/** Personal data apart from the books, so that it can be erased while they stay. */
export const person = reactor.table(
  'person',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => user.id),
    fullName: text('full_name').notNull(),
    email: text('email').notNull(),
  },
  () => [
    // By its beginning as well.
    index('person_email').on(sql`lower(email) text_pattern_ops`),
  ],
);

/**
 * What an outside source found of a user, each time it looked; the newest that was checked counts. Never edited: a correction is a
 * new one.
 */
export const screening = reactor.table(
  'screening',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => user.id),
    kyc: text('kyc', { enum: KYC_STATES }).notNull(),
    blacklist: text('blacklist', { enum: BLACKLIST_STATES }).notNull(),
    checkedAt: moment('checked_at').notNull(),
    /** After it the check counts as none. */
    validUntil: moment('valid_until').notNull(),
    /** The source's own name of the check. No names of people. */
    reference: text('reference').notNull(),
    /** The API key of the source. */
    source: text('source').notNull(),
    receivedAt: moment('received_at').notNull().defaultNow(),
  },
  (t) => [index('screening_newest').on(t.userId, t.checkedAt, t.id)],
);

/** Which columns hold what tells who somebody is: what may be replaced, and alone may be, where a user is erased. */
export const personalColumn = reactor.table(
  'personal_column',
  { tableName: text('table_name').notNull(), columnName: text('column_name').notNull() },
  (t) => [primaryKey({ columns: [t.tableName, t.columnName] })],
);

/** One CLABE a user and one user a CLABE, for ever: Juno forbids anything else. */
export const depositClabe = reactor.table(
  'deposit_clabe',
  {
    clabe: text('clabe').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .unique()
      .references(() => user.id),
    assignedAt: moment('assigned_at').notNull().defaultNow(),
  },
  // By however many of its last digits are known.
  () => [index('deposit_clabe_tail').on(sql`reverse(clabe) text_pattern_ops`)],
);

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
    /** Two users who are paid to one account may share it: Juno answers for a CLABE that it has with the account that it has. */
    junoAccountId: text('juno_account_id'),
    verifiedAt: moment('verified_at'),
    /** Juno showed another CLABE or name under its id. */
    differs: boolean('differs').notNull().default(false),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('destination_snapshot').on(t.userId, t.clabe, t.legalName),
    index('destination_juno_account').on(t.junoAccountId),
    index('destination_clabe_tail').on(sql`reverse(clabe) text_pattern_ops`),
  ],
);

export const apiKey = reactor.table('api_key', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  role: text('role', { enum: ROLES }).notNull(),
  hash: text('hash').notNull().unique(),
  createdAt: createdAt(),
  revokedAt: moment('revoked_at'),
});

/** A person who signed in to the console: acts as the key while that lives. The cookie's secret is not here, only its hash. */
export const consoleSession = reactor.table(
  'console_session',
  {
    hash: text('hash').primaryKey(),
    apiKeyId: uuid('api_key_id')
      .notNull()
      .references(() => apiKey.id),
    createdAt: createdAt(),
    /** When the person last did something: what the page asks by itself does not count. */
    usedAt: moment('used_at').notNull().defaultNow(),
  },
  (t) => [index('console_session_key').on(t.apiKeyId, t.createdAt), index('console_session_used').on(t.usedAt)],
);

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

export const auditLog = reactor.table(
  'audit_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    at: moment('at').notNull().defaultNow(),
    actor: text('actor').notNull(),
    role: text('role').notNull(),
    command: text('command').notNull(),
    subject: text('subject').notNull(),
    reason: text('reason').notNull(),
    detail: jsonb('detail').notNull(),
  },
  (t) => [index('audit_log_subject').on(t.subject, t.id)],
);

/** What needs two people: one proposes, another approves, and it is done in the same transaction. The terms never change. */
export const proposal = reactor.table(
  'proposal',
  {
    id: uuid('id').primaryKey(),
    /** What is to be done, as `effect resolve`. */
    command: text('command').notNull(),
    /** Whom or what to, as `effect:<id>`. */
    subject: text('subject').notNull(),
    /** As the command's own schema reads them. No names, CLABEs or secrets. */
    parameters: jsonb('parameters').notNull(),
    reason: text('reason').notNull(),
    /** The API key of who proposed it, and its name then. */
    proposedBy: uuid('proposed_by').notNull(),
    proposerName: text('proposer_name').notNull(),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    approvedBy: uuid('approved_by'),
    approverName: text('approver_name'),
    approvedAt: moment('approved_at'),
    executedAt: moment('executed_at'),
    withdrawnAt: moment('withdrawn_at'),
  },
  (t) => [
    index('proposal_subject').on(t.subject),
    index('proposal_open').on(t.expiresAt).where(sql`executed_at is null and withdrawn_at is null`),
  ],
);
