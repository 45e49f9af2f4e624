/**
 * The reactor's own tables (schema `reactor`). What no column type can say — legal moves, append-only books, sums that must be
 * zero — is in the hand-written migrations beside the generated ones, as triggers of the database itself.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { EFFECT_KINDS, EFFECT_STATES, SUBJECT_KINDS } from '../effects/states.ts';
import { ENTRY_STATES } from '../ledger/accounts.ts';
import { LEG_KINDS, LEG_STATES, RAILS } from '../payment/states.ts';
import { bytes, moment, units } from './columns.ts';

export const reactor = pgSchema('reactor');

export const legKind = reactor.enum('leg_kind', LEG_KINDS);
export const legState = reactor.enum('leg_state', LEG_STATES);
export const rail = reactor.enum('rail', RAILS);
export const effectKind = reactor.enum('effect_kind', EFFECT_KINDS);
export const effectState = reactor.enum('effect_state', EFFECT_STATES);
export const subjectKind = reactor.enum('subject_kind', SUBJECT_KINDS);
export const entryState = reactor.enum('entry_state', ENTRY_STATES);
export const currency = reactor.enum('currency', ['MXN', 'MXNB', 'ETH']);

const createdAt = () => moment('created_at').notNull().defaultNow();

// ---- People and where their money goes -------------------------------------------------------------------------------

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
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('destination_snapshot').on(t.userId, t.clabe, t.legalName)],
);

// ---- Payments ----------------------------------------------------------------------------------------------------------

export const payment = reactor.table(
  'payment',
  {
    id: uuid('id').primaryKey(),
    /** The integer that the earlier system's queries know a payment by. */
    number: bigint('number', { mode: 'number' }).generatedAlwaysAsIdentity().unique(),
    payerId: uuid('payer_id')
      .notNull()
      .references(() => user.id),
    recipientId: uuid('recipient_id')
      .notNull()
      .references(() => user.id),
    depositClabe: text('deposit_clabe').notNull(),
    amount: units('amount_centavos').notNull(),
    custodySeconds: bigint('custody_seconds', { mode: 'number' }).notNull(),
    concept: text('concept').notNull(),
    expiresAt: moment('expires_at').notNull(),
    /** True until its deposit is claimed or its time to arrive has long passed: while true, nobody may share CLABE and amount. */
    awaitsDeposit: boolean('awaits_deposit').notNull().default(true),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('payment_one_open_per_clabe_and_amount').on(t.depositClabe, t.amount).where(sql`awaits_deposit`),
    index('payment_created').on(t.createdAt),
  ],
);

export const leg = reactor.table(
  'leg',
  {
    id: uuid('id').primaryKey(),
    paymentId: uuid('payment_id')
      .notNull()
      .references(() => payment.id),
    kind: legKind('kind').notNull(),
    state: legState('state').notNull().default('requested'),
    amount: units('amount_centavos').notNull(),
    destinationId: uuid('destination_id')
      .notNull()
      .references(() => destination.id),
    rail: rail('rail').notNull(),
    /** The opaque 32 bytes that name this leg on chain; works once there. */
    reference: text('reference').notNull().unique(),
    escrowContract: text('escrow_contract'),
    escrowId: units('escrow_id'),
    /** Unix seconds of the chain's clock, from the chain. */
    deadline: bigint('deadline_seconds', { mode: 'number' }),
    enteredAt: moment('entered_at').notNull().defaultNow(),
    /** When to look again even if nothing happens. */
    dueAt: moment('due_at').notNull().defaultNow(),
    /** Set when a person is needed: a code for machines, a sentence for people, and who owns it. */
    attentionCode: text('attention_code'),
    attentionText: text('attention_text'),
    attentionOwner: text('attention_owner'),
    /** Why the last move was made; the history keeps each one. */
    cause: text('cause').notNull(),
    causeDetail: jsonb('cause_detail').notNull().default({}),
    createdAt: createdAt(),
  },
  (t) => [
    index('leg_payment').on(t.paymentId),
    index('leg_due').on(t.dueAt).where(sql`state not in ('completed', 'replaced', 'expired', 'closed')`),
    index('leg_custody_deadline').on(t.deadline).where(sql`state = 'in_custody'`),
    index('leg_on_chain')
      .on(t.state, t.reference)
      .where(sql`state in ('withdrawing', 'funding', 'releasing', 'returning')`),
  ],
);

/** Every move of every leg, written by a trigger: nothing can change a state without leaving its line here. */
export const legHistory = reactor.table(
  'leg_history',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    legId: uuid('leg_id').notNull(),
    paymentId: uuid('payment_id').notNull(),
    fromState: legState('from_state'),
    toState: legState('to_state').notNull(),
    cause: text('cause').notNull(),
    detail: jsonb('detail').notNull(),
    at: moment('at').notNull(),
  },
  (t) => [index('leg_history_payment').on(t.paymentId, t.id)],
);

export const legMove = reactor.table(
  'leg_move',
  {
    kind: legKind('kind').notNull(),
    fromState: legState('from_state').notNull(),
    toState: legState('to_state').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.fromState, t.toState] })],
);

/** What keeps a payment's money where it is until a person closes it. */
export const hold = reactor.table(
  'hold',
  {
    id: uuid('id').primaryKey(),
    paymentId: uuid('payment_id')
      .notNull()
      .references(() => payment.id),
    kind: text('kind', { enum: ['hold', 'dispute'] }).notNull(),
    reasonCode: text('reason_code').notNull(),
    sentence: text('sentence').notNull(),
    owner: text('owner').notNull(),
    openedAt: moment('opened_at').notNull().defaultNow(),
    closedAt: moment('closed_at'),
  },
  (t) => [index('hold_open').on(t.paymentId).where(sql`closed_at is null`)],
);

// ---- Effects ---------------------------------------------------------------------------------------------------------

/** One holder at a time for each lane; the epoch rises at each new holder and fences the earlier ones. */
export const lane = reactor.table(
  'lane',
  {
    name: text('name').primaryKey(),
    epoch: bigint('epoch', { mode: 'number' }).notNull().default(0),
    holder: text('holder'),
    heldUntil: moment('held_until').notNull().defaultNow(),
  },
  (t) => [index('lane_held').on(t.heldUntil).where(sql`holder is not null`)],
);

export const effect = reactor.table(
  'effect',
  {
    id: uuid('id').primaryKey(),
    subjectKind: subjectKind('subject_kind').notNull(),
    subjectId: text('subject_id').notNull(),
    kind: effectKind('kind').notNull(),
    attempt: integer('attempt').notNull(),
    paymentId: uuid('payment_id').references(() => payment.id),
    state: effectState('state').notNull().default('recorded'),
    /** Derived, never drawn: the same intent has the same key after a restore. */
    key: text('key').notNull().unique(),
    /** What is sent: for Juno the exact body, for the chain target and calldata. Never changes. */
    request: jsonb('request').notNull(),
    amount: units('amount').notNull(),
    currency: currency('currency').notNull(),
    /** The lane whose holder wrote the state, and the holder's epoch: the payment's records it, the wallet's sends it. */
    lane: text('lane').notNull(),
    laneEpoch: bigint('lane_epoch', { mode: 'number' }).notNull(),
    sends: integer('sends').notNull().default(0),
    firstSentAt: moment('first_sent_at'),
    /** Its name outside: Juno's transaction id, the transaction hash, the CLABE. */
    externalId: text('external_id'),
    /** The last failure: code, sentence, and how often in a row. */
    error: jsonb('error'),
    failures: integer('failures').notNull().default(0),
    nextLookAt: moment('next_look_at').notNull().defaultNow(),
    createdAt: createdAt(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('effect_attempt').on(t.subjectKind, t.subjectId, t.kind, t.attempt),
    uniqueIndex('effect_one_live').on(t.subjectKind, t.subjectId, t.kind).where(sql`state not in ('rejected', 'dead')`),
    uniqueIndex('effect_external').on(t.kind, t.externalId).where(sql`external_id is not null`),
    index('effect_open').on(t.nextLookAt).where(sql`state in ('recorded', 'sending', 'unknown')`),
    index('effect_payment').on(t.paymentId),
  ],
);

export const effectHistory = reactor.table(
  'effect_history',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    effectId: uuid('effect_id').notNull(),
    fromState: effectState('from_state'),
    toState: effectState('to_state').notNull(),
    lane: text('lane').notNull(),
    laneEpoch: bigint('lane_epoch', { mode: 'number' }).notNull(),
    error: jsonb('error'),
    at: moment('at').notNull(),
  },
  (t) => [index('effect_history_effect').on(t.effectId, t.id)],
);

export const effectMove = reactor.table(
  'effect_move',
  { fromState: effectState('from_state').notNull(), toState: effectState('to_state').notNull() },
  (t) => [primaryKey({ columns: [t.fromState, t.toState] })],
);

/** Each fact of the outside is claimed once, by one subject. */
export const evidence = reactor.table(
  'evidence',
  {
    source: text('source').notNull(),
    externalId: text('external_id').notNull(),
    subjectKind: subjectKind('subject_kind').notNull(),
    subjectId: text('subject_id').notNull(),
    detail: jsonb('detail').notNull().default({}),
    claimedAt: moment('claimed_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.source, t.externalId] }),
    uniqueIndex('evidence_one_per_subject_and_source').on(t.subjectKind, t.subjectId, t.source, t.externalId),
  ],
);

// ---- Facts from Juno ---------------------------------------------------------------------------------------------------

/** What Juno said, as it said it, each time it said something new. Never edited. */
export const junoObservation = reactor.table(
  'juno_observation',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    resource: text('resource', { enum: ['deposit', 'transaction'] }).notNull(),
    externalId: text('external_id').notNull(),
    fingerprint: text('fingerprint').notNull(),
    body: text('body').notNull(),
    observedAt: moment('observed_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('juno_observation_once').on(t.resource, t.externalId, t.fingerprint)],
);

/** The newest of the observations of each transaction, in columns to search by. */
export const junoTransaction = reactor.table(
  'juno_transaction',
  {
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    status: text('status').notNull(),
    amount: units('amount_units').notNull(),
    txHash: text('tx_hash'),
    address: text('address'),
    clabe: text('clabe'),
    /** Whether its detail page was read after it ended: only the detail names hash and parties. */
    isDetailed: boolean('is_detailed').notNull().default(false),
    occurredAt: moment('occurred_at'),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('juno_transaction_type').on(t.type, t.status, t.amount),
    index('juno_transaction_hash').on(t.txHash),
    index('juno_transaction_undetailed').on(t.id).where(sql`not is_detailed`),
  ],
);

export const junoDeposit = reactor.table(
  'juno_deposit',
  {
    id: text('id').primaryKey(),
    clabe: text('clabe').notNull(),
    amount: units('amount_centavos').notNull(),
    status: text('status').notNull(),
    observedAt: moment('observed_at').notNull().defaultNow(),
  },
  (t) => [index('juno_deposit_clabe').on(t.clabe, t.amount)],
);

/** Deposits that no payment may take by itself, each with the reason. */
export const suspense = reactor.table('suspense', {
  depositId: text('deposit_id')
    .primaryKey()
    .references(() => junoDeposit.id),
  reason: text('reason').notNull(),
  amount: units('amount_centavos').notNull(),
  openedAt: moment('opened_at').notNull().defaultNow(),
  closedAt: moment('closed_at'),
});

/** What reached /webhooks, byte for byte, whether believed or not. It is only ever a hint to look. */
export const webhookIn = reactor.table(
  'webhook_in',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    source: text('source', { enum: ['juno', 'bitso'] }).notNull(),
    /** Who sent it, as far as that is known: an IP address. */
    sourceAddress: text('source_address'),
    digest: text('digest').notNull().unique(),
    body: bytes('body').notNull(),
    size: integer('size_bytes').notNull(),
    /** The headers that say what it is: content type, key id, signature. */
    headers: jsonb('headers').notNull(),
    signature: text('signature', { enum: ['valid', 'invalid', 'unsigned', 'unknown_key', 'unchecked'] }).notNull(),
    isReadable: boolean('is_readable').notNull(),
    hint: jsonb('hint').notNull(),
    /** Resource id and status: what makes two of them the same news (P/webhook-best-practices). Null when it names none. */
    news: text('news'),
    receivedAt: moment('received_at').notNull().defaultNow(),
  },
  (t) => [
    index('webhook_in_news').on(t.source, t.news),
    // Holds the size, so that the cap on what nobody vouches for is read off the index alone.
    index('webhook_in_unverified').on(t.receivedAt, t.size).where(sql`signature <> 'valid'`),
  ],
);

/** What came and was not kept, or was kept without effect: a row for each source and reason. */
export const webhookCount = reactor.table(
  'webhook_count',
  {
    source: text('source').notNull(),
    what: text('what').notNull(),
    count: bigint('count', { mode: 'number' }).notNull(),
    lastAt: moment('last_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.source, t.what] })],
);

// ---- Ledger ----------------------------------------------------------------------------------------------------------

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
  (t) => [index('ledger_entry_payment').on(t.paymentId), index('ledger_entry_effect').on(t.effectId)],
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

// ---- The wallet's transactions ---------------------------------------------------------------------------------------

export const walletTransaction = reactor.table(
  'wallet_transaction',
  {
    hash: text('hash').primaryKey(),
    chainId: integer('chain_id').notNull(),
    wallet: text('wallet').notNull(),
    nonce: integer('nonce').notNull(),
    /** 0 for the first, rising with each replacement at the same nonce. */
    version: integer('version').notNull(),
    effectId: uuid('effect_id')
      .notNull()
      .references(() => effect.id),
    raw: text('raw').notNull(),
    signedAt: moment('signed_at').notNull().defaultNow(),
    lastBroadcastAt: moment('last_broadcast_at'),
    minedBlock: bigint('mined_block', { mode: 'number' }),
    minedBlockHash: text('mined_block_hash'),
    succeeded: boolean('succeeded'),
  },
  (t) => [
    uniqueIndex('wallet_transaction_nonce').on(t.chainId, t.wallet, t.nonce, t.version),
    index('wallet_transaction_effect').on(t.effectId),
    index('wallet_transaction_in_flight').on(t.wallet, t.nonce).where(sql`succeeded is null`),
  ],
);

// ---- Guards, pins, limits --------------------------------------------------------------------------------------------

/** Read FOR SHARE by everything that records or sends an effect: throwing one waits for those, then excludes the rest. */
export const guardSwitch = reactor.table('guard_switch', {
  name: text('name').primaryKey(),
  isStopped: boolean('is_stopped').notNull().default(false),
  reason: text('reason'),
  changedBy: text('changed_by'),
  changedAt: moment('changed_at').notNull().defaultNow(),
});

export const cap = reactor.table('cap', {
  name: text('name').primaryKey(),
  used: units('used_centavos').notNull(),
  limit: units('limit_centavos').notNull(),
});

/** The chain that this database belongs to, and the newest block that it acted on. */
export const chainPin = reactor.table('chain_pin', {
  chainId: integer('chain_id').primaryKey(),
  genesisHash: text('genesis_hash').notNull(),
  blockNumber: bigint('block_number', { mode: 'number' }).notNull(),
  blockHash: text('block_hash').notNull(),
});

/** Things that must never change under a database, as fingerprints: the secret that keys are derived from. */
export const settingPin = reactor.table('setting_pin', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
});

/**
 * What all processes share about calling Juno, in one row: the bucket of each kind of call, the calls of the window, and the
 * circuit breaker. `reactor.juno_take` alone writes it.
 */
export const junoLimit = reactor.table('juno_limit', {
  name: text('name').primaryKey(),
  /** When it was last written: the buckets have filled since. */
  at: moment('at').notNull().default(sql`'-infinity'`),
  /** Calls that looks, payouts, withdrawals and registrations may make now, and those that any may borrow. */
  tokens: doublePrecision('tokens').array().notNull().default([]),
  /** The number of the newest slice of the window, and the calls and the sends in each, newest first. */
  slice: bigint('slice', { mode: 'number' }).notNull().default(0),
  calls: integer('calls').array().notNull().default([]),
  sends: integer('sends').array().notNull().default([]),
  /** Calls in a row that came to nothing: time-outs and 5xx. */
  failures: integer('failures').notNull().default(0),
  /** Null while the breaker is closed. Before it, nobody calls; after it, one look at a time tries whether Juno is well. */
  openUntil: moment('open_until'),
  openReason: text('open_reason', { enum: ['throttled', 'failing'] }),
  openedAt: moment('opened_at'),
  /** How often it has opened in a row: each time for twice as long. */
  level: integer('level').notNull().default(0),
  probeUntil: moment('probe_until'),
  /** How often Juno locked us out, each within a day of the one before. */
  lockouts: integer('lockouts').notNull().default(0),
  lockedAt: moment('locked_at'),
});

/** Calls of each process that were let go and whose answer is not known here yet. A row a process; silent ones are removed. */
export const junoCaller = reactor.table('juno_caller', {
  name: text('name').primaryKey(),
  inFlight: integer('in_flight').notNull(),
  seenAt: moment('seen_at').notNull(),
});

export const heartbeat = reactor.table('heartbeat', {
  name: text('name').primaryKey(),
  at: moment('at').notNull(),
  detail: jsonb('detail').notNull(),
});

// ---- Who may ask, and what was asked ---------------------------------------------------------------------------------

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
