/** What the database itself keeps of a dispute, whatever the code above it believes. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  dispute,
  disputeAppeal,
  disputeEvidence,
  disputeMove,
  disputeResolution,
  hold,
  proposal,
} from '../../src/reactor/db/schema.ts';
import { DISPUTE_LIMITS, DISPUTE_MOVES } from '../../src/reactor/payment/disputed.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();
const LATER = sql`reactor.now() + interval '1 hour'`;
const EARLIER = sql`reactor.now() - interval '1 second'`;

/** A dispute as it is opened, and what is done to it past all code. */
async function givenDispute() {
  const db = database();
  const { paymentId, payerId } = await givePayment(db);
  const [id, holdId] = [randomUUID(), randomUUID()];
  const as = { kind: 'dispute' as const, reasonCode: 'not_received', sentence: 'contested', owner: 'compliance' };
  await db.insert(hold).values({ id: holdId, paymentId, ...as });
  const row = { id, paymentId, holdId, openedBy: 'operations' as const, reasonCode: 'not_received', statement: 'said' };
  await db.insert(dispute).values(row);
  const move = (state: 'open' | 'resolved' | 'final') => db.update(dispute).set({ state }).where(eq(dispute.id, id));
  const propose = async (subject = `dispute:${id}`, isApproved = true) => {
    const proposalId = randomUUID();
    const approved = { approvedBy: randomUUID(), approverName: 'another', approvedAt: sql`reactor.now()` };
    await db.insert(proposal).values({
      ...{ id: proposalId, command: 'dispute resolve', subject, parameters: {}, reason: 'decided' },
      ...{ proposedBy: randomUUID(), proposerName: 'one', expiresAt: LATER, ...(isApproved ? approved : {}) },
    });
    return proposalId;
  };
  const resolve = async (given: object = {}) => {
    const resolutionId = randomUUID();
    await db.insert(disputeResolution).values({
      ...{ id: resolutionId, disputeId: id, proposalId: await propose(), outcome: 'recipient', appealableUntil: LATER },
      ...given,
    });
    return resolutionId;
  };
  const appeal = (resolutionId: string, givenBy: 'payer' | 'recipient' = 'payer', text = 'not so') =>
    db.insert(disputeAppeal).values({ id: randomUUID(), disputeId: id, resolutionId, givenBy, userId: payerId, text });
  const say = (given: object = {}) =>
    db
      .insert(disputeEvidence)
      .values({ id: randomUUID(), disputeId: id, givenBy: 'operations', text: 'seen', files: [], ...given });
  return { db, id, holdId, paymentId, payerId, row, move, propose, resolve, appeal, say };
}
let d: Awaited<ReturnType<typeof givenDispute>>;
beforeEach(async () => {
  d = await givenDispute();
});

test('the legal moves are those of the code', async () => {
  const rows = await database().select().from(disputeMove);
  const moves = Object.entries(DISPUTE_MOVES).flatMap(([from, all]) => all.map((to) => `${from} ${to}`));
  expect(rows.map(({ fromState, toState }) => `${fromState} ${toState}`).sort()).toEqual(moves.sort());
});

describe('a dispute', () => {
  test('begins open, over its own payment’s open hold, one at a time', async () => {
    await refused(d.db.insert(dispute).values({ ...d.row, id: randomUUID() }), /duplicate key|hold_id_unique/);
    const other = await givenDispute();
    await refused(
      d.db.insert(dispute).values({ ...other.row, id: randomUUID(), paymentId: d.paymentId }),
      /begins open and holds its payment/,
    );
    await refused(d.db.insert(dispute).values({ ...d.row, id: randomUUID(), state: 'final' }), /begins open/);
  });

  test('keeps its terms and is never deleted; its hold is not closed before it is final', async () => {
    for (const given of [{ reasonCode: 'other_reason' }, { statement: 'changed' }, { openedBy: 'chain' as const }])
      await refused(d.db.update(dispute).set(given).where(eq(dispute.id, d.id)), /keeps its terms/);
    await refused(d.db.delete(dispute).where(eq(dispute.id, d.id)), /append-only/);
    await refused(
      d.db.update(hold).set({ closedAt: new Date() }).where(eq(hold.id, d.holdId)),
      /a dispute which is not final/,
    );
  });

  test('is resolved by a decision alone, and final when the time to appeal is over, not sooner', async () => {
    await refused(d.move('resolved'), /nothing that makes it|may not move/);
    await refused(d.move('final'), /nothing that makes it|may not move/);
    await d.resolve();
    await d.move('resolved');
    await refused(d.move('final'), /nothing that makes it|may not move/);
    await refused(d.move('open'), /nothing that makes it|may not move/);
  });

  test('is final after that, and closed to everything', async () => {
    const resolutionId = await d.resolve({ appealableUntil: EARLIER });
    await d.move('resolved');
    await refused(d.appeal(resolutionId), /appealed against no more/);
    await d.move('final');
    expect((await d.db.select().from(dispute).where(eq(dispute.id, d.id)))[0]?.finalAt).toEqual(expect.any(Date));
    await d.db.update(hold).set({ closedAt: new Date() }).where(eq(hold.id, d.holdId));
    for (const again of ['open', 'resolved'] as const) await refused(d.move(again), /may not move/);
    await refused(d.say(), /is final: no dispute_evidence/);
    await refused(d.resolve(), /is final: no dispute_resolution/);
  });

  test('is opened again by an appeal, once a side, and against the newest decision alone', async () => {
    const first = await d.resolve();
    await refused(d.appeal(first), /is open: no dispute_appeal/);
    await d.move('resolved');
    await refused(d.appeal(first, 'payer', ''), /dispute_appeal_bounds/);
    await d.appeal(first);
    await refused(d.move('final'), /nothing that makes it|may not move/);
    await d.move('open');
    await refused(d.move('resolved'), /nothing that makes it|may not move/);
    const second = await d.resolve();
    await d.move('resolved');
    await refused(d.appeal(second, 'payer'), /once_a_side/);
    await refused(d.appeal(first, 'recipient'), /appealed against no more|resolution_id_unique/);
    await d.appeal(second, 'recipient');
    await d.move('open');
  });
});

test('it says who opened it, and why in a word', async () => {
  const given = async (wrong: object) => {
    const { paymentId } = await givePayment(d.db);
    const holdId = randomUUID();
    const as = { kind: 'dispute' as const, reasonCode: 'not_received', sentence: 'contested', owner: 'compliance' };
    await d.db.insert(hold).values({ id: holdId, paymentId, ...as });
    await d.db.insert(dispute).values({ ...d.row, id: randomUUID(), paymentId, holdId, ...wrong });
  };
  await refused(given({ reasonCode: 'Ana Ruiz lied' }), /dispute_reason_code/);
  await refused(given({ statement: 'x'.repeat(DISPUTE_LIMITS.text + 1) }), /dispute_statement/);
  await refused(given({ openedBy: 'payer' }), /dispute_whose/);
  await given({});
});

describe('a decision', () => {
  test('is two people’s, of this very dispute', async () => {
    await refused(d.resolve({ proposalId: await d.propose(undefined, false) }), /decided by two people/);
    await refused(d.resolve({ proposalId: await d.propose(`dispute:${randomUUID()}`) }), /decided by two people/);
    await d.resolve();
  });

  test('says whose the money is, and nothing else', async () => {
    const wrong: object[] = [
      { outcome: 'payer' },
      { outcome: 'split' },
      { payerBasisPoints: 5 },
      { outcome: 'split', payerBasisPoints: 10_000 },
      { outcome: 'split', payerAmount: 0n },
      { outcome: 'split', payerAmount: 5n, payerBasisPoints: 5 },
    ];
    for (const given of wrong) await refused(d.resolve(given), /dispute_resolution_outcome/);
  });
});

test('what was said, decided and appealed is never edited', async () => {
  await d.say();
  const resolutionId = await d.resolve();
  await d.move('resolved');
  await d.appeal(resolutionId);
  await refused(
    d.db.update(disputeEvidence).set({ text: 'changed' }).where(eq(disputeEvidence.disputeId, d.id)),
    /append-only/,
  );
  await refused(
    d.db.update(disputeResolution).set({ outcome: 'payer' }).where(eq(disputeResolution.disputeId, d.id)),
    /append-only/,
  );
  await refused(
    d.db.update(disputeAppeal).set({ text: 'changed' }).where(eq(disputeAppeal.disputeId, d.id)),
    /append-only/,
  );
  await refused(d.db.delete(disputeEvidence).where(eq(disputeEvidence.disputeId, d.id)), /append-only/);
});

test('evidence is bounded in its text, in its files and in its number', async () => {
  await refused(d.say({ text: 'x'.repeat(DISPUTE_LIMITS.text + 1) }), /dispute_evidence_bounds/);
  await refused(
    d.say({ files: Array(DISPUTE_LIMITS.files + 1).fill({ name: 'a', sha256: 'b' }) }),
    /dispute_evidence_bounds/,
  );
  await refused(d.say({ files: { name: 'a' } }), /dispute_evidence_bounds/);
  await refused(d.say({ givenBy: 'payer' }), /dispute_evidence_whose/);
  for (let i = 0; i < DISPUTE_LIMITS.evidence; i++) await d.say();
  await refused(d.say(), /all the evidence/);
});
