/** Disputes: who opened one, what each side shows, what two people decided, and who appealed. */
import { sql } from 'drizzle-orm';
import { index, integer, jsonb, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import {
  DISPUTE_OPENERS,
  DISPUTE_OUTCOMES,
  DISPUTE_SIDES,
  DISPUTE_STATES,
  DISPUTE_VOICES,
} from '../../payment/disputed.ts';
import { moment, units } from '../columns.ts';
import { createdAt, reactor } from './base.ts';
import { hold, payment } from './payments.ts';
import { destination, proposal, user } from './people.ts';

/** A file that somebody keeps elsewhere: its name, and the SHA-256 of its bytes in hex. */
export type FileReference = Readonly<{ name: string; sha256: string }>;

export const dispute = reactor.table(
  'dispute',
  {
    id: uuid('id').primaryKey(),
    paymentId: uuid('payment_id')
      .notNull()
      .references(() => payment.id),
    openedBy: text('opened_by', { enum: DISPUTE_OPENERS }).notNull(),
    /** Whose words the statement is; null where it is no user's. */
    userId: uuid('user_id').references(() => user.id),
    reasonCode: text('reason_code').notNull(),
    statement: text('statement').notNull(),
    /** What keeps the money where it is, opened with it and closed when it is final. */
    holdId: uuid('hold_id')
      .notNull()
      .unique()
      .references(() => hold.id),
    state: text('state', { enum: DISPUTE_STATES }).notNull().default('open'),
    openedAt: moment('opened_at').notNull().defaultNow(),
    finalAt: moment('final_at'),
  },
  (t) => [
    index('dispute_payment').on(t.paymentId),
    uniqueIndex('dispute_one_open').on(t.paymentId).where(sql`state <> 'final'`),
  ],
);

export const disputeMove = reactor.table(
  'dispute_move',
  {
    fromState: text('from_state', { enum: DISPUTE_STATES }).notNull(),
    toState: text('to_state', { enum: DISPUTE_STATES }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.fromState, t.toState] })],
);

/** What a side shows: a text, and the names and hashes of files that are kept elsewhere. */
export const disputeEvidence = reactor.table(
  'dispute_evidence',
  {
    id: uuid('id').primaryKey(),
    disputeId: uuid('dispute_id')
      .notNull()
      .references(() => dispute.id),
    givenBy: text('given_by', { enum: DISPUTE_VOICES }).notNull(),
    /** Whose words it is; null where it is no user's. */
    userId: uuid('user_id').references(() => user.id),
    text: text('text').notNull(),
    files: jsonb('files').$type<readonly FileReference[]>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('dispute_evidence_dispute').on(t.disputeId)],
);

/** What two people decided; the newest one counts, unless somebody appealed against it. */
export const disputeResolution = reactor.table(
  'dispute_resolution',
  {
    id: uuid('id').primaryKey(),
    disputeId: uuid('dispute_id')
      .notNull()
      .references(() => dispute.id),
    proposalId: uuid('proposal_id')
      .notNull()
      .unique()
      .references(() => proposal.id),
    outcome: text('outcome', { enum: DISPUTE_OUTCOMES }).notNull(),
    /** Of a split, the payer’s part of what has not left: the one or the other. */
    payerBasisPoints: integer('payer_basis_points'),
    payerAmount: units('payer_centavos'),
    /** The payer's own account; null where nothing goes back. */
    destinationId: uuid('destination_id').references(() => destination.id),
    appealableUntil: moment('appealable_until').notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('dispute_resolution_dispute').on(t.disputeId, t.createdAt)],
);

export const disputeAppeal = reactor.table(
  'dispute_appeal',
  {
    id: uuid('id').primaryKey(),
    disputeId: uuid('dispute_id')
      .notNull()
      .references(() => dispute.id),
    resolutionId: uuid('resolution_id')
      .notNull()
      .unique()
      .references(() => disputeResolution.id),
    givenBy: text('given_by', { enum: DISPUTE_SIDES }).notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => user.id),
    text: text('text').notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('dispute_appeal_once_a_side').on(t.disputeId, t.givenBy)],
);
