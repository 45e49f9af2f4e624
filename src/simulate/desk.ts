import { z } from 'zod';
import { type Clabe, maskClabe } from '../money/clabe.ts';
import { approve } from '../reactor/approvals/approve.ts';
import type { FourEyesCommand } from '../reactor/approvals/command.ts';
import { commandOf } from '../reactor/approvals/commands.ts';
import { propose } from '../reactor/approvals/propose.ts';
import type { Context } from '../reactor/context.ts';
import type { Db } from '../reactor/db/client.ts';
import { snapshotDestination } from '../reactor/payment/create.ts';
import type { Actor } from '../reactor/people/audit.ts';

export const NAME = 'Ana Ruiz';
const FIRST: Actor = { id: '00000000-0000-4000-8000-000000000001', name: 'first', role: 'operator' };
const SECOND: Actor = { id: '00000000-0000-4000-8000-000000000002', name: 'second', role: 'approver' };
const PROPOSALS = z.array(
  z.object({ id: z.string(), parameters: z.unknown(), done_ms: z.coerce.number().nullable(), isOpen: z.boolean() }),
);

/** What two people do together. */
export type TwoPeopleAct = Readonly<{
  command: FourEyesCommand;
  subjectId: string;
  /** For the first, second, … time on its subject. */
  nth?: number;
  reason: string;
  parameters: object;
  /** An account that it names, and what the interface asks before anybody may propose it. */
  account?: Readonly<{ userId: string; clabe: Clabe }>;
  check: (ctx: Context) => Promise<unknown>;
}>;

/** What the first has proposed, the second approves. Throws a Refusal. */
export async function approveAsSecond(ctx: Context, id: string, reason: string): Promise<void> {
  const { wakes } = await approve(ctx, commandOf, {
    ...{ actor: SECOND, id, reason },
    identity: { apiKeyId: SECOND.id, key: `${id} ${ctx.newId()}`, fingerprint: id },
    // Nobody waits in simulated time for a lane that is taken.
    tries: 1,
  });
  for (const job of wakes) await ctx.queue.enqueue(job);
}

/**
 * One look of two people at what is to be done: who comes first proposes it, and at a later look the other approves. Asks the database
 * what was done before, so that a look of which no answer came, because the reactor died, is gone on with. Answers what they did and
 * when, once it is done; null before that. Throws a Refusal.
 */
export async function look(
  { db, desk }: Readonly<{ db: Db; desk: () => Context | undefined }>,
  { command, subjectId, nth = 1, reason, parameters, account, check }: TwoPeopleAct,
): Promise<{ parameters: unknown; done_ms: number } | null> {
  const read = async () => {
    const { rows } = await db.$client.query(
      `SELECT id::text, parameters, extract(epoch FROM executed_at) * 1000 AS done_ms,
         executed_at IS NULL AND withdrawn_at IS NULL AND expires_at > reactor.now() AS "isOpen"
       FROM reactor.proposal WHERE command = $1 AND subject = $2 ORDER BY executed_at NULLS LAST, id`,
      [command.name, `${command.subjectKind}:${subjectId}`],
    );
    return PROPOSALS.parse(rows);
  };
  const before = await read();
  const doneIn = (rows: typeof before) => {
    const { parameters: asked, done_ms } = rows[nth - 1] ?? { parameters: null, done_ms: null };
    return done_ms === null ? null : { parameters: asked, done_ms };
  };
  const done = doneIn(before);
  const ctx = desk();
  if (done || !ctx) return done;
  const open = before.find(({ isOpen }) => isOpen);
  if (open) {
    await approveAsSecond(ctx, open.id, reason);
    return doneIn(await read());
  }
  await check(ctx);
  const destinationId = await ctx.db.transaction(async (tx) => {
    const id =
      account &&
      (await snapshotDestination(tx, ctx.newId(), {
        recipientId: account.userId,
        payout: { clabe: account.clabe, legalName: NAME },
      }));
    const named = account && { destinationId: id, to: maskClabe(account.clabe) };
    await propose(tx, ctx, { command, actor: FIRST, subjectId, parameters: { ...parameters, ...named }, reason });
    return id;
  });
  if (destinationId) await ctx.queue.enqueue({ lane: 'destination', id: destinationId });
  return null;
}
