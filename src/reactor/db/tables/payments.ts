/** Payments, their legs, and what holds them. */
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
import type { KeptFee } from '../../payment/split.ts';
import { PAYMENT_KINDS, RELEASE_POLICIES } from '../../payment/states.ts';
import { moment, units } from '../columns.ts';
import { createdAt, legKind, legState, rail, reactor } from './base.ts';
import { destination, user } from './people.ts';

export const payment = reactor.table(
  'payment',
  {
    id: uuid('id').primaryKey(),
    /** The integer that the earlier system's queries know a payment by. */
    number: bigint('number', { mode: 'number' }).generatedAlwaysAsIdentity().unique(),
    kind: text('kind', { enum: PAYMENT_KINDS }).notNull().default('escrow'),
    payerId: uuid('payer_id')
      .notNull()
      .references(() => user.id),
    recipientId: uuid('recipient_id')
      .notNull()
      .references(() => user.id),
    /** Null for what begins without a deposit of its own. */
    depositClabe: text('deposit_clabe'),
    /** What its one deposit is, and what its legs sum to: what was agreed on, and the fees that the payer bears. */
    amount: units('amount_centavos').notNull(),
    /** How much of the recipient's part is in custody; the rest is paid at once. */
    custodyBasisPoints: integer('custody_basis_points').notNull().default(WHOLE_BASIS_POINTS),
    custodySeconds: bigint('custody_seconds', { mode: 'number' }).notNull(),
    releasePolicy: text('release_policy', { enum: RELEASE_POLICIES }).notNull().default('date'),
    fees: jsonb('fees').$type<readonly KeptFee[]>().notNull().default([]),
    /** The payer's own account that money goes back to; null where it is asked for then. */
    refundDestinationId: uuid('refund_destination_id').references(() => destination.id),
    concept: text('concept').notNull(),
    expiresAt: moment('expires_at').notNull(),
    /** The standing terms that made it out of a deposit; null when a person or a program asked for it. */
    standingTermsId: uuid('standing_terms_id'),
    /** True until its deposit is claimed or its time to arrive has long passed: while true, nobody may share CLABE and amount. */
    awaitsDeposit: boolean('awaits_deposit').notNull().default(true),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('payment_one_open_per_clabe_and_amount').on(t.depositClabe, t.amount).where(sql`awaits_deposit`),
    index('payment_created').on(t.createdAt),
    // What people look for one by.
    index('payment_amount').on(t.amount, t.number),
    index('payment_clabe_tail').on(sql`right(deposit_clabe, 4)`, t.number),
    index('payment_payer').on(t.payerId, t.number),
    index('payment_recipient').on(t.recipientId, t.number),
  ],
);

/** What a settlement's leg pays: each accrued leg is in at most one, for ever. */
export const settlementItem = reactor.table(
  'settlement_item',
  {
    legId: uuid('leg_id')
      .primaryKey()
      .references(() => leg.id),
    settlementLegId: uuid('settlement_leg_id')
      .notNull()
      .references(() => leg.id),
    createdAt: createdAt(),
  },
  (t) => [index('settlement_item_settlement').on(t.settlementLegId)],
);

export const leg = reactor.table(
  'leg',
  {
    id: uuid('id').primaryKey(),
    /** The integer that the earlier system's queries know its escrow by. */
    number: bigint('number', { mode: 'number' }).generatedAlwaysAsIdentity().unique(),
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
    /** The leg whose place it takes and whose unspent or returned money it pays; null for those that a payment began with. */
    replaces: uuid('replaces').references((): AnyPgColumn => leg.id),
    escrowContract: text('escrow_contract'),
    escrowId: units('escrow_id'),
    /** Unix seconds of the chain's clock, from the chain. */
    deadline: bigint('deadline_seconds', { mode: 'number' }),
    enteredAt: moment('entered_at').notNull().defaultNow(),
    /** When to look again even if nothing happens. */
    dueAt: moment('due_at').notNull().defaultNow(),
    /** The hold or the switch that it waits for and nothing else: once it is gone there is something to do before that. */
    barrier: text('barrier'),
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
    index('leg_destination').on(t.destinationId),
    index('leg_amount').on(t.amount, t.number),
    uniqueIndex('leg_replaces_once').on(t.replaces, t.kind),
    index('leg_due').on(t.dueAt).where(sql`state not in ('completed', 'replaced', 'expired', 'closed')`),
    index('leg_barred')
      .on(t.barrier)
      .where(sql`barrier is not null and state not in ('completed', 'replaced', 'expired', 'closed')`),
    index('leg_open').on(t.state).where(sql`state not in ('completed', 'replaced', 'expired', 'closed')`),
    index('leg_attention').on(t.attentionCode).where(sql`attention_code is not null`),
    index('leg_accrued').on(t.destinationId).where(sql`state = 'accrued'`),
    index('leg_custody_deadline').on(t.deadline).where(sql`state = 'in_custody'`),
    index('leg_on_chain')
      .on(t.state, t.reference)
      .where(sql`state in ('withdrawing', 'creating', 'funding', 'releasing', 'returning')`),
  ],
);

/** That a leg, or a part of it, goes back to the payer as soon as its money is where a payout begins. Once a leg, for ever. */
export const refundOrder = reactor.table('refund_order', {
  legId: uuid('leg_id')
    .primaryKey()
    .references(() => leg.id),
  destinationId: uuid('destination_id')
    .notNull()
    .references(() => destination.id),
  amount: units('amount_centavos').notNull(),
  /** Who ordered it and why, in words for the leg's history. */
  cause: text('cause').notNull(),
  createdAt: createdAt(),
});

/** What a person paid by hand, from Kustodia's own account: its leg is closed, so that no automation pays it too. */
export const settledOutside = reactor.table('settled_outside', {
  legId: uuid('leg_id')
    .primaryKey()
    .references(() => leg.id),
  /** SPEI's own name of the order that paid it. */
  trackingKey: text('tracking_key').notNull().unique(),
  /** Banxico's receipt of it, as it was given, and written in the one way. */
  cepLink: text('cep_link').notNull(),
  receipt: text('receipt').notNull().unique(),
  createdAt: createdAt(),
});

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
  (t) => [
    index('leg_history_payment').on(t.paymentId, t.id),
    // In the order in which they are written: small, and enough for the last day.
    index('leg_history_at').using('brin', t.at),
  ],
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
