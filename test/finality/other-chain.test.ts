import { afterAll, beforeAll, expect, test } from 'vitest';
import { BRIDGE, deployEscrows } from '../indexer/escrows.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startNode, type TestNode } from './node.ts';
import { expectPaidOnce } from './scenario.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

let postgres: TestPostgres;
let node: TestNode;
let world: FinalityWorld;
let other: TestAnvil;
beforeAll(async () => {
  [postgres, other] = await Promise.all([startPostgres(), startAnvil()]);
  await deployEscrows(other);
  world = await openFinalityWorld(postgres, {
    nodes: async (url) => {
      node = await startNode(url);
      return { ETH_RPC_URL: node.url };
    },
  });
}, 240_000);
afterAll(async () => {
  await world?.close();
  await node?.stop();
  await Promise.all([other?.stop(), postgres?.stop()]);
});

const nonceThere = () => other.client.getTransactionCount({ address: BRIDGE.address });

test.each([
  ['are fewer than ours: nothing that was settled is opened again, and no bytes of ours are handed over there', 0],
  ['are more than ours: none of ours is taken for a stranger’s', 60],
] as const)(
  'while the RPC serves another chain, where the wallet’s nonces %s; it goes on when the RPC serves ours again',
  async (_, used) => {
    const amount = 170_000n + BigInt(used);
    const { paymentId, legId } = await world.givePayment({ amount });
    await world.until(paymentId, 'returning');
    await world.anvil.client.setAutomine(false);
    await world.hurry();
    await world.sign();
    expect(await world.sentFor(legId, 'chain_return')).toMatchObject({ minedBlock: null });
    while ((await nonceThere()) < used)
      await other.client.waitForTransactionReceipt({
        hash: await other.client.sendTransaction({ account: BRIDGE, to: BRIDGE.address }),
      });
    await other.client.mine({ blocks: 100 });
    const before = await world.signed();
    const nonce = await nonceThere();
    node.follow(other.url);
    for (let turn = 0; turn < 3; turn++) {
      await world.hurry();
      await world.sign();
    }
    node.follow(world.anvil.url);
    expect(await nonceThere()).toBe(nonce);
    expect((await other.client.getTxpoolStatus()).queued).toBe(0);
    const kept = ({ raw, minedBlock, succeeded }: (typeof before)[number]) => ({ raw, minedBlock, succeeded });
    expect((await world.signed()).map(kept)).toEqual(before.map(kept));
    expect((await world.legOf(paymentId)).attentionCode).toBeNull();
    await world.anvil.client.setAutomine(true);
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
  },
);
