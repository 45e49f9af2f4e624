/** Links that approve one release once: signed, of which only the hash is stored, used in time or revoked. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { approvalLink, destination, leg, payment } from '../db/schema.ts';
import type { Party } from '../payment/states.ts';
import { type Actor, audit } from '../people/audit.ts';
import { giveApproval, lockRelease } from './approve.ts';
import { linkOver, noLink } from './refusals.ts';

type LinkRow = typeof approvalLink.$inferSelect;
const TOKEN = /^kal_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

/**
 * The token of a link: its id, and a signature of all that it approves. It is derived and never drawn, so that the answer to a repeated
 * request has it again though nothing here ever stored it.
 */
export function tokenOf(secret: string, link: Pick<LinkRow, 'id' | 'paymentId' | 'legId' | 'party'>): string {
  const what = `kustodia/v1|approval_link|${link.id}|${link.paymentId}|${link.legId}|${link.party}`;
  return `kal_${link.id.replaceAll('-', '')}_${createHmac('sha256', secret).update(what).digest('base64url')}`;
}
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * Makes a link, for the application that users sign in to, by which whoever has its token approves the release as it stands now, once. Read the token with `tokenOf`. Throws a
 * Refusal `approval_not_asked`, `nothing_to_approve`.
 */
export async function makeLink(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings'>,
  { actor, paymentId, party, reason }: { actor: Actor; paymentId: string; party: Party; reason: string },
): Promise<{ id: string; paymentId: string; legId: string; party: Party; expiresAt: string }> {
  // Whoever reads a token can approve with it: one of the house would speak for payer and recipient.
  if (actor.role !== 'agent')
    throw new Error(`a link is made for a user by the application, not by the role ${actor.role}`);
  const { own } = await lockRelease(tx, paymentId);
  const row = { id: ctx.newId(), paymentId, legId: own.id, party };
  const [made] = await tx
    .insert(approvalLink)
    .values({
      ...row,
      tokenHash: hashOf(tokenOf(ctx.settings.keySecret, row)),
      createdBy: `${actor.name} (${actor.id})`,
      expiresAt: sql`reactor.now() + ${ctx.settings.approval.link_s} * interval '1 second'`,
    })
    .returning({ expiresAt: approvalLink.expiresAt });
  if (!made) throw new Error('a link was not written');
  await audit(tx, {
    actor,
    command: 'payment approval-link',
    subject: `payment:${paymentId}`,
    reason,
    detail: { link: row.id, leg: own.id, party },
  });
  return { ...row, expiresAt: made.expiresAt.toISOString() };
}

/** Ends a link that nobody used. Throws a Refusal `link_not_found`, `link_over`. */
export async function revokeLink(
  tx: Tx,
  { actor, paymentId, id, reason }: { actor: Actor; paymentId: string; id: string; reason: string },
): Promise<{ id: string }> {
  const { row } = await lockOpenLink(tx, id);
  if (row.paymentId !== paymentId) throw noLink();
  await tx.update(approvalLink).set({ revokedAt: sql`reactor.now()` }).where(eq(approvalLink.id, id));
  const subject = `payment:${row.paymentId}`;
  await audit(tx, { actor, command: 'payment revoke-link', subject, reason, detail: { link: id, party: row.party } });
  return { id };
}

/** What a link would approve, for whoever has its token. Throws a Refusal `link_not_found`, `link_over`. */
export async function showLink(db: Db, ctx: Pick<Context, 'settings'>, token: string) {
  const id = idIn(token);
  return db.transaction(async (tx) => {
    const { row } = await lockOpenLink(tx, id, { ctx, token });
    const [found] = await tx
      .select({ own: leg, account: destination, concept: payment.concept, release: payment.releasePolicy })
      .from(leg)
      .innerJoin(payment, eq(payment.id, leg.paymentId))
      .innerJoin(destination, eq(destination.id, leg.destinationId))
      .where(eq(leg.id, row.legId));
    if (!found) throw new Error(`no leg ${row.legId}`);
    const { own, account, concept, release } = found;
    return {
      party: row.party,
      amount: formatDecimal(centavos(own.amount)),
      currency: 'MXN' as const,
      ...{ concept, release, to: maskClabe(account.clabe), expiresAt: row.expiresAt.toISOString() },
    };
  });
}

/**
 * Approves by a link: it is used up, and the approval written, in one transaction. Wake the payment once it has committed. Throws a
 * Refusal `link_not_found`, `link_over`, `nothing_to_approve`, `already_approved`.
 */
export async function approveByLink(
  tx: Tx,
  ctx: Pick<Context, 'newId' | 'settings' | 'watchdog'>,
  token: string,
): Promise<{ id: string; paymentId: string; party: Party }> {
  const id = idIn(token);
  const { row: found } = await lockOpenLink(tx, id, { ctx, token });
  const { row: paid, own } = await lockRelease(tx, found.paymentId);
  // What was to be approved has another leg in its place, to another account maybe.
  if (own.id !== found.legId) throw linkOver('what it was for is no longer what would be paid');
  await tx.update(approvalLink).set({ usedAt: sql`reactor.now()` }).where(eq(approvalLink.id, id));
  const userId = found.party === 'payer' ? paid.payerId : paid.recipientId;
  const approval = await giveApproval(tx, ctx, {
    actor: { id, name: 'link', role: 'agent' },
    ...{ paymentId: found.paymentId, party: found.party, userId, linkId: id },
    reason: 'approved by the link that was sent to them',
  });
  return { id: approval.id, paymentId: approval.paymentId, party: approval.party };
}

/** Throws a Refusal `link_not_found` for what is no token that was ever given. */
function idIn(token: string): string {
  const [, id] = TOKEN.exec(token) ?? [];
  if (!id) throw noLink();
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A wrong token and one that never was are told apart by nothing. */
async function lockOpenLink(
  tx: Tx,
  id: string,
  by?: Readonly<{ ctx: Pick<Context, 'settings'>; token: string }>,
): Promise<{ row: LinkRow }> {
  // The payment first, as everybody locks them.
  await tx.execute(
    sql`SELECT 1 FROM reactor.payment WHERE id = (SELECT payment_id FROM reactor.approval_link WHERE id = ${id}) FOR UPDATE`,
  );
  const [found] = await tx
    .select({ row: approvalLink, isLate: sql<boolean>`${approvalLink.expiresAt} <= reactor.now()` })
    .from(approvalLink)
    .where(eq(approvalLink.id, id))
    .for('update');
  if (!found || (by && !isToken(by.ctx, by.token, found.row))) throw noLink();
  const { row, isLate } = found;
  if (row.usedAt) throw linkOver('it was used before');
  if (row.revokedAt) throw linkOver('it was revoked');
  if (isLate) throw linkOver(`it could be used until ${row.expiresAt.toISOString()}`);
  return { row };
}

/** By its hash, and by the signature of what its row says now. */
function isToken({ settings }: Pick<Context, 'settings'>, token: string, row: LinkRow): boolean {
  const [given, wanted] = [Buffer.from(token), Buffer.from(tokenOf(settings.keySecret, row))];
  return given.length === wanted.length && timingSafeEqual(given, wanted) && hashOf(token) === row.tokenHash;
}
