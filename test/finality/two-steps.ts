import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { effect } from '../../src/reactor/db/schema.ts';
import { STRANGER } from '../indexer/escrows.ts';
import type { LiveVersion } from '../support/live-escrow.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type Act, bring, expectPaidOnce, reorganiseAt } from './scenario.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

const PENDING = 0;
const RELEASED = 2;
const DAY_S = 24 * 3600;

/** How many blocks are taken out when an act is in one, and whether the reactor had seen it. */
export type Reorganisation = readonly [act: Act, depth: number, when: 'before' | 'after'];

/**
 * An escrow that is made in one transaction and funded in another: whatever comes between the two, one is funded, once.
 */
export function testTwoSteps(live: LiveVersion, reorganisations: readonly Reorganisation[]): void {
  let postgres: TestPostgres;
  let world: FinalityWorld;
  beforeAll(async () => {
    postgres = await startPostgres();
    world = await openFinalityWorld(postgres, { live });
  }, 240_000);
  afterAll(async () => {
    await world?.close();
    await postgres?.stop();
  });
  const attempts = async (legId: string) =>
    (await world.db.select().from(effect).where(eq(effect.subjectId, legId)).orderBy(effect.createdAt))
      .filter(({ kind }) => kind === 'chain_create' || kind === 'chain_fund')
      .map(({ kind, attempt, state }) => `${kind} ${attempt} ${state}`);
  const contract = () => {
    if (!world.live) throw new Error('no live contract');
    return world.live;
  };

  test.each(reorganisations)(
    'the %s is in a block, and %i blocks are taken out %s the reactor has seen it: paid once',
    async (act, depth, when) => {
      await reorganiseAt(world, { act, depth, claimed: when === 'after' });
      expect(Object.values(await contract().statuses())).not.toContain(PENDING);
    },
  );

  test('another escrow under the same reference is never funded', async () => {
    const { paymentId, legId, amount } = await bring(world, 'creation', true);
    const row = await world.legOf(paymentId);
    // Somebody else may have had the contract, and knows the reference from the chain.
    await contract().setBridge(STRANGER.address);
    await contract().create(world.contracts.token, amount * 10_000n, row.reference, STRANGER);
    await contract().setBridge(world.settings.bridge);
    const before = await contract().statuses();
    const orphan = Object.keys(before).at(-1) ?? '';
    expect(orphan).not.toBe(String(row.escrowId));

    await world.stopMoney(false);
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
    expect(await contract().statuses()).toMatchObject({ [String(row.escrowId)]: RELEASED, [orphan]: PENDING });
    expect(await attempts(legId)).toEqual(['chain_create 1 confirmed', 'chain_fund 1 confirmed']);
  });

  test('what was held until nothing can be put into its escrow any more gets another one', async () => {
    const { paymentId, legId, amount } = await bring(world, 'creation', true);
    const first = String((await world.legOf(paymentId)).escrowId);
    await world.anvil.client.increaseTime({ seconds: 31 * DAY_S });
    await world.stopMoney(false);
    // Version 2 asks no deadline for a funding.
    const isLate = live === 'v2-pausable';
    await world.turn(paymentId);
    if (isLate) expect(await attempts(legId)).toContain('chain_create 1 dead');
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
    expect((await contract().statuses())[first]).toBe(isLate ? PENDING : RELEASED);
    expect(await attempts(legId)).toEqual([
      ...(isLate ? ['chain_create 1 dead', 'chain_create 2 confirmed'] : ['chain_create 1 confirmed']),
      'chain_fund 1 confirmed',
    ]);
  });
}
