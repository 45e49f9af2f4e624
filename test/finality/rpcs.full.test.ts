import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import {
  ANVIL_FINALITY,
  failsClosedWithoutFinalized,
  giveReturning,
  LARGE,
  openWorldOfTwoRpcs,
  redemptionsOf,
} from './large.ts';
import { expectPaidOnce } from './scenario.ts';

let postgres: TestPostgres;
let here: Awaited<ReturnType<typeof openWorldOfTwoRpcs>>;
beforeAll(async () => {
  postgres = await startPostgres();
  here = await openWorldOfTwoRpcs(postgres);
}, 240_000);
afterAll(async () => {
  await here?.close();
  await postgres?.stop();
});

test.each(['behind', 'not_at_all'] as const)(
  'a large payment waits for a second RPC that answers %s, and asks nobody',
  async (manner) => {
    const { world, second } = here;
    const { paymentId, legId, amount } = await giveReturning(world, LARGE, ANVIL_FINALITY);
    second.answer(manner);
    for (let turns = 0; turns < 8; turns++) await world.turn(paymentId);
    expect(await redemptionsOf(world, legId)).toEqual([]);
    expect((await world.legOf(paymentId)).attentionCode).toBeNull();
    second.answer('truly');
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
  },
);

test('a large payment fails closed where the first RPC does not know what is finalised, and says so', async () => {
  await failsClosedWithoutFinalized(here.world, here.first);
});
