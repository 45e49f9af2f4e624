/** One transaction ends two escrows. Once one is claimed, a reorganisation numbers its logs anew, so that the other's are what the first's were. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { actsOn } from '../finality/acts.ts';
import { peopleOf } from '../finality/people.ts';
import { expectPaidOnce } from '../finality/scenario.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { ADMIN, JUNO, STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const OVERDUE_S = 31 * 86_400;
const GWEI = 1_000_000_000n;
let postgres: TestPostgres;
let world: FinalityWorld;
let others: Awaited<ReturnType<typeof actsOn>>;
let people: Awaited<ReturnType<typeof peopleOf>>;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
  others = await actsOn(world);
  people = await peopleOf(world);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

/** Ends both in one transaction, behind two of others in its block. */
async function endBoth(escrowIds: readonly bigint[]) {
  const { client } = world.anvil;
  const { token, escrow } = world.contracts;
  await client.setAutomine(false);
  for (const account of [ADMIN, JUNO])
    await client.writeContract({
      ...{ address: token, abi: MXNB_ABI, functionName: 'approve', args: [ADMIN.address, 1n], account },
      ...{ maxFeePerGas: 90n * GWEI, maxPriorityFeePerGas: 50n * GWEI },
    });
  const hash = await client.writeContract({
    ...{ address: escrow, abi: KUSTODIA_ESCROW_ABI, functionName: 'releaseBatch', args: [escrowIds] },
    ...{ account: STRANGER, gas: 900_000n, maxFeePerGas: 5n * GWEI, maxPriorityFeePerGas: GWEI },
  });
  await client.mine({ blocks: 1 });
  await client.setAutomine(true);
  const numbers = async () => (await client.getTransactionReceipt({ hash })).logs.map(({ logIndex }) => logIndex);
  return { hash, numbers };
}

/** The first is released; then the transaction stands in another block, alone. */
async function endAndRenumber(one: Awaited<ReturnType<typeof others.funded>>, two: typeof one) {
  const { client } = world.anvil;
  const { hash, numbers } = await endBoth([one.escrowId, two.escrowId]);
  expect(await numbers()).toEqual([2, 3, 4, 5]);
  await world.indexed.sync();
  await world.watchdog.look();
  await world.stopMoney(false);
  const isAt = async (...states: string[]) => states.includes((await world.legOf(one.paymentId)).state);
  for (let look = 0; look < 20 && !(await isAt('released', 'returning')); look++) {
    if (await isAt('releasing')) await world.stopMoney(true);
    await world.advance(one.paymentId);
  }
  await world.stopMoney(true);
  expect(await isAt('released', 'returning')).toBe(true);
  const raw = await world.rawOf(hash);
  await world.reorganise(await world.depthOf(hash), { forget: true });
  await client.sendRawTransaction({ serializedTransaction: raw });
  await client.mine({ blocks: 2 });
  expect(await numbers()).toEqual([0, 1, 2, 3]);
  await world.stopMoney(false);
}

test('both are paid, once', async () => {
  const [one, two] = [await others.funded(612_011n), await others.funded(613_013n)];
  await world.stopMoney(true);
  await world.anvil.client.mine({ blocks: 3, interval: OVERDUE_S });
  await endAndRenumber(one, two);
  for (const held of [one, two]) {
    await others.comesTo(held, 'completed');
    await expectPaidOnce(world, held.amount);
  }
}, 240_000);

test('the one that was redirected is told, and closed by a payment by hand', async () => {
  const [one, two] = [await others.funded(712_011n), await others.funded(713_013n)];
  await world.stopMoney(true);
  await world.anvil.client.mine({ blocks: 3, interval: OVERDUE_S });
  await others.redirect(two, STRANGER.address);
  await endAndRenumber(one, two);
  await others.comesTo(one, 'completed');
  await others.comesTo(two, 'escrow_paid_another');
  await world.anvil.client.mine({ blocks: 70 });
  await world.indexed.sync();
  const settle = ['settle-outside', two.paymentId, '--leg', two.legId, '--tracking-key', 'HAND5'] as const;
  expect(await people.both('payment', ...settle, '--cep', 'https://www.banxico.org.mx/cep/go?i=90714')).toBe(
    'Approved and done.',
  );
  expect((await world.legOf(two.paymentId)).state).toBe('closed');
}, 240_000);
