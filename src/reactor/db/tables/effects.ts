/** What leaves the house: lanes, effects, evidence, the wallet's transactions. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { moment, units } from '../columns.ts';
import { createdAt, currency, effectKind, effectState, reactor, subjectKind } from './base.ts';
import { payment } from './payments.ts';
import { proposal } from './people.ts';

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
    /** The rows of `cap` in which its amount is counted, in the order of their locks; given back when it is rejected or dead. */
    caps: text('caps').array().notNull().default([]),
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
    /** Two people said that it came to nothing, or that another attempt may be made after it. */
    decidedBy: uuid('decided_by').references(() => proposal.id),
    createdAt: createdAt(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('effect_attempt').on(t.subjectKind, t.subjectId, t.kind, t.attempt),
    uniqueIndex('effect_one_live').on(t.subjectKind, t.subjectId, t.kind).where(sql`state not in ('rejected', 'dead')`),
    // One transaction of somebody else may release the escrows of several legs, or open or end their disputes; each claims its own events.
    uniqueIndex('effect_external')
      .on(t.kind, t.externalId)
      .where(
        sql`external_id is not null and kind not in ('chain_release', 'chain_dispute', 'chain_resolve', 'juno_bank_account')`,
      ),
    index('effect_open').on(t.nextLookAt).where(sql`state in ('recorded', 'sending', 'unknown')`),
    index('effect_payment').on(t.paymentId),
    index('effect_release')
      .on(t.subjectId)
      .where(sql`kind = 'chain_release' and state in ('recorded', 'sending', 'dead')`),
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

/**
 * Each fact of the outside is claimed once, by one subject. A log is one of its block: a reorganisation that puts its transaction into
 * another may give its number to the log of another leg.
 */
export const evidence = reactor.table(
  'evidence',
  {
    source: text('source').notNull(),
    externalId: text('external_id').notNull(),
    subjectKind: subjectKind('subject_kind').notNull(),
    subjectId: text('subject_id').notNull(),
    detail: jsonb('detail').notNull().default({}),
    claimedAt: moment('claimed_at').notNull().defaultNow(),
    blockHash: text('block_hash')
      .notNull()
      .generatedAlwaysAs(sql`CASE WHEN source = 'chain' THEN coalesce(detail ->> 'blockHash', '') ELSE '' END`),
  },
  (t) => [
    primaryKey({ columns: [t.source, t.externalId, t.blockHash] }),
    index('evidence_of_subject').on(t.subjectKind, t.subjectId, t.source, t.externalId),
    // What says by itself whose it is (the event or the payment of one escrow) may have the old number of another's. The rest never has.
    uniqueIndex('evidence_arrival_once')
      .on(t.externalId)
      .where(sql`source = 'chain' AND coalesce(detail ->> 'as', 'arrival') IN ('arrival', 'carried')`),
    index('evidence_chain_transaction').on(sql`(detail ->> 'txHash')`).where(sql`source = 'chain'`),
    index('evidence_chain_block').on(sql`((detail ->> 'blockNumber')::bigint)`).where(sql`source = 'chain'`),
    index('evidence_of_deposit').on(sql`(detail ->> 'depositId')`).where(sql`source = 'juno_transaction'`),
  ],
);

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
    /** Not the effect's call but nothing at all, which only uses the nonce up: the call is no longer wanted. */
    isNoop: boolean('is_noop').notNull().default(false),
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
    uniqueIndex('wallet_transaction_one_nonce').on(t.effectId).where(sql`version = 0`),
    index('wallet_transaction_in_flight').on(t.wallet, t.nonce).where(sql`succeeded is null`),
  ],
);

/** Acts at Juno, at Bitso or of the wallet that no effect here made, and of which a person, or the calldata, says that they are nobody's here. */
export const foreignAct = reactor.table(
  'foreign_act',
  {
    source: text('source', { enum: ['juno_transaction', 'bitso_withdrawal', 'wallet', 'clabe'] }).notNull(),
    /** Juno's id, or Bitso's; for the wallet the transaction's hash; or the CLABE itself. */
    externalId: text('external_id').notNull(),
    /** Of the wallet's transaction: whose it was, and its nonce, which is used, so that the lane of that wallet goes on after it. */
    wallet: text('wallet'),
    nonce: integer('nonce'),
    reason: text('reason').notNull(),
    at: moment('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.source, t.externalId] }), index('foreign_act_nonce').on(t.wallet, t.nonce)],
);
