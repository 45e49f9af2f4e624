import { type SQL, sql } from 'drizzle-orm';
import { INDEXED_SCHEMA } from '../../chain/indexed/channel.ts';
import type { Context } from '../context.ts';
import { LET_GO } from '../guards/barrier.ts';
import { JUNO_MINIMUM } from '../payment/minimum.ts';
import type { Job } from '../queue/port.ts';

const BATCH = 1_000;

const enqueueAll = async (ctx: Context, rows: readonly { id: string }[]): Promise<number> => {
  for (const { id } of rows) await ctx.queue.enqueue({ lane: 'payment', id });
  return rows.length;
};

/** Wakes every payment that waits for an event which the indexer now shows. Run at each notification; cheap when there is none. */
export async function rescanIndexed(ctx: Context): Promise<number> {
  const indexed = sql.identifier(INDEXED_SCHEMA);
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    SELECT DISTINCT l.payment_id AS id FROM reactor.leg l
    WHERE (l.state = 'creating' AND EXISTS (SELECT 1 FROM ${indexed}.escrow_event e WHERE e.reference = l.reference AND e.kind = 'created'))
       OR (l.state = 'funding' AND EXISTS (SELECT 1 FROM ${indexed}.escrow_event e WHERE e.reference = l.reference AND e.kind = 'funded'))
       OR (l.state = 'releasing' AND EXISTS (SELECT 1 FROM ${indexed}.escrow_event e WHERE e.reference = l.reference AND e.kind IN ('released', 'cancelled')))
       OR (l.state = 'withdrawing' AND EXISTS (
            SELECT 1 FROM reactor.effect f JOIN reactor.juno_transaction t ON t.id = f.external_id JOIN ${indexed}.token_transfer x ON x.tx_hash = t.tx_hash
            WHERE f.subject_kind = 'leg' AND f.subject_id = l.id::text AND f.kind = 'juno_withdrawal'))
       OR (l.state = 'returning' AND EXISTS (
            SELECT 1 FROM reactor.effect f JOIN reactor.wallet_transaction w ON w.effect_id = f.id JOIN ${indexed}.token_transfer x ON x.tx_hash = w.hash
              JOIN reactor.juno_transaction c ON c.type = 'CRYPTO_DEPOSIT' AND c.status = 'complete' AND c.amount_units = l.amount_centavos
            WHERE f.subject_kind = 'leg' AND f.subject_id = l.id::text AND f.kind = 'chain_return'
              AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'juno_transaction' AND v.external_id = c.id)))
    -- Frozen in its contract by somebody else; or a freeze of ours, or the end of one, that waits for its event.
    UNION SELECT l.payment_id FROM ${indexed}.escrow_event e JOIN reactor.leg l ON l.reference = e.reference
    WHERE e.kind = 'disputed' AND l.state IN ('in_custody', 'releasing')
      AND NOT EXISTS (SELECT 1 FROM reactor.evidence v WHERE v.source = 'chain' AND v.external_id = e.id)
    UNION SELECT f.payment_id FROM reactor.effect f JOIN reactor.leg l ON l.id::text = f.subject_id JOIN ${indexed}.escrow_event e ON e.reference = l.reference
    WHERE f.kind = 'chain_resolve' AND f.state = 'sending' AND e.kind = 'dispute_resolved'
    LIMIT ${BATCH}`);
  return enqueueAll(ctx, rows);
}

/** A reorganisation puts what it took out into other blocks. */
const ENDED_MARGIN = 64n;

/**
 * Wakes the payments in custody whose escrow ended, or was told to pay another, in its contract in a block after `after`, by somebody
 * else's hand: nobody waits for that. Answers the block to go on from; a wake-up that is lost costs a day, after which each is looked at
 * anyhow.
 */
export async function rescanEnded(ctx: Context, after: bigint, most = BATCH): Promise<bigint> {
  const indexed = sql.identifier(INDEXED_SCHEMA);
  const { rows } = await ctx.db.execute<{ newest: string | null; id: string | null; block: string }>(sql`
    SELECT newest.block::text AS newest, woken.id, woken.block::text AS block
    FROM (SELECT max(block_number) AS block FROM ${indexed}.escrow_event) AS newest LEFT JOIN (
      SELECT l.payment_id AS id, min(e.block_number) AS block
      FROM ${indexed}.escrow_event e JOIN reactor.leg l ON l.reference = e.reference
      WHERE e.block_number > ${after.toString()}::numeric AND l.state = 'in_custody'
        AND (l.attention_code IS NULL AND e.kind IN ('released', 'cancelled', 'redirected')
          -- Put right again.
          OR l.attention_code = 'escrow_pays_another' AND e.kind = 'redirected')
      GROUP BY l.payment_id ORDER BY min(e.block_number), l.payment_id LIMIT ${most}) AS woken ON true
    ORDER BY woken.block, woken.id`);
  const found = rows.flatMap(({ id, block }) => (id === null ? [] : [{ id, block: BigInt(block) }]));
  await enqueueAll(ctx, found);
  const settled = BigInt(rows[0]?.newest ?? 0) - ENDED_MARGIN;
  if (found.length < most) return settled > after ? settled : after;
  // The last block of a full batch may have more; of one that fills it alone the rest is looked at within the day.
  const last = found.at(-1)?.block ?? after;
  const woken = last > after + 1n ? last - 1n : last;
  const until = woken < settled ? woken : settled;
  return until > after ? until : after;
}

/**
 * Wakes the payments whose custody ended after a moment of the chain’s own clock: each once, or a payment that is held for long
 * after its deadline would be looked at with every block. Answers the moment up to which all have been woken.
 */
export async function rescanDeadlines(ctx: Context, { after, head }: { after: number; head: number }): Promise<number> {
  const { rows } = await ctx.db.execute<{ id: string; deadline: string }>(sql`
    SELECT payment_id AS id, deadline_seconds AS deadline FROM reactor.leg
    WHERE state = 'in_custody' AND deadline_seconds > ${after} AND deadline_seconds <= ${head} AND attention_code IS NULL
    ORDER BY deadline_seconds LIMIT ${BATCH}`);
  await enqueueAll(ctx, rows);
  const last = rows.at(-1);
  return last && rows.length === BATCH ? Number(last.deadline) - 1 : head;
}

/** Wakes the open payments that have evidence above a block: the chain was reorganised there, and it may be gone. */
export async function rescanReorganised(ctx: Context, kept: number): Promise<number> {
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    SELECT DISTINCT l.payment_id AS id FROM reactor.leg l JOIN reactor.evidence v ON v.subject_kind = 'leg' AND v.subject_id = l.id::text
    WHERE v.source = 'chain' AND (v.detail ->> 'blockNumber')::bigint > ${kept}
      AND l.state NOT IN ('completed', 'replaced', 'expired', 'closed')
    LIMIT ${BATCH}`);
  return enqueueAll(ctx, rows);
}

/** Wakes what a process was working on when it died: its lane was never given back, and its lease has ended. */
export async function rescanOrphans(ctx: Context): Promise<number> {
  const { rows } = await ctx.db.execute<{ lane: string; id: string }>(sql`
    SELECT split_part(name, ':', 1) AS lane, split_part(name, ':', 2) AS id FROM reactor.lane
    WHERE holder IS NOT NULL AND held_until < reactor.now() AND split_part(name, ':', 1) IN ('payment', 'user', 'destination')
    LIMIT ${BATCH}`);
  for (const { lane, id } of rows) await ctx.queue.enqueue({ lane: lane as Job['lane'], id });
  return rows.length;
}

/** Whether what was asked of Juno for a user or a payout account is looked at again at a later time of its own. */
const isAskedLater = (kind: 'juno_clabe' | 'juno_bank_account', id: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM reactor.effect e
  WHERE e.subject_kind = ${kind === 'juno_clabe' ? 'user' : 'destination'} AND e.subject_id = ${id}::text AND e.kind = ${kind}
    AND e.state IN ('recorded', 'sending', 'unknown') AND e.next_look_at > reactor.now())`;

/** Payments that are due, and those whose barrier is gone, the longest due first. */
const due = ({ at, id }: From) => sql`
  SELECT 'payment' AS lane, payment_id::text AS id, min(due_at)::text AS at FROM (
    SELECT payment_id, due_at FROM reactor.leg
    WHERE state NOT IN ('completed', 'replaced', 'expired', 'closed') AND due_at <= reactor.now()
    UNION ALL ${LET_GO}) AS due
  GROUP BY payment_id ${id === null ? sql`` : sql`HAVING (min(due_at), payment_id) > (${at}::timestamptz, ${id}::uuid)`}
  ORDER BY min(due_at), payment_id LIMIT ${BATCH}`;

/**
 * The ended legs whose release a reorganisation undid, or that is being made again: what is due is told by open legs alone.
 * There are none but after a deep reorganisation.
 */
const UNDONE = sql`
  SELECT DISTINCT 'payment' AS lane, e.payment_id AS id FROM reactor.effect e JOIN reactor.leg l ON l.id = e.subject_id::uuid
  WHERE e.kind = 'chain_release' AND e.subject_kind = 'leg' AND e.state IN ('recorded', 'sending', 'dead')
    AND (l.state IN ('completed', 'replaced') OR (l.state = 'closed' AND NOT EXISTS (SELECT 1 FROM reactor.evidence v
      WHERE v.subject_kind = 'leg' AND v.subject_id = e.subject_id AND v.detail ->> 'as' = 'stolen')))
    AND NOT EXISTS (SELECT 1 FROM reactor.effect n WHERE n.subject_kind = 'leg' AND n.subject_id = e.subject_id
      AND n.kind = 'chain_release' AND n.attempt > e.attempt)`;

/** The ended legs of which the settlement that had paid them came back, by whichever of its legs it paid. */
const UNPAID = sql`
  SELECT DISTINCT 'payment' AS lane, l.payment_id AS id FROM reactor.leg s JOIN reactor.leg named ON named.payment_id = s.payment_id
    JOIN reactor.settlement_item i ON i.settlement_leg_id = named.id JOIN reactor.leg l ON l.id = i.leg_id
  WHERE s.kind = 'settlement' AND s.state = 'payout_returned' AND l.state = 'completed'`;

/** Whose legs have all ended and who could not be looked at: a look that goes well takes the mark away. */
const UNLOOKED = sql`
  SELECT DISTINCT 'payment' AS lane, payment_id AS id FROM reactor.leg
  WHERE attention_code = 'cannot_be_looked_at' AND state IN ('completed', 'replaced', 'expired', 'closed')`;

const USERS = sql`
  SELECT 'user' AS lane, p.user_id AS id FROM reactor.person p LEFT JOIN reactor.deposit_clabe c ON c.user_id = p.user_id
  WHERE c.clabe IS NULL AND NOT ${isAskedLater('juno_clabe', sql`p.user_id`)}`;

const ACCOUNTS = sql`
  SELECT 'destination' AS lane, id FROM reactor.destination d
  WHERE (d.verified_at IS NULL AND NOT ${isAskedLater('juno_bank_account', sql`d.id`)} AND EXISTS (
      SELECT 1 FROM reactor.leg l WHERE l.destination_id = d.id AND l.rail = 'bank_redemption' AND l.state NOT IN ('completed', 'replaced', 'expired', 'closed')))
    -- What is owed to it is enough to be paid.
    OR d.id IN (SELECT l.destination_id FROM reactor.leg l
      WHERE l.state = 'accrued' AND NOT EXISTS (SELECT 1 FROM reactor.settlement_item i WHERE i.leg_id = l.id)
      GROUP BY l.destination_id HAVING sum(l.amount_centavos) >= ${JUNO_MINIMUM.units})
    -- One that people only propose to pay is registered before they can.
    OR (d.verified_at IS NULL AND NOT ${isAskedLater('juno_bank_account', sql`d.id`)} AND d.id IN (
      SELECT (p.parameters ->> 'destinationId')::uuid FROM reactor.proposal p
      WHERE p.executed_at IS NULL AND p.withdrawn_at IS NULL AND p.expires_at > reactor.now()))`;

type From = Readonly<{ at: string | null; id: string | null }>;
const START: From = { at: null, id: null };
/** Which part of what is due, and how it is found from a place on. What is in no order of its own is in that of its ids. */
const byId =
  (part: SQL) =>
  ({ id }: From): SQL =>
    sql`
    SELECT lane, id::text AS id, NULL AS at FROM (${part}) AS part ${id === null ? sql`` : sql`WHERE id > ${id}::uuid`} ORDER BY part.id LIMIT ${BATCH}`;
const PARTS = {
  ...{ users: byId(USERS), accounts: byId(ACCOUNTS), due },
  ...{ undone: byId(UNDONE), unpaid: byId(UNPAID), unlooked: byId(UNLOOKED) },
};
type Part = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as Part[];

/** Where the next sweep goes on; of what was found to its end, at its beginning. */
export type Swept = Readonly<{ isAll: boolean; from: Readonly<Partial<Record<Part, From>>> }>;

/**
 * Wakes what is due: whatever wake-up was lost, this finds it. Users and payout accounts that wait are found as well. Where there is more than one sweep
 * takes, the next goes on behind it, so that those which throw whenever they are looked at keep nobody else from being found.
 */
export async function sweep(ctx: Context, before: Pick<Swept, 'from'> = { from: {} }): Promise<Swept> {
  const parts = NAMES.map(
    (name) => sql`(SELECT ${name}::text AS part, found.* FROM (${PARTS[name](before.from[name] ?? START)}) AS found)`,
  );
  const { rows } = await ctx.db.execute<Job & { part: Part; at: string | null }>(sql.join(parts, sql` UNION ALL `));
  for (const { lane, id } of rows) await ctx.queue.enqueue({ lane, id });
  const full = [...Map.groupBy(rows, ({ part }) => part)].filter(([, found]) => found.length >= BATCH);
  const from = Object.fromEntries(full.map(([part, found]) => [part, found.at(-1) ?? START]));
  return { isAll: full.length === 0, from };
}
