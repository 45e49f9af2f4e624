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
/** Turns until Juno's transfer of an amount is in a block; its transaction. */
const arrivalOf = async (amount: bigint, turn: () => Promise<void>): Promise<Hex> => {
  for (let tries = 0; tries < 40; tries++) {
    const events = await world.anvil.client.getContractEvents({
      ...{ address: world.contracts.token, abi: MXNB_ABI, eventName: 'Transfer', fromBlock: 0n, strict: true },
      args: { from: JUNO.address, to: NEW.address },
    });
    const found = events.find(({ args }) => args.value === amount * UNITS);
    if (found) return found.transactionHash;
    await turn();
  }
  throw new Error('Juno sent nothing');
};
/** Its MXNB are in the wallet when that is emptied and changed. */
const theft = async () => {
  const robbed = await bring(world, 'release', true);
  await send(BRIDGE, STRANGER.address, await balanceOf(BRIDGE.address));
  await change();
  await world.stopMoney(false);
  return { robbed, told: await world.untilAsks(robbed.paymentId, ASKS) };
};
const carryOver = (...hashes: string[]) => people.both('wallet', 'carry-over', BRIDGE.address, '--tx', ...hashes);

test('whose MXNB were stolen takes none of the next payer’s, and is paid once Kustodia has put in as many', async () => {
  const { robbed, told } = await theft();
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
  const { robbed } = await theft();
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

test('is covered by nothing that Juno sends: what it names, what a payment waits for, what comes from where that came from', async () => {
  const { robbed } = await theft();
  // More than was stolen has come for the next payer, and its leg has not seen it.
  const next = await world.givePayment({ amount: robbed.amount + 5_000n });
  await world.until(next.paymentId, 'withdrawing');
  const brought = await arrivalOf(robbed.amount + 5_000n, () => world.turn(next.paymentId));
  await world.anvil.client.mine({ blocks: 70 });
  expect((await world.legOf(next.paymentId)).state).toBe('withdrawing');
  // Once Juno names it, nobody but who records it has looked there.
  let said = '';
  for (let tries = 0; tries < 40 && !said.includes('is Juno’s own'); tries++) {
    await world.anvil.client.mine({ blocks: 1, interval: 2 });
    said = await carryOver(brought);
    expect(said).toContain('Nothing was recorded');
  }
  expect(said).toContain('is Juno’s own');

  // Juno may name no transaction.
  await world.db.$client.query('UPDATE reactor.juno_transaction SET tx_hash = NULL WHERE tx_hash = $1', [brought]);
  expect(await carryOver(brought)).toContain(`Payment ${next.paymentId} waits for`);
  await others.comesTo(next, 'completed');
  expect(await carryOver(brought)).toContain(`is evidence of leg ${next.legId} already`);
  await world.contracts.mint(JUNO, JUNO.address, robbed.amount * UNITS);
  expect(await carryOver(await send(JUNO, NEW.address, robbed.amount * UNITS))).toContain(
    'what Juno sends for payments',
  );
  expect((await world.legOf(robbed.paymentId)).attentionCode).toBe(ASKS);
  expect([await paid(robbed.amount + 5_000n), await paid(robbed.amount)]).toEqual([1, 0]);
}, 240_000);

test('is covered by nothing that was claimed in a block that a reorganisation took away, under another number', async () => {
  await theft();
  const next = await bring(world, 'withdrawal', true);
  await world.anvil.client.mine({ blocks: 70 });
  const connection = await world.db.$client.connect();
  await connection.query('SET session_replication_role = replica');
  const { rows } = await connection.query<{ hash: string }>(
    `UPDATE reactor.evidence SET external_id = external_id || '9', detail = detail || jsonb_build_object('blockHash', $2::text)
     WHERE subject_id = $1 AND detail ->> 'as' = 'arrival' RETURNING detail ->> 'txHash' AS hash`,
    [next.legId, `0x${'cd'.repeat(32)}`],
  );
  await connection.query('SET session_replication_role = origin');
  connection.release();
  expect(await carryOver(rows[0]?.hash ?? '')).toContain(`is evidence of leg ${next.legId} already`);
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
