/** Disputes as people see them: who said what, what was decided, until when somebody may appeal, and where the money is. */
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { disputeAppeal, disputeEvidence, disputeResolution, effect, evidence } from '../db/schema.ts';
import { summary } from './list.ts';
import { readDispute } from './resolve.ts';
import { shownStakes, stakesOf } from './stakes.ts';

/** One of them, whole. `canReadWords`: what people said is personal data. Throws a Refusal `dispute_not_found`. */
export async function showDispute(db: Db, id: string, canReadWords: boolean) {
  const row = await readDispute(db, id);
  const words = (text: string) => (canReadWords ? text : '(only for keys that may give commands)');
  const [shown, decided, appeals] = await Promise.all([
    db.select().from(disputeEvidence).where(eq(disputeEvidence.disputeId, id)).orderBy(asc(disputeEvidence.createdAt)),
    db
      .select()
      .from(disputeResolution)
      .where(eq(disputeResolution.disputeId, id))
      .orderBy(asc(disputeResolution.createdAt), asc(disputeResolution.id)),
    db.select().from(disputeAppeal).where(eq(disputeAppeal.disputeId, id)),
  ]);
  const stakes = await stakesOf(db, row.paymentId);
  const frozen = await frozenOnChain(
    db,
    stakes.held.map((one) => one.row.id),
  );
  const money = shownStakes(stakes);
  return {
    ...summary(row, decided.at(-1)?.appealableUntil ?? null),
    statement: words(row.statement),
    evidence: shown.map(({ id: evidenceId, givenBy, text, files, createdAt }) => ({
      ...{ id: evidenceId, by: givenBy, text: words(text), at: createdAt.toISOString() },
      files: files.map(({ name, sha256 }) => ({ name: words(name), sha256 })),
    })),
    resolutions: decided.map((one) => {
      const against = appeals.find(({ resolutionId }) => resolutionId === one.id);
      return {
        ...{ id: one.id, proposal: one.proposalId, outcome: one.outcome, at: one.createdAt.toISOString() },
        payerBasisPoints: one.payerBasisPoints,
        payerAmount: one.payerAmount === null ? null : formatDecimal(centavos(one.payerAmount)),
        appealableUntil: one.appealableUntil.toISOString(),
        appeal: against
          ? { by: against.givenBy, text: words(against.text), at: against.createdAt.toISOString() }
          : null,
      };
    }),
    held: money.held.map((one) => ({ ...one, isFrozenOnChain: frozen.has(one.legId) })),
    left: money.left,
  };
}

/** Legs whose escrow the contract has as disputed, as far as it is evidence here: frozen there, and not let go again. */
async function frozenOnChain(db: Db, legIds: readonly string[]): Promise<Set<string>> {
  if (legIds.length === 0) return new Set();
  const seen = await db
    .select({ legId: evidence.subjectId })
    .from(evidence)
    .where(
      and(
        eq(evidence.source, 'chain'),
        eq(evidence.subjectKind, 'leg'),
        inArray(evidence.subjectId, [...legIds]),
        sql`${evidence.detail} ->> 'as' = 'disputed'`,
      ),
    );
  const ended = await db
    .select({ legId: effect.subjectId })
    .from(effect)
    .where(
      and(
        inArray(effect.subjectId, [...legIds]),
        inArray(effect.kind, ['chain_resolve', 'chain_release']),
        eq(effect.state, 'confirmed'),
      ),
    );
  const free = new Set(ended.map(({ legId }) => legId));
  return new Set(seen.map(({ legId }) => legId).filter((legId) => !free.has(legId)));
}
