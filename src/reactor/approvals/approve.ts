import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { proposal } from '../db/schema.ts';
import { assertLane, type Lane, LaneLostError, withLane } from '../effects/lane.ts';
import { makeDue } from '../payment/due.ts';
import { type Actor, audit } from '../people/audit.ts';
import { type OnceParameters, once } from '../people/idempotency.ts';
import { isSameName } from '../people/same-name.ts';
import type { Job } from '../queue/port.ts';
import type { FourEyesCommand, ProposalRow } from './command.ts';
import { lockOpen } from './propose.ts';
import { laneBusy, noProposal, ownProposal } from './refusals.ts';

/** How the name of a payment's lane begins. */
const PAYMENT = 'payment:';
const LANE_TRIES = 20;
const LANE_POLL_MS = 250;

/** The command by a name that a proposal has; undefined for one of another release. */
export type CommandOf = (name: string) => FourEyesCommand | undefined;

/**
 * Does what another person proposed: asks the outside once more, takes the lane, and approves and executes in one transaction,
 * once per Idempotency-Key. While somebody works in the lane it tries so often. Answers whom to wake. Throws a Refusal `proposal_not_found`, `proposal_not_open`, `own_proposal`,
 * `in_progress`, and those of the command.
 */
export async function approve(
  ctx: Context,
  commandOf: CommandOf,
  {
    actor,
    id,
    reason,
    identity,
    tries = LANE_TRIES,
  }: { actor: Actor; id: string; reason: string; identity: OnceParameters; tries?: number },
): Promise<{ response: { id: string; command: string; subject: string }; wakes: Job[] }> {
  const [row] = await ctx.db.select().from(proposal).where(eq(proposal.id, id));
  if (!row) throw noProposal();
  const command = commandOf(row.command);
  if (!command) throw new Error(`no command “${row.command}”`);
  const proposed = proposedBy(command, row);
  if (isSamePerson(row, actor)) throw ownProposal();
  // What is done already is answered from before, or refused, under the lock below.
  if (!row.executedAt) await command.check(ctx, proposed);
  const work = (lane: Lane | null) =>
    once(ctx, identity, (tx) => execute(tx, ctx, command, { actor, id, reason, lane, proposed }));
  const name = await command.lane(ctx, proposed);
  const done = name === null ? await work(null) : await inLane(ctx, name, work, tries);
  return { response: done.response, wakes: await command.wakes(ctx, proposed) };
}

async function execute(
  tx: Tx,
  ctx: Context,
  command: FourEyesCommand,
  {
    actor,
    id,
    reason,
    lane,
    proposed,
  }: { actor: Actor; id: string; reason: string; lane: Lane | null; proposed: ReturnType<typeof proposedBy> },
) {
  // Until this commits nobody takes the lane over: who decides next decides on what is ordered here.
  if (lane) await assertLane(tx, lane);
  const row = await lockOpen(tx, id);
  if (isSamePerson(row, actor)) throw ownProposal();
  await tx
    .update(proposal)
    .set({ approvedBy: actor.id, approverName: actor.name, approvedAt: sql`reactor.now()` })
    .where(eq(proposal.id, id));
  await command.execute(tx, ctx, { ...proposed, proposalId: id, lane });
  // Of what is done in the lane of a payment: those that need none make due what they change by themselves.
  if (lane?.name.startsWith(PAYMENT)) await makeDue(tx, lane.name.slice(PAYMENT.length));
  // As it reads now: an erasure takes names out of reasons, its own among them.
  const [done] = await tx
    .update(proposal)
    .set({ executedAt: sql`reactor.now()` })
    .where(eq(proposal.id, id))
    .returning({ because: proposal.reason });
  await audit(tx, {
    actor,
    command: `approve ${row.command}`,
    subject: row.subject,
    reason,
    detail: { proposal: id, proposedBy: row.proposerName, because: done?.because ?? '' },
  });
  return { id, command: row.command, subject: row.subject };
}

/** Two keys of one name, however it is written, are one person's. The database refuses the same. */
const isSamePerson = (row: ProposalRow, actor: Actor): boolean =>
  row.proposedBy === actor.id || isSameName(row.proposerName, actor.name);

const proposedBy = (command: FourEyesCommand, row: ProposalRow) => ({
  subjectId: row.subject.slice(command.subjectKind.length + 1),
  parameters: command.parameters.parse(row.parameters),
});

async function inLane<T>(ctx: Context, name: string, work: (lane: Lane) => Promise<T>, most: number): Promise<T> {
  for (let tries = 1; ; tries++) {
    const result = await withLane({ ...ctx, holder: `${ctx.holder}:person` }, name, async (lane) => ({
      done: await work(lane),
    })).catch((error: unknown) => {
      if (error instanceof LaneLostError) throw laneBusy();
      throw error;
    });
    if (result !== 'busy') return result.done;
    if (tries >= most) throw laneBusy();
    await sleep(LANE_POLL_MS);
  }
}
