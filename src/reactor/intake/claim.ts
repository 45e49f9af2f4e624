import { and, eq, inArray, notExists } from 'drizzle-orm';
import { centavos } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { depositClabe, evidence, junoDeposit, leg, payment, suspense } from '../db/schema.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import { JOURNEY } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { type Match, matchDeposits } from './match.ts';

/** Gives each complete deposit that nobody has claimed to its payment or to suspense. Answers the payments that were paid. */
export async function claimDeposits(ctx: Context, lane: Lane): Promise<string[]> {
  const { db } = ctx;
  const unclaimed = await db
    .select({ id: junoDeposit.id, clabe: junoDeposit.clabe, amount: junoDeposit.amount })
    .from(junoDeposit)
    .where(
      and(
        eq(junoDeposit.status, 'complete'),
        notExists(
          db
            .select()
            .from(evidence)
            .where(and(eq(evidence.source, 'juno_deposit'), eq(evidence.externalId, junoDeposit.id))),
        ),
        notExists(db.select().from(suspense).where(eq(suspense.depositId, junoDeposit.id))),
      ),
    );
  if (unclaimed.length === 0) return [];
  const clabes = [...new Set(unclaimed.map((d) => d.clabe))];
  const open = await db
    .select({ id: payment.id, clabe: payment.depositClabe, amount: payment.amount })
    .from(payment)
    .where(and(inArray(payment.depositClabe, clabes), eq(payment.awaitsDeposit, true)));
  const known = await db
    .select({ clabe: depositClabe.clabe })
    .from(depositClabe)
    .where(inArray(depositClabe.clabe, clabes));
  const matches = matchDeposits(
    unclaimed,
    open.flatMap(({ clabe, ...rest }) => (clabe === null ? [] : [{ clabe, ...rest }])),
    new Set(known.map((k) => k.clabe)),
  );
  for (const match of matches) await settle(ctx, lane, match);
  return matches.flatMap((m) => (m.payment ? [m.payment.id] : []));
}

async function settle(ctx: Context, lane: Lane, match: Match): Promise<void> {
  const { deposit } = match;
  const amount = centavos(deposit.amount);
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    if (!match.payment) {
      await tx.insert(suspense).values({ depositId: deposit.id, reason: match.reason, amount: deposit.amount });
      await writeEntry(tx, {
        id: ctx.newId(),
        key: `suspense:${deposit.id}`,
        paymentId: null,
        effectId: null,
        state: 'posted',
        postings: JOURNEY.suspense(amount),
      });
      return;
    }
    const paymentId = match.payment.id;
    const [open] = await tx
      .update(payment)
      .set({ awaitsDeposit: false })
      .where(and(eq(payment.id, paymentId), eq(payment.awaitsDeposit, true)))
      .returning({ id: payment.id });
    // It expired between the look and the lock: the next look sends the deposit to suspense.
    if (!open) return;
    const [first] = await tx
      .select({ id: leg.id })
      .from(leg)
      .where(and(eq(leg.paymentId, paymentId), eq(leg.state, 'requested')));
    if (!first) throw new Error(`payment ${paymentId} awaits a deposit and has no leg that does`);
    await tx.insert(evidence).values({
      source: 'juno_deposit',
      externalId: deposit.id,
      subjectKind: 'leg',
      subjectId: first.id,
      detail: { paymentId },
    });
    await writeEntry(tx, {
      id: ctx.newId(),
      key: `deposit:${deposit.id}`,
      paymentId,
      effectId: null,
      state: 'posted',
      postings: JOURNEY.deposit(amount),
    });
  });
  if (!match.payment)
    ctx.log.warn(
      { event: 'deposit_in_suspense', depositId: deposit.id, reason: match.reason },
      'a deposit that no payment claims waits in suspense for a person',
    );
}
