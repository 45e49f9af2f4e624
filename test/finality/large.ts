import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { effect } from '../../src/reactor/db/schema.ts';
import type { TestPostgres } from '../support/postgres.ts';
import { startNode, type TestNode } from './node.ts';
import { expectPaidOnce } from './scenario.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

export const LARGE = 250_000n;
export const SMALL = 150_000n;
/** Anvil calls `finalized` what lies 64 blocks below its head. */
export const ANVIL_FINALITY = 64;
const POLICY = JSON.stringify([
  { fromMxn: '0', within: 0, return: 0, redemption: 0 },
  { fromMxn: '2000', within: 2, return: 2, redemption: 'finalized', bothRpcs: true },
]);

/** A world whose two RPCs are nodes that can be told to answer otherwise; from 2,000 pesos on both are asked. */
export async function openWorldOfTwoRpcs(postgres: TestPostgres) {
  const nodes: TestNode[] = [];
  const world = await openFinalityWorld(postgres, {
    nodes: async (url) => {
      nodes.push(await startNode(url), await startNode(url));
      return { ETH_RPC_URL: nodes[0]?.url ?? '', ETH_RPC_URL_2: nodes[1]?.url ?? '', FINALITY_POLICY: POLICY };
    },
  });
  const [first, second] = nodes;
  if (!first || !second) throw new Error('the nodes were not started');
  const close = async () => {
    await world.close();
    await Promise.all([first.stop(), second.stop()]);
  };
  return { world, first, second, close };
}

export const redemptionsOf = async ({ db }: FinalityWorld, legId: string) =>
  (await db.select().from(effect).where(eq(effect.subjectId, legId))).filter(({ kind }) => kind === 'juno_redemption');

let payments = 0n;
/** A payment whose MXNB are on their way back to Juno, and so many blocks lie on that. */
export async function giveReturning(world: FinalityWorld, amount: bigint, blocks: number) {
  const exact = amount + ++payments * 137n;
  const payment = await world.givePayment({ amount: exact });
  await world.until(payment.paymentId, 'returning');
  await world.turn(payment.paymentId);
  if (blocks > 0) await world.anvil.client.mine({ blocks });
  return { ...payment, amount: exact };
}

export async function failsClosedWithoutFinalized(world: FinalityWorld, node: TestNode): Promise<void> {
  const { paymentId, legId, amount } = await giveReturning(world, LARGE, 0);
  node.answer('without_finalized');
  await world.anvil.client.mine({ blocks: 2 * ANVIL_FINALITY });
  expect(await world.untilAsks(paymentId, 'finalized_unknown')).toMatch(/does not know the tag “finalized”/);
  expect(await redemptionsOf(world, legId)).toEqual([]);
  node.answer('truly');
  await world.until(paymentId, 'completed');
  await expectPaidOnce(world, amount);
}
