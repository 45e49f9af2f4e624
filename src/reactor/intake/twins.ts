import { and, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { evidence, junoDeposit } from '../db/schema.ts';

/** Where money that came in is seen. Each shows it once; two may show the same. */
export type SeenIn = 'deposits' | 'bitso' | 'movements' | 'issuances';

/** One sight of money that came in. */
export type Sight = Readonly<{
  amount: bigint;
  /** Null where it is not told. */
  clabe: string | null;
  /** As shown, which may be masked by asterisks. */
  senderClabe: string | null;
  trackingKey: string | null;
  /** Everything by which it names the payout that came back. */
  payout: readonly string[];
}>;

/**
 * Whether two sights in two lists are of the same money: `named` by a key or payout that both tell, `maybe` where nothing that
 * they tell differs. Pure.
 */
export function compareSights(a: Sight, b: Sight): 'named' | 'maybe' | 'no' {
  if (a.amount !== b.amount) return 'no';
  const namesOf = ({ payout, trackingKey }: Sight) => [...payout, ...(trackingKey === null ? [] : [trackingKey])];
  const names = new Set(namesOf(a));
  if (namesOf(b).some((name) => names.has(name))) return 'named';
  const differ = (one: string | null, other: string | null) => one !== null && other !== null && one !== other;
  const areOfTwoPayouts = a.payout.length > 0 && b.payout.length > 0;
  return areOfTwoPayouts ||
    differ(a.trackingKey, b.trackingKey) ||
    differ(a.clabe, b.clabe) ||
    areOfTwoSenders(a.senderClabe, b.senderClabe)
    ? 'no'
    : 'maybe';
}

/** Whether two CLABEs differ in a digit that both of them show. */
function areOfTwoSenders(a: string | null, b: string | null): boolean {
  if (a === null || b === null || a.length !== b.length) return false;
  return [...a].some((digit, at) => digit !== '*' && b[at] !== '*' && digit !== b[at]);
}

/** What stands for a CLABE that no list tells. */
export const NOT_NAMED = 'not named';

export const clabeOf = (clabe: string | null): string | null => (clabe === NOT_NAMED ? null : clabe);

/** Everything by which Juno or Bitso names a payout: wid, tracking key, origin_id. */
export const payoutNames = (refundOf: unknown): string[] =>
  Object.values(refundOf ?? {}).filter((name) => typeof name === 'string' && name !== '');

export type Known = Readonly<{
  id: string;
  isRefund: boolean;
  /** In movements or issuances alone, so that nobody knows what it is. */
  isUnexplained: boolean;
  /** In suspense, and MXNB already or given away: it stays where it is. */
  isSettled: boolean;
  /** A movement names the ISSUANCE that it brought, and so has shown this money already. */
  isShownByIssuance: boolean;
  observedAt: Date;
  sight: Sight;
}>;
export type Found = Readonly<{ deposit: Known; how: 'named' | 'maybe' }>;

/** Money that no list of deposits shows, of a deposit under the name `d`. */
export const IS_UNEXPLAINED = sql`(NOT d.is_refund AND NOT d.seen_in && ARRAY['deposits', 'bitso'])`;

/** A deposit that this list has not shown yet and that a sight in it may be of: whatever names itself, else the oldest. */
export async function findTwin(
  ctx: Pick<Context, 'db'>,
  sight: Sight,
  list: SeenIn,
  isEligible: (known: Known, how: 'named' | 'maybe') => boolean,
): Promise<Found | undefined> {
  const { rows } = await ctx.db.execute<{
    id: string;
    clabe: string;
    tracking_key: string | null;
    refund_of: unknown;
    is_refund: boolean;
    sender_clabe: string | null;
    is_unexplained: boolean;
    is_settled: boolean;
    is_issued: boolean;
    observed_at: string;
    paid_by: string[] | null;
  }>(sql`
    SELECT d.id, d.clabe, d.tracking_key, d.refund_of, d.is_refund, d.observed_at, d.sender_clabe,
      EXISTS (SELECT 1 FROM reactor.suspense s WHERE s.deposit_id = d.id AND (s.issuance_id IS NOT NULL OR s.closed_at IS NOT NULL)) AS is_settled,
      ${IS_UNEXPLAINED} AS is_unexplained,
      EXISTS (SELECT 1 FROM reactor.juno_transaction t JOIN reactor.juno_movement m ON m.explained_by = 'transaction:' || t.id
        LEFT JOIN reactor.evidence c ON c.source = 'juno_transaction' AND c.external_id = t.id
        WHERE t.type = 'ISSUANCE' AND t.amount_units = d.amount_centavos AND t.clabe = d.clabe
          AND (c.external_id IS NULL OR c.detail->>'depositId' = d.id)) AS is_issued,
      (SELECT array_agg(name) FROM reactor.effect e, LATERAL (VALUES (e.key::text), (e.external_id)) AS known (name)
        WHERE e.id::text = v.detail->>'effectId' AND name IS NOT NULL) AS paid_by
    FROM reactor.juno_deposit d LEFT JOIN reactor.evidence v ON v.source = 'juno_deposit' AND v.external_id = d.id
    WHERE d.amount_centavos = ${sight.amount.toString()}::numeric AND d.twin_of IS NULL AND d.status <> 'failed'
      AND NOT ${list} = ANY (d.seen_in)
      -- What turned out to be something else stands for nothing any more.
      AND NOT EXISTS (SELECT 1 FROM reactor.suspense s WHERE s.deposit_id = d.id AND s.explained_by LIKE '%:%' AND s.explained_by NOT LIKE 'leg:%')
    ORDER BY d.observed_at, d.id`);
  const found = rows.flatMap((row): Found[] => {
    const deposit: Known = {
      id: row.id,
      isRefund: row.is_refund,
      isSettled: row.is_settled,
      isUnexplained: row.is_unexplained,
      isShownByIssuance: row.is_issued,
      observedAt: new Date(row.observed_at),
      sight: {
        amount: sight.amount,
        clabe: clabeOf(row.clabe),
        senderClabe: row.sender_clabe,
        trackingKey: row.tracking_key,
        payout: [...payoutNames(row.refund_of), ...(row.paid_by ?? [])],
      },
    };
    const how = compareSights(sight, deposit.sight);
    return how !== 'no' && isEligible(deposit, how) ? [{ deposit, how }] : [];
  });
  return found.find(({ how }) => how === 'named') ?? found[0];
}

/** Keeps with a deposit what another sight of it tells that it did not know. */
export async function addSight(
  db: Pick<Context['db'], 'execute'>,
  id: string,
  list: SeenIn,
  told: Readonly<{ clabe: string | null; trackingKey: string | null; senderClabe: string | null; refundOf: unknown }>,
): Promise<void> {
  await db.execute(sql`
    UPDATE reactor.juno_deposit SET seen_in = array_append(array_remove(seen_in, ${list}::text), ${list}::text),
      clabe = CASE WHEN clabe = ${NOT_NAMED} THEN ${told.clabe ?? NOT_NAMED} ELSE clabe END,
      tracking_key = coalesce(tracking_key, ${told.trackingKey}), sender_clabe = coalesce(sender_clabe, ${told.senderClabe}),
      refund_of = coalesce(refund_of, ${told.refundOf ? JSON.stringify(told.refundOf) : null}::jsonb)
    WHERE id = ${id}`);
}

const LATE_MS = 2 * 86_400_000;

/**
 * Two lists may call one return by different ids, and a list that lags may show what a movement has shown long before. A return
 * is booked once: what may be money that is booked already is kept as another sight of it, and is nobody's deposit. Of what is
 * no return only that is taken for the same which an ISSUANCE or a movement brought to suspense lately, at the same CLABE.
 */
export async function joinTwin(ctx: Context, id: string, list: 'deposits' | 'bitso'): Promise<void> {
  const [row] = await ctx.db.select().from(junoDeposit).where(eq(junoDeposit.id, id));
  if (!row) return;
  if (row.twinOf !== null) return join(ctx, row, row.twinOf, list);
  const [claim] = await ctx.db
    .select()
    .from(evidence)
    .where(and(eq(evidence.source, 'juno_deposit'), eq(evidence.externalId, id)));
  if (claim) return;
  const sight = sightOf(row);
  const found = await findTwin(ctx, sight, list, (known, how) => {
    // What waits in suspense as pesos is taken out of it again, by whoever explains the movement.
    const isPeople = known.isUnexplained && known.isSettled;
    if (row.isRefund) return known.isRefund || isPeople;
    const isLate = row.observedAt.getTime() - known.observedAt.getTime() > LATE_MS;
    return isPeople && !isLate && (how === 'named' || known.sight.clabe !== null);
  });
  if (!found) return;
  await join(ctx, row, found.deposit.id, list);
  if (found.how === 'named')
    ctx.log.info({ event: 'deposit_seen_again', depositId: id, twinOf: found.deposit.id }, 'two lists show one return');
  else
    ctx.log.warn(
      { event: 'deposit_taken_for_another', depositId: id, twinOf: found.deposit.id },
      'Two lists show money of one amount, and nothing says that it is not the same: it is booked once. A person compares both with Juno; if it came twice, tell engineering.',
    );
}

async function join(ctx: Context, row: typeof junoDeposit.$inferSelect, twinOf: string, list: SeenIn): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await tx.update(junoDeposit).set({ twinOf }).where(eq(junoDeposit.id, row.id));
    await addSight(tx, twinOf, list, row);
    if (row.status === 'complete')
      await tx.update(junoDeposit).set({ status: row.status }).where(eq(junoDeposit.id, twinOf));
  });
}

export const sightOf = (row: typeof junoDeposit.$inferSelect): Sight => ({
  amount: row.amount,
  clabe: clabeOf(row.clabe),
  senderClabe: row.senderClabe,
  trackingKey: row.trackingKey,
  payout: payoutNames(row.refundOf),
});
