/** docs/contract-operations.md, “The bridge key is stolen” and “Changing the bridge key”: whose MXNB lay in a wallet of before. */
import type { Hex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { ROLE_IDS } from '../../src/chain/contract/roles.ts';
import { actsOn } from '../finality/acts.ts';
import { peopleOf } from '../finality/people.ts';
import { bring } from '../finality/scenario.ts';
import { keyOf } from '../finality/settings.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { ADMIN, BRIDGE, JUNO, MNEMONIC, STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const NEW = mnemonicToAccount(MNEMONIC, { addressIndex: 7 });
/** Kustodia’s own MXNB. */
const TREASURY = mnemonicToAccount(MNEMONIC, { addressIndex: 6 });
const ASKS = 'money_in_former_wallet';
const UNITS = 10_000n;

let postgres: TestPostgres;
let world: FinalityWorld;
let others: Awaited<ReturnType<typeof actsOn>>;
let people: Awaited<ReturnType<typeof peopleOf>>;
beforeAll(async () => {
  postgres = await startPostgres();
}, 240_000);
afterAll(() => postgres?.stop());
beforeEach(async () => {
  world = await openFinalityWorld(postgres);
  others = await actsOn(world);
  people = await peopleOf(world);
  await world.contracts.mint(JUNO, TREASURY.address, 10_000_000n * UNITS);
}, 240_000);
afterEach(() => world?.close());

const send = async (from: typeof BRIDGE, to: Hex, value: bigint): Promise<Hex> => {
  const { client } = world.anvil;
  const call = { address: world.contracts.token, abi: MXNB_ABI, functionName: 'transfer', args: [to, value] };
  const hash = await client.writeContract({ ...call, account: from } as never);
  await client.waitForTransactionReceipt({ hash });
  return hash;
};
const balanceOf = (holder: Hex) => world.chain.tokenBalance(holder);
const paid = async (amount: bigint) =>
  (await world.sandbox.outbox()).filter((order) => order['amount_centavos'] === String(amount)).length;
/** The new wallet in the place of the old one, in the contract and in the reactor. */
const change = async (meanwhile: () => Promise<unknown> = async () => undefined) => {
  await others.act(ADMIN, 'grantRole', [ROLE_IDS.bridge, NEW.address]);
  await others.settle(NEW.address);
  await meanwhile();
  await world.restart({
    ...{ ESCROW_BRIDGE_WALLET: NEW.address, ESCROW_PRIVATE_KEY: keyOf(NEW) },
    ESCROW_BRIDGE_WALLETS_BEFORE: BRIDGE.address,
  });
  await others.act(ADMIN, 'revokeRole', [ROLE_IDS.bridge, BRIDGE.address]);
  await others.accept();
};
const carryOver = (...hashes: string[]) => people.both('wallet', 'carry-over', BRIDGE.address, '--tx', ...hashes);

test('whose MXNB were stolen takes none of the next payer’s, and is paid once Kustodia has put in as many', async () => {
  const robbed = await bring(world, 'release', true);
  await send(BRIDGE, STRANGER.address, await balanceOf(BRIDGE.address));
  await change();
  await world.stopMoney(false);
  const told = await world.untilAsks(robbed.paymentId, ASKS);
  expect(told).toContain(`The MXNB of payment ${robbed.paymentId} are in ${BRIDGE.address.toLowerCase()}`);

  // The next payer's come to the wallet, and both are looked at in turn.
  const next = await world.givePayment({ amount: 765_400n });
  for (let turn = 0; turn < 40 && (await world.legOf(next.paymentId)).state !== 'completed'; turn++) {
    await world.turn(next.paymentId);
    await world.turn(robbed.paymentId);
    expect(await world.legOf(robbed.paymentId)).toMatchObject({ state: 'released', attentionCode: ASKS });
  }
  expect([await paid(765_400n), await paid(robbed.amount)]).toEqual([1, 0]);

  // One centavo short, and then no more.
  const formerly = await people.kustodia('olga', 'wallet', 'former');
  expect(formerly.text).toContain(robbed.legId);
  const owed = robbed.amount * UNITS;
  const first = await send(TREASURY, NEW.address, owed - UNITS);
  expect(await carryOver(first)).toContain('0.01 MXNB of that are still to come');
  const second = await send(TREASURY, NEW.address, UNITS);
  expect(await people.dry('wallet', 'carry-over', BRIDGE.address, '--tx', first, second)).toContain('1 legs lie');
  expect((await world.legOf(robbed.paymentId)).attentionCode).toBe(ASKS);
  expect(await carryOver(first, second)).toBe('Approved and done.');
  await others.comesTo(robbed, 'completed');
  expect(await paid(robbed.amount)).toBe(1);
}, 240_000);

test('before its escrow as well, and what was written down and not signed when the key was changed', async () => {
  const unfunded = await bring(world, 'withdrawal', true);
  await world.stopMoney(false);
  await world.watchdog.look();
  await world.advance(unfunded.paymentId);
  expect((await world.legOf(unfunded.paymentId)).state).toBe('funding');
  await send(BRIDGE, STRANGER.address, await balanceOf(BRIDGE.address));
  await change();
  const next = await world.givePayment({ amount: 765_400n });
  await world.untilAsks(unfunded.paymentId, ASKS);
  await others.comesTo(next, 'completed');
  await world.untilAsks(unfunded.paymentId, ASKS);
  expect((await world.legOf(unfunded.paymentId)).state).toBe('funding');
  expect(await world.sentFor(unfunded.legId, 'chain_fund')).toBeUndefined();
  expect(await carryOver(await send(TREASURY, NEW.address, unfunded.amount * UNITS))).toBe('Approved and done.');
  await others.comesTo(unfunded, 'completed');
  expect(await paid(unfunded.amount)).toBe(1);
}, 240_000);

test('is covered by no transfer that is another payment’s, was recorded before, or came from the wallet itself', async () => {
  const robbed = await bring(world, 'release', true);
  await send(BRIDGE, STRANGER.address, await balanceOf(BRIDGE.address));
  await change();
  await world.stopMoney(false);
  await world.untilAsks(robbed.paymentId, ASKS);
  const next = await bring(world, 'withdrawal', true);
  const { rows } = await world.db.$client.query<{ hash: string }>(
    "SELECT detail ->> 'txHash' AS hash FROM reactor.evidence WHERE subject_id = $1 AND detail ->> 'as' = 'arrival'",
    [next.legId],
  );
  expect(await carryOver(rows[0]?.hash ?? '')).toContain(`is evidence of leg ${next.legId} already`);
  expect(await carryOver(await send(NEW, NEW.address, 1n))).toContain('brings nothing');
  expect(await carryOver(await send(TREASURY, BRIDGE.address, 1n))).toContain('no MXNB');
  expect(await carryOver(`0x${'ab'.repeat(32)}`)).toContain('no transaction');
  const hash = await send(TREASURY, NEW.address, robbed.amount * UNITS);
  expect(await carryOver(hash)).toBe('Approved and done.');
  expect(await carryOver(hash)).toContain(`is evidence of wallet ${BRIDGE.address.toLowerCase()} already`);
}, 240_000);

test('a stranger releases to the wallet of before in the midst of a planned change: it goes on once that is carried over', async () => {
  const held = await world.givePayment({ amount: 765_400n, custodySeconds: 40 });
  await world.until(held.paymentId, 'in_custody');
  const { escrowId } = await others.escrowOf(held);
  let moved: Hex = '0x';
  await change(async () => {
    await world.anvil.client.mine({ blocks: 1, interval: 31 * 86_400 });
    await others.act(STRANGER, 'release', [escrowId]);
    moved = await send(BRIDGE, NEW.address, await balanceOf(BRIDGE.address));
  });
  await world.untilAsks(held.paymentId, ASKS);
  expect((await world.legOf(held.paymentId)).state).toBe('released');
  expect(await carryOver(moved)).toContain('is not settled on the chain as FINALITY_POLICY asks');
  await world.anvil.client.mine({ blocks: 70 });
  expect(await carryOver(moved)).toBe('Approved and done.');
  await others.comesTo(held, 'completed');
  expect(await paid(765_400n)).toBe(1);
}, 240_000);
