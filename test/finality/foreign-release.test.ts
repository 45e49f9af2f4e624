/** A release that somebody else made: in the place of ours, or gone again. */
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI as abi } from '../../src/chain/abi/kustodiaEscrow.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { actsOn, OTHER } from './acts.ts';
import { expectPaidOnce } from './scenario.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
let others: Awaited<ReturnType<typeof actsOn>>;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
  others = await actsOn(world);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const releasesOf = async (legId: string) =>
  (
    await world.db.$client.query<{ attempt: number; state: string }>(
      "SELECT attempt, state FROM reactor.effect WHERE subject_id = $1 AND kind = 'chain_release' ORDER BY attempt",
      [legId],
    )
  ).rows;

test('that is mined before ours, which fails and is given up, is claimed under an attempt of its own, and the leg is paid', async () => {
  const held = await others.releasing();
  const { client } = world.anvil;
  await client.setAutomine(false);
  await world.hurry();
  await world.sign();
  const { escrowId } = await others.escrowOf(held);
  const [address, functionName, args] = [world.contracts.escrow, 'release', [escrowId]] as const;
  const gwei = 10n ** 9n;
  const fees = { gas: 300_000n, maxFeePerGas: 500n * gwei, maxPriorityFeePerGas: 400n * gwei };
  const theirs = await client.writeContract({ address, abi, account: OTHER, functionName, args, ...fees });
  await client.mine({ blocks: 1 });
  await client.setAutomine(true);
  const ours = await world.sentFor(held.legId, 'chain_release');
  const statusOf = async (hash: Hex) => (await client.getTransactionReceipt({ hash })).status;
  expect([await statusOf(theirs), await statusOf(ours?.hash as Hex)]).toEqual(['success', 'reverted']);
  // The wallet’s lane comes first, as where the indexer is behind.
  await client.mine({ blocks: Number(world.settings.finality.largeBlocks) + 1 });
  await world.sign();
  expect(await releasesOf(held.legId)).toEqual([{ attempt: 1, state: 'dead' }]);

  await others.comesTo(held, 'completed');
  expect(await releasesOf(held.legId)).toEqual([
    { attempt: 1, state: 'dead' },
    { attempt: 2, state: 'confirmed' },
  ]);
  await expectPaidOnce(world, held.amount);
}, 240_000);

describe('that a reorganisation takes out', () => {
  const released = async () => {
    const held = await others.releasing();
    await world.stopMoney(true);
    const { escrowId } = await others.escrowOf(held);
    const hash = await others.act(OTHER, 'release', [escrowId]);
    await world.indexed.sync();
    await world.watchdog.look();
    await world.advance(held.paymentId);
    expect((await world.legOf(held.paymentId)).state).toBe('released');
    return { held, escrowId, raw: await world.rawOf(hash) };
  };

  test('is taken back, and the escrow is released by us', async () => {
    const { held } = await released();
    await world.reorganise(2, { forget: true });
    await world.stopMoney(false);
    await others.comesTo(held, 'completed');
    expect(await world.sentFor(held.legId, 'chain_release')).toMatchObject({ isNoop: false });
    await expectPaidOnce(world, held.amount);
  }, 240_000);

  test('is taken back, and somebody else’s next one is claimed', async () => {
    const { held, escrowId } = await released();
    await world.reorganise(2, { forget: true });
    await others.act(OTHER, 'release', [escrowId]);
    await world.stopMoney(false);
    await others.comesTo(held, 'completed');
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await expectPaidOnce(world, held.amount);
  }, 240_000);

  test('is claimed again as it was when it comes back', async () => {
    const { held, raw } = await released();
    await world.reorganise(2, { forget: true });
    await world.indexed.sync();
    await world.watchdog.look();
    await world.advance(held.paymentId);
    expect((await world.legOf(held.paymentId)).state).toBe('in_custody');
    await world.anvil.client.sendRawTransaction({ serializedTransaction: raw });
    await world.stopMoney(false);
    await others.comesTo(held, 'completed');
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await expectPaidOnce(world, held.amount);
  }, 240_000);
});
