import { and, eq, isNull, sql } from 'drizzle-orm';
import { centavos } from '../../money/money.ts';
import { findIssuance, findUnwantedIssuance } from '../advance/juno-facts.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { evidence, ledgerEntry, suspense } from '../db/schema.ts';
import { assertLane, type Lane, LaneLostError } from '../effects/lane.ts';
import { JOURNEY, type JourneyStep } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { describeError } from '../log.ts';
import type { JunoFact } from '../payment/view.ts';
import { NOT_NAMED } from './twins.ts';

const MOST = 200;

/** Two people saw in Juno's balance that a return is MXNB, before any ISSUANCE showed; the books have it since. */
const BOOKED_BY_PEOPLE = sql`
  SELECT 1 FROM reactor.ledger_entry b WHERE b.key = 'return_issuance:' || d.id
    AND NOT EXISTS (SELECT 1 FROM reactor.evidence i WHERE i.source = 'juno_transaction' AND i.detail->>'depositId' = d.id)`;

/** A deposit that no payment waits with: in suspense, or the return of a leg's payout. */
type Waiting = {
  id: string;
  clabe: string;
  amount: string;
  subject_kind: 'suspense' | 'leg';
  subject_id: string;
  /** The payment whose payout came back; null in suspense. */
  payment_id: string | null;
  /** It was issued in suspense, before it was known whose return it is. */
  was_issued: boolean;
};

/**
 * Finds the ISSUANCEs of deposits in suspense and of returned payouts and books them: from then on their money is MXNB in Juno's
 * pool. Where Juno refused to issue, it has sent the pesos back, and their item is closed.
 */
export async function claimIssuances(ctx: Context, lane: Lane): Promise<void> {
  // Only where one of the same CLABE and amount lies unclaimed: the others wait without being asked for.
  const { rows } = await ctx.db.execute<Waiting>(sql`
    SELECT d.id, d.clabe, d.amount_centavos::text AS amount, v.subject_kind, v.subject_id, l.payment_id, o.issuance_id IS NOT NULL AS was_issued
    FROM reactor.juno_deposit d JOIN reactor.evidence v ON v.source = 'juno_deposit' AND v.external_id = d.id
      LEFT JOIN reactor.suspense s ON s.deposit_id = d.id AND s.closed_at IS NULL AND s.issuance_id IS NULL
      LEFT JOIN reactor.evidence r ON r.source = 'suspense_return' AND r.external_id = d.id
      LEFT JOIN reactor.suspense o ON o.deposit_id = r.external_id
      LEFT JOIN reactor.leg l ON (l.state = 'payout_returned' OR (l.state IN ('replaced', 'closed') AND EXISTS (${BOOKED_BY_PEOPLE})))
        AND l.id::text = coalesce(r.subject_id, CASE WHEN v.subject_kind = 'leg' AND v.detail @> '{"isReturn": true}' THEN v.subject_id END)
    WHERE d.id IN (
        SELECT deposit_id FROM reactor.suspense WHERE closed_at IS NULL AND issuance_id IS NULL
        UNION SELECT id FROM reactor.juno_deposit WHERE is_refund)
      AND (s.deposit_id IS NOT NULL OR l.id IS NOT NULL)
      AND CASE WHEN o.issuance_id IS NOT NULL
        THEN NOT EXISTS (SELECT 1 FROM reactor.ledger_entry b WHERE b.key = 'return_issuance:rematch:' || d.id)
        ELSE EXISTS (SELECT 1 FROM reactor.juno_transaction t
          WHERE t.type = 'ISSUANCE' AND t.status IN ('complete', 'failed') AND (t.clabe = d.clabe OR d.clabe = ${NOT_NAMED}) AND t.amount_units = d.amount_centavos
            AND NOT EXISTS (SELECT 1 FROM reactor.evidence c WHERE c.source = 'juno_transaction' AND c.external_id = t.id)) END
    ORDER BY d.observed_at LIMIT ${MOST}`);
  for (const item of rows) {
    try {
      if (item.was_issued) {
        await ctx.db.transaction((tx) => book(tx, ctx, { ...item, id: `rematch:${item.id}` }, 'return_issuance'));
        continue;
      }
      const { id: depositId, clabe } = item;
      const amount = BigInt(item.amount);
      const issuance =
        clabe === NOT_NAMED
          ? await findUnwantedIssuance(ctx, { depositId, amount })
          : await findIssuance(ctx, { depositId, clabe, amount });
      if (!issuance) continue;
      await ctx.db.transaction(async (tx) => {
        await assertLane(tx, lane);
        await (item.payment_id === null ? issueSuspended : issueReturned)(tx, ctx, item, issuance);
      });
    } catch (error) {
      if (error instanceof LaneLostError) throw error;
      ctx.log.error(
        { event: 'issuance_not_claimed', ...forWhom(item), depositId: item.id, error: describeError(error) },
        'The ISSUANCE of a deposit could not be booked; it is tried again at the next look. Tell engineering if it stays.',
      );
    }
  }
}

const forWhom = ({ payment_id }: Waiting) => (payment_id === null ? {} : { payment: payment_id });

async function issueSuspended(tx: Tx, ctx: Context, item: Waiting, issuance: JunoFact): Promise<void> {
  const isIssued = issuance.status === 'complete';
  const [moved] = await tx
    .update(suspense)
    .set(isIssued ? { issuanceId: issuance.id } : { closedAt: sql`reactor.now()` })
    .where(and(eq(suspense.depositId, item.id), isNull(suspense.issuanceId), isNull(suspense.closedAt)))
    .returning({ reason: suspense.reason });
  if (!moved) return;
  const isReturn = moved.reason === 'returned';
  const step: JourneyStep = isIssued
    ? isReturn
      ? 'return_issuance'
      : 'issuance'
    : isReturn
      ? 'return_sent_back'
      : 'sent_back';
  await claim(tx, item, issuance);
  await book(tx, ctx, item, step);
  if (!isIssued)
    ctx.log.warn(
      { event: 'deposit_sent_back', depositId: item.id, reason: moved.reason },
      'Juno did not issue a deposit in suspense and sends its pesos back to the sender by itself; the item is closed',
    );
}

async function issueReturned(tx: Tx, ctx: Context, item: Waiting, issuance: JunoFact): Promise<void> {
  await claim(tx, item, issuance);
  const [booked] = await tx
    .select()
    .from(ledgerEntry)
    .where(eq(ledgerEntry.key, `return_issuance:${item.id}`));
  if (issuance.status === 'complete') return booked ? undefined : book(tx, ctx, item, 'return_issuance');
  ctx.log.error(
    { event: 'return_not_issued', ...forWhom(item), depositId: item.id },
    'Juno refused to issue the pesos of a payout that came back; where they are is not known. A person asks Juno’s support; nothing is paid meanwhile.',
  );
}

async function claim(tx: Tx, item: Waiting, issuance: JunoFact): Promise<void> {
  await tx.insert(evidence).values({
    source: 'juno_transaction',
    externalId: issuance.id,
    subjectKind: item.subject_kind,
    subjectId: item.subject_id,
    detail: { depositId: item.id },
  });
}

async function book(tx: Tx, ctx: Context, item: Waiting, step: JourneyStep): Promise<void> {
  await writeEntry(tx, {
    id: ctx.newId(),
    key: `${step}:${item.id}`,
    paymentId: item.payment_id,
    effectId: null,
    state: 'posted',
    postings: JOURNEY[step](centavos(BigInt(item.amount))),
  });
}
