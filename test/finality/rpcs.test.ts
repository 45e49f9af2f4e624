import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import { assertPins } from '../../src/reactor/guards/pins.ts';
import { startAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import {
  ANVIL_FINALITY,
  failsClosedWithoutFinalized,
  giveReturning,
  LARGE,
  openWorldOfTwoRpcs,
  redemptionsOf,
  SMALL,
} from './large.ts';
import { expectPaidOnce } from './scenario.ts';

let postgres: TestPostgres;
let here: Awaited<ReturnType<typeof openWorldOfTwoRpcs>>;
beforeAll(async () => {
  postgres = await startPostgres();
  here = await openWorldOfTwoRpcs(postgres);
}, 240_000);
beforeEach(() => {
  here.first.answer('truly');
  here.second.answer('truly');
});
afterAll(async () => {
  await here?.close();
  await postgres?.stop();
});

// Each RPC, and each way of not answering, is in rpcs.full.test.ts.
describe('a large payment', () => {
  test('waits for the finalised block though Juno has credited it; stops while the RPCs disagree, says so, and goes on by itself', async () => {
    const { world, second } = here;
    const { paymentId, legId, amount } = await giveReturning(world, LARGE, 0);
    for (let turns = 0; turns < 8; turns++) await world.turn(paymentId);
    expect(await redemptionsOf(world, legId)).toEqual([]);
    expect(await world.legOf(paymentId)).toMatchObject({ state: 'returning', attentionCode: null });

    await world.anvil.client.mine({ blocks: ANVIL_FINALITY });
    second.answer('without_receipts');
    expect(await world.untilAsks(paymentId, 'rpcs_disagree')).toMatch(/ETH_RPC_URL_2 disagree.*goes on by itself/);
    expect(await redemptionsOf(world, legId)).toEqual([]);
    expect(world.logged.some(({ event }) => event === 'rpcs_disagree')).toBe(true);
    second.answer('truly');
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
  });

  test('fails closed where an RPC does not know what is finalised, and says so', async () => {
    await failsClosedWithoutFinalized(here.world, here.second);
  });
});

test('a small payment asks the second RPC nothing, and needs no finalised block', async () => {
  const { world, first, second } = here;
  second.answer('not_at_all');
  first.answer('without_finalized');
  const before = second.asked();
  const { paymentId, amount } = await giveReturning(world, SMALL, 0);
  await world.until(paymentId, 'completed');
  await expectPaidOnce(world, amount);
  expect(second.asked()).toBe(before);
});

test('a second RPC of another chain refuses to boot; one that does not answer does not', async () => {
  const { world, second } = here;
  const other = await startAnvil();
  try {
    const settings = { ...world.settings, rpcUrl2: other.url };
    await expect(assertPins(world.db, openChain(settings), settings)).rejects.toThrow(
      /ETH_RPC_URL_2 serves another chain/,
    );
    second.answer('not_at_all');
    await assertPins(world.db, openChain(world.settings), world.settings);
  } finally {
    await other.stop();
  }
});
