import { eq, sql } from 'drizzle-orm';
import { centavos } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { junoDeposit, junoMovement, suspense } from '../db/schema.ts';
import { assertLane, type Lane, LaneLostError } from '../effects/lane.ts';
import { JOURNEY } from '../ledger/journey.ts';
import { writeEntry } from '../ledger/write.ts';
import { describeError } from '../log.ts';
import { addSight, findTwin, NOT_NAMED, payoutNames, type Sight } from './twins.ts';

type MovementRow = typeof junoMovement.$inferSelect;

const MOST = 200;
/** A deposit that brings a payout back is read at Juno in less; only what no deposit shows is taken from a movement. */
const NAMED_PATIENCE_S = 30;
/** Sights of what is no return and tells no name are of one thing only when they come together. */
const TOGETHER_MS = 86_400_000;

/**
 * Finds out what each movement that brought money in is: a transaction or a deposit that is read already, or a payout that came
 * back. What is none of these goes to suspense as unexplained, and out of it again when a list shows it later.
 */
export async function explainMovements(ctx: Context, lane: Lane): Promise<void> {
  const rows = await ctx.db
    .select()
    .from(junoMovement)
    .where(
      sql`${junoMovement.explainedBy} IS NULL OR (${junoMovement.explainedBy} = 'suspense' AND EXISTS (
        SELECT 1 FROM reactor.suspense s WHERE s.deposit_id = 'movement:' || ${junoMovement.id} AND s.closed_at IS NULL AND s.issuance_id IS NULL))`,
    )
    // ISSUANCEs first: a deposit whose ISSUANCE is shown takes no other movement for its own.
    .orderBy(
      sql`${junoMovement.explainedBy} NULLS FIRST, EXISTS (SELECT 1 FROM reactor.juno_transaction t
        WHERE t.type = 'ISSUANCE' AND t.id IN (${junoMovement.id}, ${junoMovement.transactionId})) DESC, ${junoMovement.observedAt}`,
    )
    .limit(MOST);
  for (const row of rows) {
    try {
      await explain(ctx, lane, row);
    } catch (error) {
      if (error instanceof LaneLostError) throw error;
      ctx.log.error(
        { event: 'movement_not_explained', movementId: row.id, error: describeError(error) },
        'Money that a movement of Juno shows could not be booked; it is tried again at the next look. Tell engineering if it stays.',
      );
    }
  }
}

async function explain(ctx: Context, lane: Lane, row: MovementRow): Promise<void> {
  const { payout, age_s, transactionId } = await look(ctx, row);
  const names = payoutNames(row.refundOf);
  const isReturn = payout !== null || names.length > 0;
  const within = (work: (tx: Tx) => Promise<void>) =>
    ctx.db.transaction(async (tx) => {
      await assertLane(tx, lane);
      await work(tx);
    });
  const settle = (tx: Tx, explainedBy: string) =>
    tx.update(junoMovement).set({ explainedBy }).where(eq(junoMovement.id, row.id));

  if (transactionId !== null)
    return within(async (tx) => {
      await settle(tx, `transaction:${transactionId}`);
      await withdraw(tx, ctx, row, `transaction:${transactionId}`);
    });
  // It names a payout that is not over: what it means is known when that is.
  if (payout && !payout.isPaid) return;
  const refundOf = row.refundOf ?? (payout && { wid: row.transactionId, trackingKey: null, originId: null });
  const deposit = row.amount === null ? undefined : await depositOf(ctx, row, row.amount, payoutNames(refundOf));
  if (deposit !== undefined)
    return within(async (tx) => {
      await settle(tx, `deposit:${deposit}`);
      await addSight(tx, deposit, 'movements', { ...row, refundOf });
      await withdraw(tx, ctx, row, `deposit:${deposit}`);
    });
  // The lists of deposits and transactions seldom lag by more; where they do, what was put in suspense is taken out again.
  const patience_s = ctx.settings.junoMovementPatience_s;
  if (row.explainedBy !== null || age_s < (isReturn ? Math.min(NAMED_PATIENCE_S, patience_s) : patience_s)) return;
  if (row.isOld && !isReturn) return within((tx) => settle(tx, 'old').then(() => undefined));
  if (row.amount === null || row.currency === 'MXNB') {
    ctx.log.error(
      { event: 'movement_unexplained', movementId: row.id, currency: row.currency },
      'Juno’s history shows that something came in which is no whole number of centavos, or MXNB without a transaction; nothing is booked. A person compares it with Juno.',
    );
    return within((tx) => settle(tx, 'raised').then(() => undefined));
  }
  const { amount } = row;
  await within(async (tx) => {
    await settle(tx, isReturn ? 'return' : 'suspense');
    await tx.insert(junoDeposit).values({
      id: `movement:${row.id}`,
      clabe: row.clabe ?? NOT_NAMED,
      amount,
      status: 'complete',
      senderClabe: row.senderClabe,
      trackingKey: row.trackingKey,
      isRefund: isReturn,
      refundOf,
      seenIn: ['movements'],
    });
  });
}

/** What else is known of it by its names. */
async function look(
  ctx: Context,
  row: MovementRow,
): Promise<{ transactionId: string | null; payout: { isPaid: boolean } | null; age_s: number }> {
  const { rows } = await ctx.db.execute<{ transaction_id: string | null; is_paid: boolean | null; age_s: string }>(sql`
    SELECT (SELECT t.id FROM reactor.juno_transaction t
        WHERE (t.id IN (m.id, m.transaction_id) OR (t.tx_hash = m.tx_hash AND t.type = 'CRYPTO_DEPOSIT'))
          AND (t.type <> 'REDEMPTION' OR t.status = 'failed') LIMIT 1) AS transaction_id,
      (SELECT bool_or(l.state IN ('completed', 'payout_returned')) FROM reactor.effect e JOIN reactor.leg l ON l.id::text = e.subject_id
        WHERE e.kind = 'juno_redemption' AND e.external_id IN (m.id, m.transaction_id)) AS is_paid,
      extract(epoch FROM reactor.now() - m.observed_at)::text AS age_s
    FROM reactor.juno_movement m WHERE m.id = ${row.id}`);
  const [found] = rows;
  return {
    transactionId: found?.transaction_id ?? null,
    payout: found?.is_paid == null ? null : { isPaid: found.is_paid },
    age_s: Number(found?.age_s ?? 0),
  };
}

/** The deposit whose money it shows. */
async function depositOf(
  ctx: Context,
  row: MovementRow,
  amount: bigint,
  payout: readonly string[],
): Promise<string | undefined> {
  const [same] = (
    await ctx.db.execute<{ id: string }>(sql`
      SELECT coalesce(twin_of, id) AS id FROM reactor.juno_deposit
      WHERE id IN (${row.id}, ${row.transactionId ?? row.id}) AND amount_centavos = ${amount.toString()}::numeric`)
  ).rows;
  if (same) return same.id;
  const { clabe, senderClabe, trackingKey } = row;
  const sight: Sight = { amount, clabe, senderClabe, trackingKey, payout };
  const found = await findTwin(ctx, sight, 'movements', (known, how) => {
    if (how === 'named' || known.isRefund) return true;
    const apart_ms = Math.abs(known.observedAt.getTime() - row.observedAt.getTime());
    return payout.length === 0 && !known.isUnexplained && !known.isShownByIssuance && apart_ms < TOGETHER_MS;
  });
  return found?.deposit.id;
}

/** Takes it out of suspense: it is booked, or will be, as what it turned out to be. */
async function withdraw(tx: Tx, ctx: Context, { id }: MovementRow, explainedBy: string): Promise<void> {
  const depositId = `movement:${id}`;
  const { rows } = await tx.execute<{ amount: string }>(sql`
    UPDATE reactor.suspense SET closed_at = reactor.now(), explained_by = ${explainedBy}
    WHERE deposit_id = ${depositId} AND reason = 'unexplained' AND closed_at IS NULL AND issuance_id IS NULL
    RETURNING amount_centavos::text AS amount`);
  const [item] = rows;
  if (!item) return;
  await writeEntry(tx, {
    ...{ id: ctx.newId(), key: `explained:${depositId}`, paymentId: null, effectId: null, state: 'posted' },
    postings: JOURNEY.sent_back(centavos(BigInt(item.amount))),
  });
  ctx.log.info({ event: 'movement_explained', depositId, explainedBy }, 'what was unexplained is known now');
}

/** An ISSUANCE whose deposit no list shows is somebody's money all the same: nobody waits for its deposit longer than this. */
const UNCLAIMED_S = 3_600;

/**
 * Puts ISSUANCEs that nobody claimed into suspense, in whose place the deposit would have come. Of what was there before the
 * first look, the deposits are not all known.
 */
export async function suspendUnclaimedIssuances(ctx: Context, lane: Lane, began: Date): Promise<void> {
  // First the few that nobody has claimed, whatever the planner thinks of the rest.
  const { rows } = await ctx.db.execute<{ id: string; amount: string; clabe: string | null }>(sql`
    WITH unclaimed AS MATERIALIZED (
      SELECT t.* FROM reactor.juno_transaction t
      WHERE t.type = 'ISSUANCE' AND NOT t.is_claimed AND t.status = 'complete' AND t.updated_at < reactor.now() - ${UNCLAIMED_S} * interval '1 second'
        AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_transaction' AND v.external_id = t.id))
    SELECT t.id, t.amount_units::text AS amount, t.clabe FROM unclaimed t
    WHERE coalesce(t.occurred_at, (SELECT min(o.observed_at) FROM reactor.juno_observation o
        WHERE o.resource = 'transaction' AND o.external_id = t.id)) > ${began.toISOString()}::timestamptz
      -- A deposit of its amount still waits for an ISSUANCE, and this may be that one.
      AND NOT EXISTS (SELECT 1 FROM reactor.juno_deposit d
        LEFT JOIN reactor.evidence v ON v.source = 'juno_deposit' AND v.external_id = d.id
        LEFT JOIN reactor.suspense s ON s.deposit_id = d.id
        WHERE d.status = 'complete' AND d.twin_of IS NULL AND d.amount_centavos = t.amount_units AND s.issuance_id IS NULL AND s.closed_at IS NULL
          AND (t.clabe IS NULL OR d.clabe IN (t.clabe, ${NOT_NAMED}))
          AND NOT EXISTS (SELECT 1 FROM reactor.evidence i WHERE i.source = 'juno_transaction' AND i.detail->>'depositId' = d.id))
    ORDER BY t.updated_at LIMIT ${MOST}`);
  for (const { id, amount, clabe } of rows) {
    const depositId = `issuance:${id}`;
    const units = BigInt(amount);
    await ctx.db.transaction(async (tx) => {
      await assertLane(tx, lane);
      const seen = { id: depositId, clabe: clabe ?? NOT_NAMED, amount: units, status: 'complete' };
      await tx.insert(junoDeposit).values({ ...seen, seenIn: ['issuances'] });
      await tx.insert(suspense).values({ depositId, reason: 'unexplained', amount: units, issuanceId: id });
      const claim = (source: string, externalId: string, detail: object) => sql`
        INSERT INTO reactor.evidence (source, external_id, subject_kind, subject_id, detail)
        VALUES (${source}, ${externalId}, 'suspense', ${depositId}, ${JSON.stringify(detail)}::jsonb)`;
      await tx.execute(claim('juno_deposit', depositId, {}));
      await tx.execute(claim('juno_transaction', id, { depositId }));
      for (const step of ['suspense', 'issuance'] as const)
        await writeEntry(tx, {
          ...{ id: ctx.newId(), key: `${step}:${depositId}`, paymentId: null, effectId: null, state: 'posted' },
          postings: JOURNEY[step](centavos(units)),
        });
    });
    ctx.log.error(
      { event: 'issuance_unexplained', issuanceId: id, depositId },
      'Juno issued MXNB, and no list shows the deposit that it is of; it waits in suspense for a person: kustodia suspense list',
    );
  }
}
