/** Who approved that money leaves its custody: payer and recipient, and above an amount two people of ours. */
import { sql } from 'drizzle-orm';
import { bigint, index, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { PARTIES } from '../../payment/states.ts';
import { moment } from '../columns.ts';
import { createdAt, reactor } from './base.ts';
import { leg, payment } from './payments.ts';
import { proposal, user } from './people.ts';

/** A way to approve one release once. Whoever has its token approves; of the token only the hash is here. */
export const approvalLink = reactor.table(
  'approval_link',
  {
    id: uuid('id').primaryKey(),
    paymentId: uuid('payment_id')
      .notNull()
      .references(() => payment.id),
    legId: uuid('leg_id')
      .notNull()
      .references(() => leg.id),
    party: text('party', { enum: PARTIES }).notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    createdBy: text('created_by').notNull(),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    usedAt: moment('used_at'),
    revokedAt: moment('revoked_at'),
  },
  (t) => [index('approval_link_payment').on(t.paymentId)],
);

/** That the payer or the recipient approved the release of a leg. Never edited: it is withdrawn by a row of its own. */
export const releaseApproval = reactor.table(
  'release_approval',
  {
    id: uuid('id').primaryKey(),
    paymentId: uuid('payment_id')
      .notNull()
      .references(() => payment.id),
    legId: uuid('leg_id')
      .notNull()
      .references(() => leg.id),
    party: text('party', { enum: PARTIES }).notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => user.id),
    /** The link that it was given by; null where a program gave it on behalf of the user. */
    linkId: uuid('link_id').references(() => approvalLink.id),
    /** The API key that gave it, or the link. */
    givenBy: text('given_by').notNull(),
    givenAt: moment('given_at').notNull().defaultNow(),
    /** It counts for so long from the end of the custody on, or from when it was given if that is later. */
    valid: bigint('valid_seconds', { mode: 'number' }).notNull(),
  },
  (t) => [
    index('release_approval_leg').on(t.legId),
    index('release_approval_payment').on(t.paymentId),
    uniqueIndex('release_approval_link_once').on(t.linkId).where(sql`link_id is not null`),
  ],
);

/** That an approval counts no more. Once an approval, for ever. */
export const releaseWithdrawal = reactor.table('release_withdrawal', {
  approvalId: uuid('approval_id')
    .primaryKey()
    .references(() => releaseApproval.id),
  withdrawnBy: text('withdrawn_by').notNull(),
  reason: text('reason').notNull(),
  withdrawnAt: moment('withdrawn_at').notNull().defaultNow(),
});

/** That two people let a leg out of its custody, over the amount from which that is asked. Once a leg, for ever. */
export const releaseOrder = reactor.table('release_order', {
  legId: uuid('leg_id')
    .primaryKey()
    .references(() => leg.id),
  proposalId: uuid('proposal_id')
    .notNull()
    .references(() => proposal.id),
  createdAt: createdAt(),
});
