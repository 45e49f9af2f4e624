import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { centavos, negate } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { evidence, junoDeposit, suspense } from '../db/schema.ts';
import { assertLane, type Lane } from '../effects/lane.ts';
import type { Posting } from '../ledger/journey.ts';
import { JOURNEY } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { returnDetail } from './claim.ts';
import { asDeposit, loadMatchFacts } from './facts.ts';
import { matchDeposits } from './match.ts';

const MOST = 200;

/**
 * Takes returns out of suspense whose payout a list names by now, for as long as nobody gave them away: the leg is then moved by
 * `advance`, and the books with it. One that no list called a return when it came lies there for another reason (a list of returns
 * that left it out says nothing of the kind). Answers the payments to look at.
 */
export async function rematchReturns(ctx: Context, lane: Lane): Promise<string[]> {
  const items = await ctx.db
    .select({ deposit: junoDeposit })
    .from(suspense)
    .innerJoin(junoDeposit, eq(junoDeposit.id, suspense.depositId))
    .where(and(eq(junoDeposit.isRefund, true), isNull(suspense.closedAt), isNotNull(junoDeposit.refundOf)))
    .orderBy(junoDeposit.observedAt)
    .limit(MOST);
  if (items.length === 0) return [];
  const deposits = items.map(({ deposit }) => asDeposit(deposit));
  const touched: string[] = [];
  for (const match of matchDeposits(deposits, await loadMatchFacts(ctx, deposits))) {
    if (match.to !== 'payout' || !match.isNamed) continue;
    const { deposit, payout } = match;
    const { legId, paymentId } = payout;
    const isMoved = await ctx.db.transaction(async (tx) => {
      await assertLane(tx, lane);
      const [item] = await tx
        .update(suspense)
        .set({ closedAt: sql`reactor.now()`, explainedBy: `leg:${legId}` })
        .where(and(eq(suspense.depositId, deposit.id), isNull(suspense.closedAt)))
        .returning({ issuanceId: suspense.issuanceId, reason: suspense.reason });
      if (!item) return false;
      await tx.insert(evidence).values({
        ...{ source: 'suspense_return', externalId: deposit.id, subjectKind: 'leg', subjectId: legId },
        detail: returnDetail(payout),
      });
      const amount = centavos(deposit.amount);
      const isReturn = item.reason === 'returned';
      const booked: Posting[] = [
        ...JOURNEY[isReturn ? 'suspense_return' : 'suspense'](amount),
        ...(item.issuanceId === null ? [] : JOURNEY[isReturn ? 'return_issuance' : 'issuance'](amount)),
      ];
      await writeEntry(tx, {
        ...{ id: ctx.newId(), key: `rematch:${deposit.id}`, paymentId: null, effectId: null, state: 'posted' },
        postings: booked.map((posting) => ({ ...posting, amount: negate(posting.amount) })),
      });
      return true;
    });
    if (!isMoved) continue;
    touched.push(paymentId);
    ctx.log.info(
      { event: 'return_named', depositId: deposit.id, payment: paymentId },
      'a return in suspense is named now; it goes to the payout that it brought back',
    );
  }
  return touched;
}
