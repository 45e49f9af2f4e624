import { and, asc, eq, inArray, isNull, notExists, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { SNAPSHOT, type Tx } from '../db/client.ts';
import { depositClabe, evidence, junoDeposit, payment, suspense } from '../db/schema.ts';
import { JUNO_MINIMUM } from '../payment/minimum.ts';
import { isEndedUnpaid } from '../payment/unpaid.ts';
import type { Deposit, MatchFacts, Payout, Terms } from './match.ts';
import { payoutNames } from './twins.ts';

/** More than arrive between two looks; the next look takes the rest. */
const MOST_DEPOSITS = 1_000;
/** A deposit this long after its payment expired, or was cancelled, is late, and after another one of its amount is a second one. */
const LATELY_DAYS = 7;
/** So long a payment that was asked for, and got no deposit, bars standing terms: the deposit may have been meant for it. */
const BARRED_DAYS = 30;

const NAMED = z.object({ trackingKey: z.string().nullish(), originId: z.string().nullish() });

/** Complete deposits that nobody has claimed, oldest first; another sight of one is none. */
export async function unclaimedDeposits(ctx: Context): Promise<Deposit[]> {
  const claimed = ctx.db
    .select()
    .from(evidence)
    .where(and(eq(evidence.source, 'juno_deposit'), eq(evidence.externalId, junoDeposit.id)));
  const rows = await ctx.db
    .select()
    .from(junoDeposit)
    .where(
      and(
        eq(junoDeposit.status, 'complete'),
        eq(junoDeposit.isClaimed, false),
        isNull(junoDeposit.twinOf),
        notExists(claimed),
      ),
    )
    .orderBy(asc(junoDeposit.observedAt), asc(junoDeposit.id))
    .limit(MOST_DEPOSITS);
  return rows.map(asDeposit);
}

export const asDeposit = (row: typeof junoDeposit.$inferSelect): Deposit => ({
  id: row.id,
  clabe: row.clabe,
  amount: row.amount,
  seenAt: row.observedAt.getTime(),
  isRefund: row.isRefund,
  refundOf: payoutNames(row.refundOf),
  refundKey: NAMED.parse(row.refundOf ?? {}).trackingKey,
  refundOrigin: NAMED.parse(row.refundOf ?? {}).originId,
  trackingKey: row.trackingKey,
  isUnexplained: !row.isRefund && !row.seenIn.some((list) => list === 'deposits' || list === 'bitso'),
  senderClabe: row.senderClabe,
});

/**
 * All that the matching of these deposits may depend on, of one moment: a payment that ends meanwhile is one that waits or one that has
 * ended, and not neither.
 */
export const loadMatchFacts = ({ db }: Pick<Context, 'db'>, deposits: readonly Deposit[]): Promise<MatchFacts> =>
  db.transaction(async (tx) => {
    const clabes = [...new Set(deposits.map(({ clabe }) => clabe))];
    const open = await tx
      .select({ id: payment.id, clabe: depositClabe.clabe, amount: payment.amount })
      .from(payment)
      .innerJoin(depositClabe, eq(depositClabe.clabe, payment.depositClabe))
      .where(and(inArray(depositClabe.clabe, clabes), eq(payment.awaitsDeposit, true)));
    const past = await pastPayments(tx, clabes);
    const known = await knownClabes(tx, clabes);
    const held = await tx
      .select({ clabe: junoDeposit.clabe, amount: suspense.amount })
      .from(suspense)
      .innerJoin(junoDeposit, eq(junoDeposit.id, suspense.depositId))
      .where(and(inArray(junoDeposit.clabe, clabes), isNull(suspense.closedAt)));
    const returns = deposits.filter(({ isRefund }) => isRefund);
    const payouts = await payoutsOf(
      tx,
      returns.map(({ amount }) => amount),
    );
    const ours = await oursOf(
      tx,
      returns.flatMap(({ refundOf }) => refundOf),
    );
    return { minimum: JUNO_MINIMUM.units, clabes: known, open, past, held, payouts, ours };
  }, SNAPSHOT);

/** Whether a payment that somebody asked for and that got no deposit lately bars standing terms of this user. */
export const isBarred = (userId: ReturnType<typeof sql>) => sql`EXISTS (
  SELECT 1 FROM reactor.payment p JOIN reactor.leg l ON l.payment_id = p.id
  WHERE p.payer_id = ${userId} AND p.kind = 'escrow' AND (p.awaits_deposit OR (
    l.state IN ('expired', 'closed') AND l.entered_at > reactor.now() - ${BARRED_DAYS} * interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_deposit' AND v.subject_kind = 'payment' AND v.subject_id = p.id::text))))`;

async function knownClabes(tx: Tx, clabes: readonly string[]): Promise<Map<string, Terms | null>> {
  if (clabes.length === 0) return new Map();
  const { rows } = await tx.execute<{ clabe: string; id: string | null; minimum: string; maximum: string }>(sql`
    SELECT c.clabe, t.id, t.minimum_centavos::text AS minimum, t.maximum_centavos::text AS maximum
    FROM reactor.deposit_clabe c
    LEFT JOIN reactor.standing_terms t ON t.user_id = c.user_id AND t.is_active AND NOT ${isBarred(sql`c.user_id`)}
    WHERE ${inArray(sql`c.clabe`, [...clabes])}`);
  return new Map(
    rows.map(({ clabe, id, minimum, maximum }) => [
      clabe,
      id === null ? null : { id, minimum: BigInt(minimum), maximum: BigInt(maximum) },
    ]),
  );
}

async function pastPayments(tx: Tx, clabes: readonly string[]): Promise<MatchFacts['past']> {
  if (clabes.length === 0) return [];
  const lately = sql`reactor.now() - ${LATELY_DAYS} * interval '1 day'`;
  const { rows } = await tx.execute<{ clabe: string; amount: string; unpaid: boolean; asked: boolean }>(sql`
    SELECT p.deposit_clabe AS clabe, p.amount_centavos::text AS amount, l.is_unpaid AS unpaid, p.standing_terms_id IS NULL AS asked
    FROM reactor.payment p JOIN LATERAL (
      SELECT bool_or(${isEndedUnpaid}) AS is_unpaid, max(entered_at) AS entered_at FROM reactor.leg WHERE payment_id = p.id) l ON true
    WHERE ${inArray(sql`p.deposit_clabe`, [...clabes])} AND p.kind = 'escrow' AND NOT p.awaits_deposit
      AND ((l.is_unpaid AND l.entered_at > ${lately}) OR EXISTS (
        SELECT 1 FROM reactor.evidence v
        WHERE v.source IN ('juno_deposit', 'suspense_part') AND v.subject_kind = 'payment' AND v.subject_id = p.id::text AND v.claimed_at > ${lately}))`);
  return rows.map(({ clabe, amount, unpaid, asked }) => ({
    clabe,
    amount: BigInt(amount),
    was: unpaid ? 'unpaid' : 'paid',
    wasAsked: asked,
  }));
}

const PAYS = sql`('juno_redemption', 'bitso_payout')`;

/**
 * Payouts of these amounts that may have come back: completed, or so nearly that Juno may show the return before it shows the
 * end; and those whose rail said first that they failed, which the books took back then. One that a return has been claimed for is none
 * of them. An attempt that came to nothing lends its names to none that was made after it.
 */
async function payoutsOf(tx: Tx, amounts: readonly bigint[]): Promise<Payout[]> {
  if (amounts.length === 0) return [];
  const wanted = sql.join(
    [...new Set(amounts)].map((amount) => sql`${amount.toString()}::numeric`),
    sql`, `,
  );
  const { rows } = await tx.execute<{
    leg_id: string;
    payment_id: string;
    amount: string;
    clabe: string;
    rail: string;
    keys: string[] | null;
    tracking_keys: string[] | null;
    names: string[] | null;
    effect_id: string | null;
    is_voided: boolean;
  }>(sql`
    SELECT l.id AS leg_id, l.payment_id, l.amount_centavos::text AS amount, d.clabe, l.rail::text AS rail,
      (SELECT array_agg(name) FROM (
        SELECT e.key AS name FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind IN ${PAYS} AND e.state <> 'dead'
        UNION SELECT e.external_id FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind IN ${PAYS} AND e.state <> 'dead'
        UNION SELECT v.detail->>'trackingKey' FROM reactor.evidence v WHERE v.subject_kind = 'leg' AND v.subject_id = l.id::text
      ) AS n WHERE name IS NOT NULL) AS names,
      (SELECT array_agg(e.key::text) FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind IN ${PAYS} AND e.state <> 'dead') AS keys,
      (SELECT array_agg(v.detail->>'trackingKey') FROM reactor.evidence v
        WHERE v.subject_kind = 'leg' AND v.subject_id = l.id::text AND v.detail->>'trackingKey' IS NOT NULL) AS tracking_keys,
      (SELECT e.id FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind IN ${PAYS}
        ORDER BY e.created_at DESC LIMIT 1) AS effect_id, false AS is_voided
    FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id
    WHERE l.state IN ('completed', 'redeeming', 'paying_out') AND l.amount_centavos IN (${wanted})
      AND NOT EXISTS (SELECT 1 FROM reactor.evidence v
        WHERE v.source IN ('juno_deposit', 'suspense_return') AND v.subject_kind = 'leg' AND v.subject_id = l.id::text AND v.detail @> '{"isReturn": true}')
    UNION ALL
    SELECT l.id, l.payment_id, l.amount_centavos::text, d.clabe, l.rail::text,
      ARRAY(SELECT name FROM (SELECT e.key::text AS name UNION SELECT e.external_id UNION SELECT w.tracking_key) AS n WHERE name IS NOT NULL), NULL, NULL, e.id, true
    FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id
      JOIN reactor.effect e ON e.subject_kind = 'leg' AND e.subject_id = l.id::text AND e.kind = 'bitso_payout' AND e.state = 'dead'
      JOIN reactor.bitso_withdrawal w ON w.id = e.external_id
    WHERE l.amount_centavos IN (${wanted}) AND NOT EXISTS (SELECT 1 FROM reactor.evidence v
        WHERE v.source IN ('juno_deposit', 'suspense_return') AND v.subject_kind = 'leg' AND v.subject_id = l.id::text AND v.detail ->> 'effectId' = e.id::text)`);
  return rows.map((row) => ({
    legId: row.leg_id,
    paymentId: row.payment_id,
    amount: BigInt(row.amount),
    clabe: row.clabe,
    names: row.names ?? [],
    trackingKeys: row.tracking_keys ?? [],
    originIds: row.keys ?? [],
    effectId: row.effect_id,
    isNameless: row.rail === 'bank_redemption',
    isVoided: row.is_voided,
  }));
}

/** Those of these names that a payout of ours has: what we gave it, or what its rail called it. */
async function oursOf(tx: Tx, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const wanted = sql.join(
    names.map((name) => sql`${name}`),
    sql`, `,
  );
  const { rows } = await tx.execute<{ name: string }>(sql`
    SELECT n.name FROM unnest(ARRAY[${wanted}]::text[]) AS n (name)
    WHERE EXISTS (SELECT 1 FROM reactor.effect e WHERE e.kind IN ('juno_redemption', 'bitso_payout') AND e.key = n.name)
      OR EXISTS (SELECT 1 FROM reactor.effect e WHERE e.kind IN ('juno_redemption', 'bitso_payout') AND e.external_id = n.name)`);
  return new Set(rows.map(({ name }) => name));
}
