import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { IndexerNotReadyError } from '../../src/chain/indexed/errors.ts';
import { readEscrowEvents } from '../../src/chain/indexed/readEscrowEvents.ts';
import { assertPins, PinMismatchError } from '../../src/reactor/guards/pins.ts';
import { BRIDGE, deployEscrows } from '../indexer/escrows.ts';
import { startAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startNode, type TestNode } from './node.ts';
import { openPonderWorld, type PonderWorld } from './ponder.ts';
import { ACTS, type Act, bring, expectPaidOnce } from './scenario.ts';
import { expectStandstill } from './stuck.ts';

const LONG_MS = 300_000;
/** Past what Ponder holds for final on chain 31337, so that a restart keeps it, and its cache has it. */
const FINAL_BLOCKS = 100;

let postgres: TestPostgres;
let node: TestNode;
let world: PonderWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openPonderWorld(postgres, {
    nodes: async (url) => {
      node = await startNode(url);
      return { ETH_RPC_URL: node.url };
    },
  });
}, LONG_MS);
afterAll(async () => {
  await world?.close();
  await node?.stop();
  await postgres?.stop();
}, LONG_MS);

test.each(Object.keys(ACTS) as Act[])(
  'the indexer is put under a new schema while the %s is under way, and payments go on meanwhile: nothing is lost, nothing is doubled',
  async (act) => {
    const { paymentId, amount } = await bring(world, act, false);
    const other = await bring(world, 'funding', false);
    const before = await world.indexed.schema();
    let isDone = false;
    const redeployed = world.indexed.redeploy().finally(() => {
      isDone = true;
    });
    // Between the two builds there may be a moment without views: who asks hears so, and nobody takes that for “nothing happened”.
    const turn = (id: string) =>
      world.turn(id).catch((error: unknown) => expect(error).toBeInstanceOf(IndexerNotReadyError));
    while (!isDone) for (const id of [paymentId, other.paymentId]) await turn(id);
    await redeployed;
    expect(await world.indexed.schema()).not.toBe(before);
    for (const one of [{ paymentId, amount }, other]) {
      await world.until(one.paymentId, 'completed');
      await expectPaidOnce(world, one.amount);
    }
    await world.indexed.expectTruth();
  },
  LONG_MS,
);

test.each(['funding', 'release', 'return'] as const)(
  'the indexer stands still after the %s: from the bound on, by the chain’s clock, no step is begun; it goes on by itself',
  async (act) => {
    const { paymentId, amount } = await bring(world, act, true);
    await world.stopMoney(false);
    await world.indexed.sync();
    world.indexed.pause();
    const bound_s = BigInt(world.settings.indexerLagBound_s);
    const { timestamp } = await world.anvil.client.getBlock();
    const behind = async (seconds: bigint) => {
      await world.anvil.client.setNextBlockTimestamp({ timestamp: timestamp + seconds });
      await world.anvil.client.mine({ blocks: 1 });
      await world.watchdog.look();
      return world.watchdog.current().trouble;
    };
    expect(await behind(bound_s)).toBeNull();
    expect(await behind(bound_s + 1n)).toMatch(/^the indexer to catch up: it is \d+ s and 2 blocks behind the RPC$/);
    await expectStandstill(world, paymentId, /^the indexer to catch up/);
    world.indexed.goOn();
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
  },
  LONG_MS,
);

test(
  'the chain is restarted empty under the same database: nothing moves and both say so; none of the old one’s events is shown of the new one; back on the old one all goes on',
  async () => {
    const { paymentId, legId, amount } = await bring(world, 'funding', true);
    const { reference } = await world.legOf(paymentId);
    await world.anvil.client.mine({ blocks: FINAL_BLOCKS });
    await world.indexed.sync();
    const shown = () => readEscrowEvents(world.db.$client, { references: [reference] });
    expect((await shown()).map(({ kind }) => kind)).toContain('funded');
    const anvil = await startAnvil();
    try {
      // The same contracts at the same addresses, and a head above the old one's.
      const contracts = await deployEscrows(anvil);
      expect(contracts.escrow).toBe(world.contracts.escrow);
      await anvil.client.mine({ blocks: Number(await world.anvil.client.getBlockNumber()) + FINAL_BLOCKS });
      const sent = await anvil.client.getTransactionCount({ address: BRIDGE.address });
      node.follow(anvil.url);
      await world.stopMoney(false);
      const stop = /^ETH_RPC_URL to serve the chain that this database belongs to.*restarted empty/;

      const trouble = async () => {
        await world.watchdog.look();
        return world.watchdog.current().trouble ?? expect.fail('money may move');
      };
      await vi.waitFor(async () => expect(await trouble()).toMatch(stop), { timeout: LONG_MS, interval: 100 });
      // Ponder says that it is ready, and shows what this chain never saw.
      await expectStandstill(world, paymentId, stop);
      expect(await world.indexed.isReady()).toBe(true);
      expect((await shown()).map(({ kind }) => kind)).toContain('funded');

      await world.indexed.restart();
      expect(await shown()).toEqual([]);
      const { rows } = await world.db.$client.query('SELECT count(*)::int AS n FROM indexed.escrow_event');
      expect(rows).toEqual([{ n: 0 }]);
      await expectStandstill(world, paymentId, stop);
      await expect(assertPins(world.db, world.chain, world.settings)).rejects.toThrow(PinMismatchError);
      expect(await anvil.client.getTransactionCount({ address: BRIDGE.address })).toBe(sent);
      expect(await world.sentFor(legId, 'chain_release')).toBeUndefined();
    } finally {
      node.follow(world.anvil.url);
      await anvil.stop();
    }
    await world.indexed.restart();
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
    await world.indexed.expectTruth();
  },
  LONG_MS,
);
