import { type AnyColumn, and, asc, desc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { databaseNow } from '../db/client.ts';
import {
  approvalLink,
  destination,
  effect,
  leg,
  payment,
  refundOrder,
  releaseApproval,
  releaseWithdrawal,
} from '../db/schema.ts';
import { makeDue } from '../payment/due.ts';
import { approvalEnd, asksApprovals, stands } from '../payment/release.ts';
import { BEFORE_RELEASE, isLive, type Party } from '../payment/states.ts';
import { type Actor, audit } from '../people/audit.ts';
import {
  alreadyApproved,
  alreadyWithdrawn,
  noApproval,
  notAsked,
  nothingToApprove,
  notTheParty,
  releaseSent,
} from './refusals.ts';

type LegRow = typeof leg.$inferSelect;
type PaymentRow = typeof payment.$inferSelect;

/** The release that can be approved now, with its payment locked. Throws a Refusal `approval_not_asked`, `nothing_to_approve`. */
export async function lockRelease(tx: Tx, paymentId: string): Promise<{ row: PaymentRow; own: LegRow }> {
  const [row] = await tx.select().from(payment).where(eq(payment.id, paymentId)).for('update');
  if (!row) throw nothingToApprove('There is no such payment.');
  if (!asksApprovals(row.releasePolicy)) throw notAsked();
  const legs = await tx
    .select({ own: leg, ordered: refundOrder.legId, differs: destination.differs })
    .from(leg)
    .innerJoin(destination, eq(destination.id, leg.destinationId))
    .leftJoin(refundOrder, eq(refundOrder.legId, leg.id))
    .where(and(eq(leg.paymentId, paymentId), eq(leg.kind, 'custody')))
    .orderBy(asc(leg.createdAt));
  const [found] = legs.filter(({ own }) => isLive(own.state));
  if (!found) throw nothingToApprove('Nothing of it is in custody, or it has ended.');
  if (!BEFORE_RELEASE.has(found.own.state)) throw nothingToApprove('Its money has left the custody, or is leaving it.');
  if (found.ordered) throw nothingToApprove('Its money goes back to the payer.');
  if (found.differs) throw nothingToApprove('Juno has another CLABE or name for the account that would be paid.');
  return { row, own: found.own };
}

export type GiveApprovalParameters = Readonly<{
  actor: Actor;
  paymentId: string;
  party: Party;
  userId: string;
  reason: string;
  /** The link that it is given by. */
  linkId?: string;
}>;

/**
 * Writes down that the payer or the recipient approves the release of what is in custody, as it stands: its amount and its account. Wake
 * the payment once it has committed. Throws a Refusal `approval_not_asked`, `nothing_to_approve`, `not_the_party`, `already_approved`.
 */
export async function giveApproval(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings' | 'watchdog'>,
  { actor, paymentId, party, userId, reason, linkId }: GiveApprovalParameters,
): Promise<{ id: string; paymentId: string; legId: string; party: Party }> {
  const { row, own } = await lockRelease(tx, paymentId);
  if (userId.toLowerCase() !== (party === 'payer' ? row.payerId : row.recipientId)) throw notTheParty(party);
  const now = await databaseNow(tx);
  const clocks = { now, chain_s: ctx.watchdog.current().headTimestamp };
  const before = await unwithdrawn(tx, own.id, party);
  const standing = before.find((one) =>
    stands({ party, givenAt: one.givenAt, valid_s: one.valid }, own.deadline, clocks),
  );
  if (standing) throw alreadyApproved(party, standing.id);
  const id = ctx.newId();
  await tx.insert(releaseApproval).values({
    ...{ id, paymentId, legId: own.id, party, userId, valid: ctx.settings.approval.valid_s },
    ...{ givenBy: `${actor.name} (${actor.id})`, givenAt: sql`reactor.now()`, linkId: linkId ?? null },
  });
  await makeDue(tx, paymentId);
  await audit(tx, {
    actor,
    command: 'payment approve',
    subject: `payment:${paymentId}`,
    reason,
    detail: { approval: id, leg: own.id, party, user: userId, ...(linkId ? { link: linkId } : {}) },
  });
  return { id, paymentId, legId: own.id, party };
}

const unwithdrawn = async (tx: Tx, legId: string, party: Party) =>
  (
    await tx
      .select({ row: releaseApproval })
      .from(releaseApproval)
      .leftJoin(releaseWithdrawal, eq(releaseWithdrawal.approvalId, releaseApproval.id))
      .where(
        and(
          eq(releaseApproval.legId, legId),
          eq(releaseApproval.party, party),
          isNull(releaseWithdrawal.approvalId),
          // One from before a recovery counts no more, and is given again.
          sql`NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.changed_by IS NOT NULL AND s.changed_at >= ${releaseApproval.givenAt})`,
        ),
      )
  ).map(({ row }) => row);

/**
 * Takes an approval back, until the release that it let out was signed and sent. Wake the payment once it has committed. Throws a
 * Refusal `approval_not_found`, `approval_withdrawn`, `release_sent`.
 */
export async function withdrawApproval(
  tx: Tx,
  { actor, paymentId, id, reason }: { actor: Actor; paymentId: string; id: string; reason: string },
): Promise<{ id: string; paymentId: string }> {
  await tx.select().from(payment).where(eq(payment.id, paymentId)).for('update');
  const [found] = await tx
    .select({ own: leg, withdrawn: releaseWithdrawal.approvalId })
    .from(releaseApproval)
    .innerJoin(leg, eq(leg.id, releaseApproval.legId))
    .leftJoin(releaseWithdrawal, eq(releaseWithdrawal.approvalId, releaseApproval.id))
    .where(and(eq(releaseApproval.id, id), eq(releaseApproval.paymentId, paymentId)));
  if (!found) throw noApproval();
  if (found.withdrawn) throw alreadyWithdrawn();
  const isBefore = BEFORE_RELEASE.has(found.own.state) || found.own.state === 'releasing';
  if (!isBefore || (await isSent(tx, found.own.id))) throw releaseSent();
  await tx
    .insert(releaseWithdrawal)
    .values({ approvalId: id, withdrawnBy: `${actor.name} (${actor.id})`, reason, withdrawnAt: sql`reactor.now()` });
  await makeDue(tx, paymentId);
  await audit(tx, {
    actor,
    command: 'payment withdraw-approval',
    subject: `payment:${paymentId}`,
    reason,
    detail: { approval: id },
  });
  return { id, paymentId };
}

/** Whether a release of the leg was signed, or is done. */
async function isSent(tx: Tx, legId: string): Promise<boolean> {
  const sent = await tx.$count(
    effect,
    and(
      eq(effect.subjectKind, 'leg'),
      eq(effect.subjectId, legId),
      eq(effect.kind, 'chain_release'),
      inArray(effect.state, ['sending', 'unknown', 'confirmed']),
    ),
  );
  return sent > 0;
}

const MOST_SHOWN = 200;

type Place = Readonly<{ at: Date; id: string }>;
/** The last of a page of approvals, and of one of links: what is older comes next. */
export type ApprovalsBefore = Readonly<{ approvals?: Place | undefined; links?: Place | undefined }>;

/**
 * The approvals of a payment and the links to give one, the newest 200 of each, oldest first; no tokens. `until`: null while the custody
 * has no end yet. `next`: from where older ones go on, where there are.
 */
export async function listApprovals(db: Db, paymentId: string, before: ApprovalsBefore = {}) {
  const [approvals, links] = await Promise.all([
    db
      .select({ row: releaseApproval, withdrawal: releaseWithdrawal, deadline: leg.deadline })
      .from(releaseApproval)
      .innerJoin(leg, eq(leg.id, releaseApproval.legId))
      .leftJoin(releaseWithdrawal, eq(releaseWithdrawal.approvalId, releaseApproval.id))
      .where(
        and(
          eq(releaseApproval.paymentId, paymentId),
          olderThan(releaseApproval.givenAt, releaseApproval.id, before.approvals),
        ),
      )
      .orderBy(desc(releaseApproval.givenAt), desc(releaseApproval.id))
      .limit(MOST_SHOWN + 1),
    db
      .select()
      .from(approvalLink)
      .where(
        and(eq(approvalLink.paymentId, paymentId), olderThan(approvalLink.createdAt, approvalLink.id, before.links)),
      )
      .orderBy(desc(approvalLink.createdAt), desc(approvalLink.id))
      .limit(MOST_SHOWN + 1),
  ]);
  const [given, made] = [approvals.slice(0, MOST_SHOWN), links.slice(0, MOST_SHOWN)];
  const [oldest, first] = [given.at(-1)?.row, made.at(-1)];
  return {
    next: {
      approvals: approvals.length > MOST_SHOWN && oldest ? { at: oldest.givenAt, id: oldest.id } : null,
      links: links.length > MOST_SHOWN && first ? { at: first.createdAt, id: first.id } : null,
    },
    approvals: given.reverse().map(({ row, withdrawal, deadline }) => ({
      ...{ id: row.id, legId: row.legId, party: row.party, userId: row.userId, givenBy: row.givenBy },
      givenAt: row.givenAt.toISOString(),
      until: dated(approvalEnd({ party: row.party, givenAt: row.givenAt, valid_s: row.valid }, deadline)),
      withdrawnAt: withdrawal?.withdrawnAt.toISOString() ?? null,
    })),
    links: made.reverse().map(({ id, legId, party, createdBy, createdAt, expiresAt, usedAt, revokedAt }) => ({
      ...{ id, legId, party, createdBy, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() },
      ...{ usedAt: usedAt?.toISOString() ?? null, revokedAt: revokedAt?.toISOString() ?? null },
    })),
  };
}

const olderThan = (at: AnyColumn, id: AnyColumn, place: Place | undefined): SQL | undefined =>
  place && sql`(${at}, ${id}) < (${place.at.toISOString()}::timestamptz, ${place.id}::uuid)`;

const dated = (unix_s: number | null): string | null =>
  unix_s === null ? null : new Date(unix_s * 1000).toISOString();
