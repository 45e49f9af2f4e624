import { z } from 'zod';
import { type Clabe, clabeControlDigit, parseClabe } from '../money/clabe.ts';
import { approve } from '../reactor/approvals/approve.ts';
import { commandOf } from '../reactor/approvals/commands.ts';
import { propose } from '../reactor/approvals/propose.ts';
import type { Context } from '../reactor/context.ts';
import type { Db } from '../reactor/db/client.ts';
import { snapshotDestination } from '../reactor/payment/create.ts';
import type { Actor } from '../reactor/people/audit.ts';
import { Refusal } from '../reactor/people/refusal.ts';
import { assertPayable, REPAY_LEG } from '../reactor/replace/repay.ts';
import type { Chance } from './chance.ts';
import type { Time } from './time.ts';

const HOUR_MS = 3_600_000;
const NAME = 'Ana Ruiz';
const REASON = 'the recipient names another account';
const FIRST: Actor = { id: '00000000-0000-4000-8000-000000000001', name: 'first', role: 'operator' };
const SECOND: Actor = { id: '00000000-0000-4000-8000-000000000002', name: 'second', role: 'approver' };

const LEGS = z.array(z.object({ id: z.string(), user: z.string(), proposal: z.string().nullable() }));
const LOOK = `
  SELECT l.id::text, d.user_id::text AS user, (SELECT p.id::text FROM reactor.proposal p WHERE p.subject = 'leg:' || l.id
    AND p.executed_at IS NULL AND p.withdrawn_at IS NULL AND p.expires_at > reactor.now() LIMIT 1) AS proposal
  FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id
  WHERE l.state IN ('payout_returned', 'payout_failed') ORDER BY 1`;

/**
 * Two people who look now and then for what came back or failed, and have it paid to another account: one proposes, and at a later
 * look the other approves. What is refused them is tried at the next look.
 */
export function startTeam(parameters: {
  db: Db;
  time: Time;
  chance: Chance;
  /** One of the reactors, by whose interface they ask; undefined while none lives. */
  desk: () => Context | undefined;
  stir: () => void;
  say: (line: string) => void;
}): void {
  const { db, time, chance, desk, stir, say } = parameters;

  async function attend(ctx: Context, { id, user, proposal }: z.output<typeof LEGS>[number]): Promise<void> {
    if (proposal !== null) {
      const identity = { apiKeyId: SECOND.id, key: `${proposal} ${chance.uuid('approval')}`, fingerprint: proposal };
      const { wakes } = await approve(ctx, commandOf, {
        ...{ actor: SECOND, id: proposal, reason: REASON, identity },
        // Nobody waits in simulated time for a lane that is taken.
        tries: 1,
      });
      for (const job of wakes) await ctx.queue.enqueue(job);
      say(`leg ${id} is paid again`);
      return;
    }
    const clabe = accountOf(chance.next(`account ${id}`).int(0, 99_999));
    await assertPayable(ctx, id, { clabe });
    const destinationId = await ctx.db.transaction(async (tx) => {
      const account = await snapshotDestination(tx, ctx.newId(), {
        recipientId: user,
        payout: { clabe, legalName: NAME },
      });
      const parameters = { destinationId: account, to: 'another account' };
      await propose(tx, ctx, { command: REPAY_LEG, actor: FIRST, subjectId: id, parameters, reason: REASON });
      return account;
    });
    await ctx.queue.enqueue({ lane: 'destination', id: destinationId });
    say(`leg ${id} is to be paid again`);
  }

  const again = (): void => {
    time.after(chance.next('team').int(HOUR_MS, 8 * HOUR_MS), 'team', look);
  };
  async function look(): Promise<void> {
    // First, so that whatever becomes of this look, there is another.
    again();
    for (const one of LEGS.parse((await db.$client.query(LOOK)).rows)) {
      const ctx = desk();
      if (!ctx) return;
      try {
        await attend(ctx, one);
        stir();
      } catch (error) {
        if (!(error instanceof Refusal)) say(`the team failed: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  again();
}

/** At a bank that nobody else of the population is paid at, so that no two are paid the same at one account. */
function accountOf(number: number): Clabe {
  const first17 = `036180${String(number).padStart(11, '0')}`;
  return parseClabe(`${first17}${clabeControlDigit(first17)}`);
}
