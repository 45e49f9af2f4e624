import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { proposal } from '../db/schema.ts';
import { type Actor, audit } from '../people/audit.ts';
import { reasonTo } from '../people/words.ts';
import type { FourEyesCommand, ProposalRow } from './command.ts';
import { alreadyProposed, noProposal, notOpen } from './refusals.ts';
import { withoutPeople } from './shown.ts';

/** What nobody approved by then is no longer believed to be so. */
const OPEN_FOR = sql`interval '24 hours'`;
const MOST_SHOWN = 200;

const isOpen = and(
  isNull(proposal.executedAt),
  isNull(proposal.withdrawnAt),
  sql`${proposal.expiresAt} > reactor.now()`,
);

export type ProposeParameters<S extends z.ZodType> = Readonly<{
  command: FourEyesCommand<S>;
  actor: Actor;
  subjectId: string;
  parameters: z.output<S>;
  reason: string;
}>;

/**
 * Writes down what one person wants done, for another to approve within 24 hours. Ask `command.check` before, outside the
 * transaction. Throws a Refusal `already_proposed`.
 */
export async function propose<S extends z.ZodType>(
  tx: Tx,
  ctx: Pick<Context, 'newId'>,
  { command, actor, subjectId, parameters, reason }: ProposeParameters<S>,
): Promise<{ id: string }> {
  const subject = `${command.subjectKind}:${subjectId}`;
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`proposal|${command.name}|${subject}`}, 0))`);
  const [before] = await tx
    .select({ id: proposal.id })
    .from(proposal)
    .where(and(eq(proposal.command, command.name), eq(proposal.subject, subject), isOpen));
  if (before) throw alreadyProposed(before.id);
  const id = ctx.newId();
  await tx.insert(proposal).values({
    id,
    command: command.name,
    subject,
    parameters,
    reason,
    proposedBy: actor.id,
    proposerName: actor.name,
    expiresAt: sql`reactor.now() + ${OPEN_FOR}`,
  });
  await audit(tx, { actor, command: `propose ${command.name}`, subject, reason, detail: { proposal: id } });
  return { id };
}

/** Takes back a proposal that nobody approved yet. Whoever may propose may also take back. Throws a Refusal `proposal_not_found`, `proposal_not_open`. */
export async function withdrawProposal(tx: Tx, actor: Actor, id: string, reason: string): Promise<{ id: string }> {
  const row = await lockOpen(tx, id);
  await tx.update(proposal).set({ withdrawnAt: sql`reactor.now()` }).where(eq(proposal.id, id));
  await audit(tx, {
    actor,
    command: `withdraw ${row.command}`,
    subject: row.subject,
    reason,
    detail: { proposal: id },
  });
  return { id };
}

/** Locks a proposal that can still be approved or withdrawn. Throws a Refusal `proposal_not_found`, `proposal_not_open`. */
export async function lockOpen(tx: Tx, id: string): Promise<ProposalRow> {
  const [found] = await tx
    .select({ row: proposal, isLate: sql<boolean>`${proposal.expiresAt} <= reactor.now()` })
    .from(proposal)
    .where(eq(proposal.id, id))
    .for('update');
  if (!found) throw noProposal();
  const { row, isLate } = found;
  if (row.executedAt) throw notOpen('approved and done');
  if (row.withdrawnAt) throw notOpen('withdrawn');
  if (isLate) throw notOpen(`not approved before ${row.expiresAt.toISOString()}`);
  return row;
}

/** What of a proposal somebody may read. */
export type MayRead = Readonly<{
  /** Of those who read the audit log. */
  canReadReasons: boolean;
  /** Of those who may read of people, or are to approve. */
  canReadWhole: boolean;
}>;

export type ListProposalsParameters = Readonly<{
  subject?: string | undefined;
  limit?: number;
  may: MayRead;
  /** The last one of the page before. */
  before?: { at: Date; id: string } | undefined;
}>;

/** Proposals, newest first: the open ones, or those of a subject. */
export async function listProposals(db: Db, { subject, limit = MOST_SHOWN, before, may }: ListProposalsParameters) {
  const rows = await db
    .select()
    .from(proposal)
    .where(
      and(
        subject === undefined ? isOpen : eq(proposal.subject, subject),
        before &&
          sql`(${proposal.createdAt}, ${proposal.id}) < (${before.at.toISOString()}::timestamptz, ${before.id}::uuid)`,
      ),
    )
    .orderBy(desc(proposal.createdAt), desc(proposal.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    proposals: page.map((row) => shownProposal(row, may)),
    next: last ? { at: last.createdAt, id: last.id } : null,
  };
}

const shownProposal = (row: ProposalRow, { canReadReasons, canReadWhole }: MayRead) => ({
  id: row.id,
  command: row.command,
  subject: row.subject,
  parameters: canReadWhole
    ? (row.parameters as Record<string, unknown>)
    : withoutPeople(row.parameters as Record<string, unknown>),
  reason: reasonTo(canReadReasons, row.reason),
  proposedBy: row.proposerName,
  proposedAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  approvedBy: row.approverName,
  executedAt: row.executedAt?.toISOString() ?? null,
  withdrawnAt: row.withdrawnAt?.toISOString() ?? null,
});
