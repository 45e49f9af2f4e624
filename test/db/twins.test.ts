import { randomUUID } from 'node:crypto';
import { test } from 'vitest';
import { evidence, junoDeposit } from '../../src/reactor/db/schema.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';

const database = useDatabase();
const aDeposit = async (twinOf: string | null = null): Promise<string> => {
  const id = randomUUID();
  const deposit = { id, clabe: '646180157042875763', amount: 10_000n, status: 'complete', twinOf } as const;
  await database().insert(junoDeposit).values(deposit);
  return id;
};

test('another sight of a deposit is claimed by nobody, and leads to no third', async () => {
  const twin = await aDeposit(await aDeposit());
  const claim = { source: 'juno_deposit', externalId: twin, subjectKind: 'leg', subjectId: 'x' } as const;
  await refused(database().insert(evidence).values(claim), /is another sight of one that is booked/);
  await refused(aDeposit(twin), /cannot be another sight of/);
});
