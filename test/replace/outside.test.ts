/** One payment by hand settles one leg. */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { settledOutside } from '../../src/reactor/db/schema.ts';
import { SETTLE_OUTSIDE, SETTLE_PARAMETERS } from '../../src/reactor/replace/settle-outside.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';
import { openReplaceWorld, type ReplaceWorld } from './world.ts';

const database = useDatabase();
let here: ReplaceWorld;
beforeAll(() => {
  here = openReplaceWorld(database());
});
const CEP = 'https://www.banxico.org.mx/cep/go?i=90710&d=of-one-payment';
const settle = async (trackingKey: string, cepLink: string) => {
  const { legId } = await here.given();
  const parameters = SETTLE_PARAMETERS.parse({ trackingKey, cepLink });
  return here.db
    .transaction((tx) =>
      SETTLE_OUTSIDE.execute(tx, here.ctx, { subjectId: legId, proposalId: randomUUID(), lane: null, parameters }),
    )
    .then(
      () => 'done',
      ({ problem }: { problem?: { code: string } }) => problem?.code,
    );
};

test('neither its tracking key, however it is written, nor its receipt is taken a second time', async () => {
  expect(await settle('abcDEF1234', CEP)).toBe('done');
  expect(await settle('ABCdef1234', `${CEP}-2`)).toBe('tracking_key_used');
  expect(await settle('ANOTHER1', CEP)).toBe('receipt_used');
  const [row] = await here.db.select().from(settledOutside);
  expect(row?.trackingKey).toBe('ABCDEF1234');
  const { legId } = await here.given();
  await refused(
    here.db.insert(settledOutside).values({ legId, trackingKey: 'ANOTHER2', cepLink: CEP }),
    /settled_outside_cep_link_unique/,
  );
});
