import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeAll, describe, test } from 'vitest';
import type { Db } from '../../src/reactor/db/client.ts';
import { proposal } from '../../src/reactor/db/schema.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = database();
});

describe('a proposal', () => {
  const [proposer, approver] = [randomUUID(), randomUUID()];
  const soon = () => new Date(Date.now() + 60_000);
  const aProposal = (fields: Partial<typeof proposal.$inferInsert> = {}): typeof proposal.$inferInsert => ({
    id: randomUUID(),
    command: 'effect decide',
    subject: 'effect:x',
    parameters: {},
    reason: 'drill',
    proposedBy: proposer,
    proposerName: 'Ana',
    expiresAt: soon(),
    ...fields,
  });
  const approved = { approvedBy: approver, approverName: 'Eva', approvedAt: new Date() };

  test.each<[string, Partial<typeof proposal.$inferInsert>]>([
    ['proposal_four_eyes: nobody approves what they proposed', { ...approved, approvedBy: proposer }],
    ['proposal_four_eyes: nor under the same name with another key', { ...approved, approverName: 'Ana' }],
    ['proposal_approval: an approval has who, when and by what name', { ...approved, approvedAt: null }],
    ['proposal_approval: and not a name alone', { approverName: 'Eva' }],
    ['proposal_in_time: an approval comes in time', { ...approved, approvedAt: new Date(Date.now() + 120_000) }],
    ['proposal_in_time: none is over before it is made', { expiresAt: new Date(0) }],
    ['proposal_reason: a proposal has a reason', { reason: '  ' }],
    ['proposal_executed: what nobody approved is not done', { executedAt: new Date() }],
    ['proposal_withdrawn: what was approved is not withdrawn', { ...approved, withdrawnAt: new Date() }],
  ])('%s', async (what, fields) => {
    await refused(db.insert(proposal).values(aProposal(fields)), new RegExp(`"${what.split(':')[0]}"`));
  });
  test('keeps its terms, and its approval', async () => {
    const row = aProposal(approved);
    await db.insert(proposal).values(row);
    for (const change of [{ parameters: { other: true } }, { reason: 'other' }, { approvedBy: randomUUID() }])
      await refused(db.update(proposal).set(change).where(eq(proposal.id, row.id)), /stays as it is/);
  });
  test.each<[string, Partial<typeof proposal.$inferInsert>, object]>([
    ['executed', approved, { executedAt: new Date() }],
    ['withdrawn', {}, { withdrawnAt: new Date() }],
  ])('is final once it was %s', async (_, given, end) => {
    const row = aProposal(given);
    const mine = eq(proposal.id, row.id);
    await db.insert(proposal).values(row);
    await db.update(proposal).set(end).where(mine);
    await refused(db.update(proposal).set({ executedAt: null, withdrawnAt: null }).where(mine), /stays as it is/);
  });
});
