/** What a side shows, and its appeal: words and the names of files that are kept elsewhere. */
import { and, desc, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { isRefusedBy } from '../db/refused.ts';
import { dispute, disputeAppeal, disputeEvidence, disputeResolution, payment } from '../db/schema.ts';
import { DISPUTE_LIMITS, type DisputeVoice } from '../payment/disputed.ts';
import { type Actor, audit } from '../people/audit.ts';
import { lockDispute } from './open.ts';
import { appealedBefore, appealTooLate, notOpenForThis, tooMuch } from './refusals.ts';
import type { APPEAL, GIVE_EVIDENCE } from './terms.ts';

/** Keeps what a side shows. Throws a Refusal `dispute_not_found`, `dispute_not_open`, `evidence_full`. */
export async function giveEvidence(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  actor: Actor,
  disputeId: string,
  { by, text, files, reason }: z.output<typeof GIVE_EVIDENCE>,
): Promise<{ id: string }> {
  const row = await lockDispute(tx, disputeId);
  if (row.state === 'final') throw notOpenForThis('evidence', row.state);
  const kept = await tx.$count(disputeEvidence, eq(disputeEvidence.disputeId, disputeId));
  if (kept >= DISPUTE_LIMITS.evidence) throw tooMuch();
  const id = ctx.newId();
  const userId = await userOf(tx, row.paymentId, by);
  await tx.insert(disputeEvidence).values({ id, disputeId, givenBy: by, userId, text, files });
  await audit(tx, {
    ...{ actor, command: 'dispute evidence', subject: `dispute:${disputeId}`, reason },
    detail: { evidence: id, by, files: files.length },
  });
  return { id };
}

/**
 * Opens a decided dispute again, once a side, before the time for it is over by the database's own clock. Throws a Refusal
 * `dispute_not_found`, `dispute_not_open`, `appeal_too_late`, `appealed_before`.
 */
export async function appeal(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  actor: Actor,
  disputeId: string,
  { by, text, reason }: z.output<typeof APPEAL>,
): Promise<{ id: string; paymentId: string }> {
  const row = await lockDispute(tx, disputeId);
  if (row.state !== 'resolved') throw notOpenForThis('appeal', row.state);
  const [before] = await tx
    .select()
    .from(disputeAppeal)
    .where(and(eq(disputeAppeal.disputeId, disputeId), eq(disputeAppeal.givenBy, by)));
  if (before) throw appealedBefore(by);
  const [newest] = await tx
    .select({
      id: disputeResolution.id,
      until: disputeResolution.appealableUntil,
      isLate: sql<boolean>`${disputeResolution.appealableUntil} <= reactor.now()`,
    })
    .from(disputeResolution)
    .where(eq(disputeResolution.disputeId, disputeId))
    .orderBy(desc(disputeResolution.createdAt), desc(disputeResolution.id))
    .limit(1);
  if (!newest) throw new Error(`dispute ${disputeId} is resolved by nothing`);
  if (newest.isLate) throw appealTooLate(newest.until);
  const userId = await userOf(tx, row.paymentId, by);
  if (userId === null) throw new Error(`the ${by} of payment ${row.paymentId} is nobody`);
  const id = ctx.newId();
  // The time may end between the question above and this: the rules have the last word.
  await tx
    .insert(disputeAppeal)
    .values({ id, disputeId, resolutionId: newest.id, givenBy: by, userId, text })
    .catch((error: unknown) => {
      throw isRefusedBy(error, /can be appealed against no more/) ? appealTooLate(newest.until) : error;
    });
  await tx.update(dispute).set({ state: 'open' }).where(eq(dispute.id, disputeId));
  await audit(tx, {
    ...{ actor, command: 'dispute appeal', subject: `dispute:${disputeId}`, reason },
    detail: { appeal: id, resolution: newest.id, by },
  });
  return { id, paymentId: row.paymentId };
}

async function userOf(tx: Tx, paymentId: string, by: DisputeVoice): Promise<string | null> {
  if (by === 'operations') return null;
  const [row] = await tx.select().from(payment).where(eq(payment.id, paymentId));
  return (by === 'payer' ? row?.payerId : row?.recipientId) ?? null;
}
