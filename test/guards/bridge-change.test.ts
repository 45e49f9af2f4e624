/** docs/contract-operations.md, “Changing the bridge key, as planned”, from its first step to its last. */
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { ROLE_IDS } from '../../src/chain/contract/roles.ts';
import { createContractBreaker } from '../../src/reactor/guards/breaker.ts';
import { actsOn } from '../finality/acts.ts';
import { bring } from '../finality/scenario.ts';
import { keyOf } from '../finality/settings.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { ADMIN, BRIDGE, MNEMONIC } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const NEW = mnemonicToAccount(MNEMONIC, { addressIndex: 7 });

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

/** What the breaker says of the contract now. */
const looked = async (): Promise<boolean> => {
  await world.indexed.sync();
  await world.watchdog.look();
  await createContractBreaker(world.ctx).look();
  const { rows } = await world.db.$client.query<{ is_stopped: boolean }>(
    "SELECT is_stopped FROM reactor.guard_switch WHERE name LIKE 'contract:%'",
  );
  return rows.some(({ is_stopped }) => is_stopped);
};
const paid = async (amount: bigint) =>
  (await world.sandbox.outbox()).filter((order) => order['amount_centavos'] === String(amount)).length;

test('what is in custody, and what waits to be redeemed, is paid under the new wallet, each once; then new money comes in', async () => {
  const held = await bring(world, 'funding', true);
  await world.stopMoney(false);
  const returned = await bring(world, 'return', true);
  await others.accept();
  expect(await looked()).toBe(false);

  // 1. Proposed: nothing new goes in from here on.
  await others.act(ADMIN, 'scheduleSettlement', [NEW.address]);
  expect(await looked()).toBe(true);
  await others.accept();
  expect(await looked()).toBe(false);
  // 2. to 4. Nothing is on its way; the reactor is stopped.
  await others.act(ADMIN, 'grantRole', [ROLE_IDS.bridge, NEW.address]);
  await world.anvil.client.mine({ blocks: 1, interval: 5 });
  await others.act(ADMIN, 'applySettlement', []);
  await others.redirect(held, NEW.address);
  // 5. What the old wallet has.
  const { client } = world.anvil;
  const address = world.contracts.token;
  const balance = await world.chain.tokenBalance(BRIDGE.address);
  const hash = await client.writeContract({
    ...{ address, abi: MXNB_ABI, account: BRIDGE, functionName: 'transfer', args: [NEW.address, balance] },
  } as never);
  await client.waitForTransactionReceipt({ hash });
  // 6. and 7.
  await world.restart({ ESCROW_BRIDGE_WALLET: NEW.address, ESCROW_PRIVATE_KEY: keyOf(NEW) });
  await others.act(ADMIN, 'revokeRole', [ROLE_IDS.bridge, BRIDGE.address]);
  expect(await looked()).toBe(true);
  await world.stopMoney(false);
  for (const payment of [returned, held]) {
    await others.comesTo(payment, 'completed');
    expect(await paid(payment.amount)).toBe(1);
  }
  await others.accept();
  expect(await looked()).toBe(false);
  const next = await world.givePayment({ amount: 765_400n });
  await others.comesTo(next, 'completed');
  expect(await paid(765_400n)).toBe(1);
}, 240_000);
