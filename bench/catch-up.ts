/**
 * `node bench/catch-up.ts`: how long the indexer takes after an outage in which so many events happened, from its start until all of them
 * are in its tables; and how long a start takes after which there is nothing to catch up with.
 */
import { encodeFunctionData } from 'viem';
import { MOCK_MXNB_ABI } from '../src/chain/abi/mxnb.ts';
import type { World } from '../src/local/world.ts';
import { runBench } from './frame/bench.ts';
import { inWorld } from './world/open.ts';
import { judgeWorld, pace } from './world/pace.ts';
import { untilRow } from './world/recorded.ts';
import { sendMany } from './world/send-many.ts';

const GAS = 150_000n;

runBench({
  name: 'catch-up',
  what: 'from the start of the indexer after an outage until it shows all that happened',
  options: { events: { usual: '2000', what: 'during the outage' } },
  round: (given) =>
    inWorld({}, async (world) => {
      const events = Number(given.events);
      await world.indexer().stop();
      const idle_ms = await timed(() => world.restartIndexer());
      await world.indexer().stop();
      const mined = await sendUnits(world, events);
      const catch_up_ms = await timed(async () => {
        await world.restartIndexer();
        await untilRow(world, `SELECT 1 FROM indexed.token_transfer WHERE value = 1 HAVING count(*) >= ${events}`);
      });
      const behind_ms = Math.max(1, catch_up_ms - idle_ms);
      await judgeWorld(world, await pace(world, { payments: 2, every_ms: 500 }));
      return {
        catch_up_ms,
        idle_start_ms: idle_ms,
        events_per_s: Math.round((events / behind_ms) * 1000),
        blocks: mined,
      };
    }),
  wall: (of) =>
    `Ponder's start, ${of('idle_start_ms')} ms with nothing to do; then its own questions for logs and blocks, ${of('events_per_s')} events a second`,
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began_ms = performance.now();
  await work();
  return Math.round(performance.now() - began_ms);
}

/** One base unit each to the bridge wallet, less than a centavo in all of them. Answers the blocks that they took. */
async function sendUnits({ anvil, contracts }: World, count: number): Promise<number> {
  const { admin, bridge } = anvil.actors;
  const began = await anvil.client.getBlockNumber();
  const data = encodeFunctionData({ abi: MOCK_MXNB_ABI, functionName: 'mint', args: [bridge.address, 1n] });
  await sendMany(
    anvil,
    admin,
    Array.from({ length: count }, () => ({ to: contracts.token, data })),
    GAS,
  );
  return Number((await anvil.client.getBlockNumber()) - began);
}
