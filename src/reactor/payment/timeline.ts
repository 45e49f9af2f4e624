import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import { formatMoney, money } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import {
  auditLog,
  dispute,
  effect,
  effectHistory,
  evidence,
  ledgerEntry,
  ledgerPosting,
  legHistory,
  releaseApproval,
  releaseWithdrawal,
  walletTransaction,
} from '../db/schema.ts';
import { reasonTo } from '../people/words.ts';

/** One thing that happened to a payment. `detail` is what a machine or an engineer wants to know besides. */
export type TimelineLine = Readonly<{
  at: string;
  source: 'leg' | 'effect' | 'evidence' | 'ledger' | 'approval' | 'dispute' | 'transaction' | 'person';
  what: string;
  detail: Readonly<Record<string, unknown>>;
}>;

/** Far more than a payment ever has; a runaway one still answers. */
const MAX_LINES = 500;

/** Everything that happened to a payment and its legs, oldest first, merged from the tables that are never edited. Why, in people's words, for those who read the audit log; links to receipts for those who may read of people. */
export async function readTimeline(
  db: Db,
  paymentId: string,
  legIds: readonly string[],
  { canReadPeople, canReadReasons }: Readonly<{ canReadPeople: boolean; canReadReasons: boolean }>,
): Promise<TimelineLine[]> {
  const because = (reason: string) => ({ reason: reasonTo(canReadReasons, reason) });
  const [moves, effects, claims, entries, disputes, approvals, sent, acted] = await Promise.all([
    db
      .select()
      .from(legHistory)
      .where(eq(legHistory.paymentId, paymentId))
      .orderBy(asc(legHistory.id))
      .limit(MAX_LINES),
    db
      .select({ history: effectHistory, kind: effect.kind, attempt: effect.attempt, externalId: effect.externalId })
      .from(effectHistory)
      .innerJoin(effect, eq(effect.id, effectHistory.effectId))
      .where(eq(effect.paymentId, paymentId))
      .orderBy(asc(effectHistory.id))
      .limit(MAX_LINES),
    db
      .select()
      .from(evidence)
      .where(
        or(
          and(eq(evidence.subjectKind, 'leg'), inArray(evidence.subjectId, [...legIds])),
          and(eq(evidence.subjectKind, 'payment'), eq(evidence.subjectId, paymentId)),
        ),
      )
      .orderBy(asc(evidence.claimedAt))
      .limit(MAX_LINES),
    db
      .select()
      .from(ledgerEntry)
      .where(eq(ledgerEntry.paymentId, paymentId))
      .orderBy(asc(ledgerEntry.createdAt))
      .limit(MAX_LINES),
    linesOfDisputes(db, paymentId),
    db
      .select({ given: releaseApproval, withdrawal: releaseWithdrawal })
      .from(releaseApproval)
      .leftJoin(releaseWithdrawal, eq(releaseWithdrawal.approvalId, releaseApproval.id))
      .where(eq(releaseApproval.paymentId, paymentId))
      .orderBy(asc(releaseApproval.givenAt))
      .limit(MAX_LINES),
    db
      .select({ sent: walletTransaction, kind: effect.kind })
      .from(effect)
      .innerJoin(walletTransaction, eq(walletTransaction.effectId, effect.id))
      .where(eq(effect.paymentId, paymentId))
      .orderBy(asc(walletTransaction.signedAt))
      .limit(MAX_LINES),
    Promise.all([
      db.select({ id: effect.id }).from(effect).where(eq(effect.paymentId, paymentId)).limit(MAX_LINES),
      db.select({ id: dispute.id }).from(dispute).where(eq(dispute.paymentId, paymentId)).limit(MAX_LINES),
    ]),
  ]);
  const [ownEffects, ownDisputes] = acted;
  const [acts, postings] = await Promise.all([
    readActs(db, [
      `payment:${paymentId}`,
      ...legIds.map((id) => `leg:${id}`),
      ...ownEffects.map(({ id }) => `effect:${id}`),
      ...ownDisputes.map(({ id }) => `dispute:${id}`),
      // Who gave it a deposit that had waited.
      ...claims.flatMap((c) => (c.source === 'juno_deposit' ? [`suspense:${c.externalId}`] : [])),
    ]),
    readPostings(
      db,
      entries.map(({ id }) => id),
    ),
  ]);

  const lines = [
    ...moves.map((m) =>
      line(m.at, 'leg', m.fromState ? `${m.fromState} → ${m.toState}: ${m.cause}` : `${m.toState}: ${m.cause}`, {
        legId: m.legId,
        ...(m.detail as object),
      }),
    ),
    ...effects.map(({ history: h, kind, attempt, externalId }) =>
      line(h.at, 'effect', `${kind} ${h.toState} (attempt ${attempt})`, {
        ...(h.toState === 'confirmed' ? { externalId } : {}),
        ...(h.error === null ? {} : { error: h.error }),
      }),
    ),
    ...claims.map((c) =>
      line(c.claimedAt, 'evidence', `${c.source} ${c.externalId} claimed`, shownClaim(c.detail, canReadPeople)),
    ),
    ...entries.flatMap((e) => {
      const [what, detail] = [e.key.split(':')[0], { key: e.key, postings: postings.get(e.id) ?? [] }];
      return [
        line(e.createdAt, 'ledger', `${what} ${e.settledAt ? 'entered' : e.state}`, detail),
        ...(e.settledAt ? [line(e.settledAt, 'ledger', `${what} ${e.state}`, detail)] : []),
      ];
    }),
    ...disputes,
    ...acts.map(({ at, actor, command, reason, role }) =>
      line(at, 'person', `${actor.replace(/ \([^)]*\)$/, '')}: ${command}`, { ...because(reason), role }),
    ),
    ...sent.map(({ sent: { wallet, hash, nonce, version, minedBlock, minedBlockHash, ...one }, kind }) =>
      line(one.signedAt, 'transaction', `${one.isNoop ? 'gives up ' : ''}${kind} signed at nonce ${nonce}`, {
        ...{ wallet, hash, nonce, version, lastBroadcastAt: one.lastBroadcastAt?.toISOString() ?? null },
        ...(minedBlock === null ? {} : { minedBlock, minedBlockHash }),
        // It is known only once it is as final as its policy asks.
        finality: one.succeeded === null ? (minedBlock === null ? 'pending' : 'mined') : 'final',
        ...(one.succeeded === null ? {} : { succeeded: one.succeeded }),
      }),
    ),
  ];
  const decisions = approvals.flatMap(({ given, withdrawal }) => [
    line(given.givenAt, 'approval', `the ${given.party} approves the release`, {
      ...{ approvalId: given.id, legId: given.legId, givenBy: given.givenBy },
    }),
    ...(withdrawal
      ? [
          line(withdrawal.withdrawnAt, 'approval', `the approval of the ${given.party} is withdrawn`, {
            ...{ approvalId: given.id, withdrawnBy: withdrawal.withdrawnBy, ...because(withdrawal.reason) },
          }),
        ]
      : []),
  ]);
  // ISO text of the same zone sorts as time does, and the sort is stable.
  return [...lines, ...decisions].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

const readActs = (db: Db, subjects: readonly string[]) =>
  db
    .select()
    .from(auditLog)
    .where(inArray(auditLog.subject, [...subjects]))
    .orderBy(asc(auditLog.id))
    .limit(MAX_LINES);

/** The lines of each entry, debits positive. */
async function readPostings(db: Db, ids: readonly string[]) {
  const rows = await db
    .select()
    .from(ledgerPosting)
    .where(inArray(ledgerPosting.entryId, [...ids]))
    .orderBy(asc(ledgerPosting.entryId), asc(ledgerPosting.line));
  const told = rows.map(({ entryId, account, currency, amount }) => ({
    ...{ entryId, posting: { account, amount: formatMoney(money(currency, amount)) } },
  }));
  return new Map(
    [...Map.groupBy(told, ({ entryId }) => entryId)].map(([id, some]) => [id, some.map(({ posting }) => posting)]),
  );
}

/** What happened to a payment's disputes: who did what when, and nobody's words. */
async function linesOfDisputes(db: Db, paymentId: string): Promise<TimelineLine[]> {
  const { rows } = await db.execute<{ at: string; what: string; id: string }>(sql`
    WITH own AS (SELECT * FROM reactor.dispute WHERE payment_id = ${paymentId})
    SELECT opened_at::text AS at, 'disputed by ' || opened_by || ': ' || reason_code AS what, id FROM own
    UNION ALL SELECT e.created_at::text, 'evidence of the ' || e.given_by, own.id FROM reactor.dispute_evidence e JOIN own ON own.id = e.dispute_id
    UNION ALL SELECT r.created_at::text, 'dispute decided for: ' || r.outcome, own.id FROM reactor.dispute_resolution r JOIN own ON own.id = r.dispute_id
    UNION ALL SELECT a.created_at::text, 'appeal of the ' || a.given_by, own.id FROM reactor.dispute_appeal a JOIN own ON own.id = a.dispute_id
    UNION ALL SELECT final_at::text, 'the decision of the dispute is final', id FROM own WHERE final_at IS NOT NULL
    ORDER BY 1 LIMIT ${MAX_LINES}`);
  return rows.map(({ at, what, id }) => line(new Date(at), 'dispute', what, { disputeId: id }));
}

/** A link to a bank’s receipt has the account and the name in it. */
function shownClaim(detail: unknown, canReadPeople: boolean): Record<string, unknown> {
  const { cepLink, ...plain } = detail as Record<string, unknown>;
  return canReadPeople && cepLink !== undefined ? { ...plain, cepLink } : plain;
}

const line = (
  at: Date,
  source: TimelineLine['source'],
  what: string,
  detail: Record<string, unknown>,
): TimelineLine => ({ at: at.toISOString(), source, what, detail });
