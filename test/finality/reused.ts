import type { Hex } from 'viem';
import { expect } from 'vitest';
import { referenceOf } from '../indexer/escrows.ts';
import { bring, expectPaidOnce } from './scenario.ts';
import { FUNDED, type Stranger } from './stranger.ts';
import type { AnyWorld } from './world.ts';

let references = 9_000;

/** In custody its id is given to another's escrow: the leg takes its own escrow's new id and end, the other's is never touched. */
export async function reusesIdInCustody(world: AnyWorld, stranger: Stranger): Promise<void> {
  const { paymentId, legId, amount, block } = await bring(world, 'funding', true);
  const { escrowId: taken } = await world.legOf(paymentId);
  const sent = await world.sentFor(legId, 'chain_fund');
  await world.reorganise(Number((await world.anvil.client.getBlockNumber()) - block) + 1);
  const other = await stranger.takeNextId(referenceOf(++references));
  expect(other).toBe(taken);
  await world.stopMoney(false);
  await world.until(paymentId, 'completed');
  const { escrowId } = await world.legOf(paymentId);
  expect(escrowId).not.toBe(taken);
  expect(await world.sentFor(legId, 'chain_fund')).toMatchObject({ raw: sent?.raw });
  expect(await stranger.statusOf(other)).toBe(FUNDED);
  await expectPaidOnce(world, amount);
}

/**
 * While it is being released its id is given to another's escrow: the old bytes, which name that id, are not handed over again. Their
 * nonce is used up by a no-op, so that what was signed after them goes on, and the leg releases its own escrow under its new id.
 */
export async function reusesIdInRelease(world: AnyWorld, stranger: Stranger): Promise<void> {
  const { paymentId, legId, amount, block } = await bring(world, 'release', false);
  const fund = await world.sentFor(legId, 'chain_fund');
  const release = await world.sentFor(legId, 'chain_release');
  const { escrowId: taken } = await world.legOf(paymentId);
  expect(block).toBeDefined();
  await world.reorganise(await world.depthOf(fund?.hash as Hex));
  const other = await stranger.takeNextId(referenceOf(++references));
  expect(other).toBe(taken);
  for (let turns = 0; turns < 4; turns++) await world.turn(paymentId);
  expect(await world.chain.receipt(fund?.hash as Hex)).not.toBeNull();
  expect(await world.chain.knows(release?.hash as Hex)).toBe(false);
  expect(await stranger.statusOf(other)).toBe(FUNDED);

  await world.until(paymentId, 'completed');
  const ofOldNonce = (await world.signed()).filter(({ nonce }) => nonce === release?.nonce);
  expect(ofOldNonce.map(({ isNoop, minedBlock }) => [isNoop, minedBlock !== null])).toEqual([
    [false, false],
    [true, true],
  ]);
  expect((await world.sentFor(legId, 'chain_release'))?.nonce).not.toBe(release?.nonce);
  expect(await stranger.statusOf(other)).toBe(FUNDED);
  await expectPaidOnce(world, amount);
}
