/** Facts from Juno, as it said them, and what no payment could take. */
import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
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
import { WHOLE_BASIS_POINTS } from '../../../money/money.ts';
import type { StandingFee } from '../../payment/split.ts';
import { RELEASE_POLICIES } from '../../payment/states.ts';
import { bytes, moment, units } from '../columns.ts';
import { createdAt, reactor } from './base.ts';
import { payment } from './payments.ts';
import { destination, user } from './people.ts';

/** Juno's `deposit_id` as the text of an observation has it: what is no JSON has none, and is refused by nothing here. */
export const OTHER_DEPOSIT_ID = `substring(body from '"deposit_id"\\s*:\\s*"?([A-Za-z0-9_.:-]{1,100})')`;

/** What Juno said, as it said it, each time it said something new. Never edited. */
export const junoObservation = reactor.table(
  'juno_observation',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    resource: text('resource', { enum: ['deposit', 'transaction', 'bitso_withdrawal', 'movement'] }).notNull(),
    externalId: text('external_id').notNull(),
    fingerprint: text('fingerprint').notNull(),
    body: text('body').notNull(),
    observedAt: moment('observed_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('juno_observation_once').on(t.resource, t.externalId, t.fingerprint),
    // The other of the two ids by which Juno knows a deposit.
    index('juno_observation_deposit').on(sql.raw(OTHER_DEPOSIT_ID)).where(sql`resource = 'deposit'`),
  ],
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
    /** Set with the evidence that claims it: what nobody has claimed is found without looking through all that was. */
    isClaimed: boolean('is_claimed').notNull().default(false),
    occurredAt: moment('occurred_at'),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('juno_transaction_type').on(t.type, t.status, t.amount),
    index('juno_transaction_hash').on(t.txHash),
    index('juno_transaction_undetailed').on(t.id).where(sql`not is_detailed`),
    index('juno_transaction_unclaimed').on(t.updatedAt).where(sql`type = 'ISSUANCE' and not is_claimed`),
  ],
);

export const junoDeposit = reactor.table(
  'juno_deposit',
  {
    id: text('id').primaryKey(),
    clabe: text('clabe').notNull(),
    amount: units('amount_centavos').notNull(),
    status: text('status').notNull(),
    /** As Juno shows it, which may be masked. */
    senderClabe: text('sender_clabe'),
    senderName: text('sender_name'),
    trackingKey: text('tracking_key'),
    /** It is money of a payout that came back. */
    isRefund: boolean('is_refund').notNull().default(false),
    /** What Juno or Bitso says of the payout that came back: wid, tracking key, origin_id. */
    refundOf: jsonb('refund_of'),
    /** The lists in which this money was seen. Two lists may show one return under different ids; none shows it twice. */
    seenIn: text('seen_in', { enum: ['deposits', 'bitso', 'movements', 'issuances'] })
      .array()
      .notNull()
      .default(['deposits']),
    /** The deposit that this is another sight of: the money is that one's, and this one is booked and claimed nowhere. */
    twinOf: text('twin_of').references((): AnyPgColumn => junoDeposit.id),
    /** Set with the evidence that claims it. */
    isClaimed: boolean('is_claimed').notNull().default(false),
    observedAt: moment('observed_at').notNull().defaultNow(),
  },
  (t) => [
    index('juno_deposit_clabe').on(t.clabe, t.amount),
    index('juno_deposit_amount').on(t.amount),
    index('juno_deposit_tracking').on(t.trackingKey),
    index('juno_deposit_newest').on(t.observedAt, t.id),
    index('juno_deposit_refund').on(t.id).where(sql`is_refund`),
    index('juno_deposit_unclaimed').on(t.observedAt, t.id).where(sql`not is_claimed and twin_of is null`),
  ],
);

/** What Juno's unified history says came in, once it is complete, and what that turned out to be. */
export const junoMovement = reactor.table(
  'juno_movement',
  {
    id: text('id').primaryKey(),
    transactionId: text('transaction_id'),
    /** Null for another currency than pesos and MXNB, and for dust. */
    amount: units('amount_centavos'),
    currency: text('currency'),
    clabe: text('clabe'),
    senderClabe: text('sender_clabe'),
    trackingKey: text('tracking_key'),
    txHash: text('tx_hash'),
    refundOf: jsonb('refund_of'),
    /** It was there at the first look: of what came before, not everything is known. */
    isOld: boolean('is_old').notNull(),
    /** `transaction:ID`, `deposit:ID`; `return`, `suspense`: a deposit was made of it; `old`, `raised`. Null while it is open. */
    explainedBy: text('explained_by'),
    observedAt: moment('observed_at').notNull().defaultNow(),
  },
  (t) => [
    index('juno_movement_open').on(t.observedAt).where(sql`explained_by is null or explained_by = 'suspense'`),
    index('juno_movement_explained').on(t.explainedBy),
  ],
);

/** Bitso's withdrawals that an effect of ours made, as Bitso last showed them. */
export const bitsoWithdrawal = reactor.table(
  'bitso_withdrawal',
  {
    /** Bitso's `wid`. */
    id: text('id').primaryKey(),
    /** The key of the effect that made it. */
    originId: text('origin_id').notNull(),
    status: text('status').notNull(),
    trackingKey: text('tracking_key'),
    cepLink: text('cep_link'),
    failReason: text('fail_reason'),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [index('bitso_withdrawal_tracking').on(t.trackingKey)],
);

/** Deposits that no payment may take by itself, each with the reason. */
export const suspense = reactor.table(
  'suspense',
  {
    depositId: text('deposit_id')
      .primaryKey()
      .references(() => junoDeposit.id),
    reason: text('reason').notNull(),
    amount: units('amount_centavos').notNull(),
    /** The ISSUANCE that made MXNB of it; only then can it be given to anybody. */
    issuanceId: text('issuance_id').unique(),
    openedAt: moment('opened_at').notNull().defaultNow(),
    /** Set when all of it is given away, Juno itself sent it back, or it turned out to be something else. */
    closedAt: moment('closed_at'),
    /** What it turned out to be: `deposit:ID` or `transaction:ID`, booked there; `leg:ID`, whose payout it brought back. */
    explainedBy: text('explained_by'),
  },
  (t) => [index('suspense_open').on(t.openedAt).where(sql`closed_at is null`)],
);

/** Who a deposit in suspense, or a part of it, was given to. Never edited; the parts never exceed the deposit. */
export const suspensePart = reactor.table(
  'suspense_part',
  {
    id: uuid('id').primaryKey(),
    depositId: text('deposit_id')
      .notNull()
      .references(() => suspense.depositId),
    paymentId: uuid('payment_id')
      .notNull()
      .unique()
      .references(() => payment.id),
    amount: units('amount_centavos').notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('suspense_part_deposit').on(t.depositId)],
);

/** What a user's deposit becomes when no payment waits for it. A change is a new version; old payments keep theirs. */
export const standingTerms = reactor.table(
  'standing_terms',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => user.id),
    version: integer('version').notNull(),
    recipientId: uuid('recipient_id')
      .notNull()
      .references(() => user.id),
    destinationId: uuid('destination_id')
      .notNull()
      .references(() => destination.id),
    /** Where money goes back to; null where the sender's own account is asked for then. */
    refundDestinationId: uuid('refund_destination_id').references(() => destination.id),
    custodyBasisPoints: integer('custody_basis_points').notNull().default(WHOLE_BASIS_POINTS),
    custodySeconds: bigint('custody_seconds', { mode: 'number' }).notNull(),
    releasePolicy: text('release_policy', { enum: RELEASE_POLICIES }).notNull().default('date'),
    fees: jsonb('fees').$type<readonly StandingFee[]>().notNull().default([]),
    concept: text('concept').notNull(),
    minimum: units('minimum_centavos').notNull(),
    maximum: units('maximum_centavos').notNull(),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('standing_terms_version').on(t.userId, t.version),
    uniqueIndex('standing_terms_one_active').on(t.userId).where(sql`is_active`),
  ],
);

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
    // Which of them named a payment's transaction.
    index('webhook_in_ids').using(
      'gin',
      sql`(coalesce(hint -> 'transactionIds', '[]') || coalesce(hint -> 'bitsoIds', '[]'))`,
    ),
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
