import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { JUNO } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { ACTS, type Act, bring, expectPaidOnce, reorganiseAt } from './scenario.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

describe.each(Object.keys(ACTS) as Act[])('the %s is in a block', (act) => {
  describe.each(['before', 'after'] as const)('%s the reactor has seen it', (when) => {
    test.each([1, 5, 40, 300])('%i blocks are taken out, and the payment is paid once', async (depth) => {
      await reorganiseAt(world, { act, depth, claimed: when === 'after' });
    });
  });
});

test('all that ever happened to a payment is taken out at once: each of our acts is made again, the same bytes, and it is paid once', async () => {
  const { paymentId, amount } = await bring(world, 'return', true);
  const [first] = await world.db.$client
    .query(
      `SELECT min((detail ->> 'blockNumber')::int) AS block FROM reactor.evidence v JOIN reactor.leg l ON l.id::text = v.subject_id
       WHERE v.source = 'chain' AND l.payment_id = $1`,
      [paymentId],
    )
    .then(({ rows }) => rows);
  const head = await world.anvil.client.getBlockNumber();
  const before = await world.signed();
  await world.reorganise(Number(head) - Number(first.block) + 1);
  expect(await world.transfers(world.settings.bridge, JUNO.address)).not.toContain(amount * 10_000n);
  await world.stopMoney(false);
  await world.until(paymentId, 'completed');
  const after = await world.signed();
  expect(after.slice(0, before.length).map(({ raw }) => raw)).toEqual(before.map(({ raw }) => raw));
  await expectPaidOnce(world, amount);
});
