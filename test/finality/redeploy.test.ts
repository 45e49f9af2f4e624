import { afterAll, beforeAll, expect, test } from 'vitest';
import { IndexerNotReadyError } from '../../src/chain/indexed/errors.ts';
import type { IndexedTransfer } from '../../src/chain/indexed/types.ts';
import { firstUnclaimed } from '../../src/reactor/advance/chain-facts.ts';
import { evidence } from '../../src/reactor/db/schema.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { ACTS, expectPaidOnce } from './scenario.ts';
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

test('an indexer that is put under a new schema at every act in mid-flight: nothing is lost, nothing is doubled', async () => {
  const amount = 150_001n;
  const { paymentId } = await world.givePayment({ amount });
  for (const { during } of Object.values(ACTS)) {
    await world.until(paymentId, during);
    await world.indexed.redeploy(async () => {
      await world.watchdog.look();
      expect(world.watchdog.current().trouble).toBe('the indexer to be ready');
      // Who asks the views hears that they are not there; nobody takes that for “nothing happened”.
      await world.advance(paymentId).catch((error) => expect(error).toBeInstanceOf(IndexerNotReadyError));
      expect((await world.legOf(paymentId)).state).toBe(during);
    });
  }
  await world.until(paymentId, 'completed');
  await expectPaidOnce(world, amount);
  expect((await world.signed()).filter(({ succeeded }) => succeeded === false)).toEqual([]);
});

test('an indexer that stands still while the chain goes on: no step is begun or signed, and all goes on by itself when it moves', async () => {
  const amount = 150_002n;
  const { paymentId, legId } = await world.givePayment({ amount });
  await world.until(paymentId, 'in_custody');
  await world.anvil.client.mine({ blocks: 2, interval: 60 });
  await world.watchdog.look();
  expect(world.watchdog.current().trouble).toMatch(/^the indexer to catch up/);
  await world.advance(paymentId);
  await world.sign();
  expect((await world.legOf(paymentId)).state).toBe('in_custody');
  expect(await world.sentFor(legId, 'chain_release')).toBeUndefined();

  await world.indexed.sync();
  await world.watchdog.look();
  await world.advance(paymentId);
  expect((await world.legOf(paymentId)).state).toBe('releasing');
  await world.anvil.client.mine({ blocks: 2, interval: 60 });
  await world.watchdog.look();
  await world.sign();
  expect(await world.sentFor(legId, 'chain_release')).toBeUndefined();
  await world.until(paymentId, 'completed');
  await expectPaidOnce(world, amount);
});

test('a transfer that was claimed is not there to be claimed again when a reorganisation numbers its logs anew', async () => {
  const txHash = `0x${'7'.repeat(64)}`;
  const transfer = (logIndex: number, blockHash: string): IndexedTransfer => ({
    ...{ id: `31337:${txHash}:${logIndex}`, chainId: 31_337, blockNumber: 9n, blockHash, blockTimestamp: 9, txHash },
    ...{ logIndex, token: '0xt', from: '0xj', to: '0xb', value: 1n },
  });
  await world.db.insert(evidence).values({
    ...{ source: 'chain', externalId: `31337:${txHash}:1`, subjectKind: 'leg', subjectId: 'a leg' },
    detail: { as: 'arrival', txHash, blockNumber: '8', blockHash: '0xold' },
  });
  // In its block: the one beside it is free.
  const before = [transfer(1, '0xold'), transfer(2, '0xold')];
  expect((await firstUnclaimed(world.ctx, before))?.logIndex).toBe(2);
  // In another block, where its logs are 4 and 5: one of the two is still the first leg's.
  expect(await firstUnclaimed(world.ctx, [transfer(4, '0xnew')])).toBeUndefined();
  expect((await firstUnclaimed(world.ctx, [transfer(4, '0xnew'), transfer(5, '0xnew')]))?.logIndex).toBe(5);
  // In another block under the same numbers.
  expect((await firstUnclaimed(world.ctx, [transfer(1, '0xnew'), transfer(2, '0xnew')]))?.logIndex).toBe(2);
});
