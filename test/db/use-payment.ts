import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach } from 'vitest';
import type { Db, Tx } from '../../src/reactor/db/client.ts';
import { type effect, lane } from '../../src/reactor/db/schema.ts';
import { givePayment } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

export const LANE = 'payment:of-these-tests';

/** A database for one file, with a payment of its own for each test and rows around it that are right but for what a test changes. */
export function usePayment() {
  const database = useDatabase();
  let given: Awaited<ReturnType<typeof givePayment>>;
  beforeAll(async () => {
    await database().insert(lane).values({ name: LANE, epoch: 1 });
  });
  beforeEach(async () => {
    given = await givePayment(database());
  });
  return {
    get db(): Db {
      return database();
    },
    get given() {
      return given;
    },
    /** Writes what no code of ours does, past the rules that would refuse it. */
    pastRules: (write: (tx: Tx) => Promise<unknown>) =>
      database().transaction(async (tx) => {
        await tx.execute(sql`SET LOCAL session_replication_role = replica`);
        await write(tx);
      }),
    anEffect: (fields: Partial<typeof effect.$inferInsert> = {}): typeof effect.$inferInsert => ({
      ...{ id: randomUUID(), subjectKind: 'leg', subjectId: given.legId, kind: 'juno_withdrawal', attempt: 1 },
      ...{ paymentId: given.paymentId, key: randomUUID(), request: {}, amount: 1n, currency: 'MXNB' },
      ...{ lane: LANE, laneEpoch: 1 },
      ...fields,
    }),
  };
}
