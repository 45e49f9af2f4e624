import { expect } from 'vitest';
import { effect } from '../../src/reactor/db/schema.ts';
import type { PonderWorld } from './ponder.ts';
import { type Act, reorganiseAt } from './scenario.ts';

/** Ponder goes back at least so far on chain 31337, and never further than twice that. */
const FINALITY = 30;
const TURNS = 3;

/** All that could move money: what is recorded or sent, what is signed, what has left by SPEI. */
const allThatLeft = async (world: PonderWorld) => ({
  effects: (await world.db.select({ id: effect.id }).from(effect)).map(({ id }) => id).sort(),
  signed: (await world.signed()).map(({ raw }) => raw),
  orders: (await world.sandbox.outbox()).length,
});

/** Money is allowed, everything has its turn but the indexer: nothing that cannot be undone begins, and the leg stays where it is. */
export async function expectStandstill(world: PonderWorld, paymentId: string, trouble: RegExp): Promise<void> {
  const { state } = await world.legOf(paymentId);
  const before = await allThatLeft(world);
  for (let turn = 0; turn < TURNS; turn++) {
    await world.anvil.client.mine({ blocks: 1, interval: 2 });
    await world.watchdog.look();
    expect(world.watchdog.current().trouble).toMatch(trouble);
    await world.hurry();
    await world.advance(paymentId);
    await world.sign();
  }
  expect((await world.legOf(paymentId)).state).toBe(state);
  expect(await allThatLeft(world)).toEqual(before);
}

/**
 * So many blocks, the lowest of them the act's own, are taken out under the real indexer. What it can follow goes on by itself. What
 * it cannot stops money with a sentence; a restart is refused; and when an operator has done what both say, all goes on.
 */
export async function reorganisePonder(
  world: PonderWorld,
  scenario: { act: Act; depth: number; claimed: boolean },
): Promise<'followed' | 'stuck'> {
  let outcome: 'followed' | 'stuck' = 'followed';
  await reorganiseAt(world, {
    ...scenario,
    afterwards: async ({ paymentId }) => {
      outcome = await world.indexed.outcome();
      if (outcome === 'followed') return;
      expect(await world.indexed.isReady()).toBe(true);
      await expectStandstill(
        world,
        paymentId,
        /^the indexer and the RPC to agree: they have different blocks \d+\..*deeper than it can go back.*npm run indexer -- --anew$/,
      );
      await expect(world.indexed.restart()).rejects.toThrow(
        /ended with code 1[\s\S]*holds block \d+ for final[\s\S]*nothing was started, and money waits[\s\S]*npm run indexer -- --anew/,
      );
      await world.indexed.restart(['--anew']);
    },
  });
  await world.indexed.sync();
  await world.indexed.expectTruth();
  if (scenario.depth <= FINALITY) expect(outcome).toBe('followed');
  if (scenario.depth > 2 * FINALITY) expect(outcome).toBe('stuck');
  return outcome;
}
