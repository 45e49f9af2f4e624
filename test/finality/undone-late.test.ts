/** A reorganisation in whose blocks our own transactions fail, seen late: with the next step recorded, under way, or long done. */
import { eq } from 'drizzle-orm';
import { encodeAbiParameters, type Hex, keccak256, pad } from 'viem';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { applyRecord } from '../../src/reactor/advance/apply.ts';
import { loadView } from '../../src/reactor/advance/load.ts';
import { effect, evidence } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { replaceLeg } from '../../src/reactor/replace/replace.ts';
import { JUNO, referenceOf } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { bring, expectPaidOnce } from './scenario.ts';
import { admitStranger } from './stranger.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
}, 240_000);
beforeEach(async () => {
  await world.stopMoney(false);
  // With no other money in the wallet, what comes too early fails.
  const { token, bridge } = world.settings;
  const balances = encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [bridge, 0n]);
  await world.anvil.client.setStorageAt({ address: token, index: keccak256(balances), value: pad('0x0') });
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const STEPS = ['chain_fund', 'chain_release', 'chain_return'] as const;
const signedFor = async (legId: string): Promise<Hex[]> =>
  (await Promise.all(STEPS.map((kind) => world.sentFor(legId, kind)))).flatMap((sent) =>
    sent ? [sent.raw as Hex] : [],
  );
const statesOf = async (legId: string) => {
  const rows = await world.db.select().from(effect).where(eq(effect.subjectId, legId)).orderBy(effect.attempt);
  return Object.fromEntries(rows.map(({ kind, attempt, state }) => [`${kind} ${attempt}`, state]));
};
const arrivalOf = async (legId: string): Promise<Hex> => {
  const rows = await world.db.select().from(evidence).where(eq(evidence.subjectId, legId));
  const details = rows.map(({ detail }) => detail as { as?: string; txHash: Hex });
  const arrival = details.find(({ as }) => as === 'arrival');
  if (!arrival) throw new Error(`nothing arrived for ${legId}`);
  return arrival.txHash;
};
const send = (raw: Hex) => world.anvil.client.sendRawTransaction({ serializedTransaction: raw });
const grow = async (paymentId: string, blocks: number) => {
  await world.anvil.client.mine({ blocks });
  await world.turn(paymentId);
};
/** In one block, so that no time passes between them. */
const together = async (raws: readonly Hex[]) => {
  await world.anvil.client.setAutomine(false);
  for (const raw of raws) await send(raw);
  await world.anvil.client.mine({ blocks: 1 });
  await world.anvil.client.setAutomine(true);
};
/** Takes the decision of now, and leaves what it recorded unsent. */
const recordOnly = async (paymentId: string) => {
  const view = await loadView(world.ctx, paymentId);
  const decision = view && decide(view);
  if (decision?.do !== 'record') throw new Error(`it is not recorded but ${decision?.do}`);
  await withLane(world.ctx, `payment:${paymentId}`, (lane) => applyRecord(world.ctx, lane, paymentId, decision));
  await world.stopMoney(true);
};
const ordersOf = async (amount: bigint) =>
  (await world.sandbox.outbox()).filter((order) => order['amount_centavos'] === String(amount));

test('all three fail, and the return’s failure is final a little later: the leg goes back to the wallet, and is paid once', async () => {
  const { paymentId, legId, amount } = await bring(world, 'return', false);
  const txHash = await arrivalOf(legId);
  const arrival = await world.rawOf(txHash);
  const [fund, release, sentBack] = await signedFor(legId);
  await world.reorganise(await world.depthOf(txHash), { forget: true });
  await send(fund as Hex);
  await send(release as Hex);
  await world.anvil.client.mine({ blocks: 20 });
  await send(sentBack as Hex);
  await send(arrival);
  for (let blocks = 0; blocks < 96; blocks += 8) await grow(paymentId, 8);
  expect(await statesOf(legId)).toMatchObject({
    'chain_fund 1': 'dead',
    'chain_release 1': 'dead',
    'chain_return 1': 'dead',
  });
  await world.until(paymentId, 'completed');
  await expectPaidOnce(world, amount);
});

test('a redemption that waited is not written once its return is undone, whatever else Juno’s pool has', async () => {
  const { paymentId, legId, amount } = await bring(world, 'return', true);
  await world.stopMoney(false);
  await recordOnly(paymentId);
  const txHash = await arrivalOf(legId);
  const arrival = await world.rawOf(txHash);
  const raws = await signedFor(legId);
  await grow(paymentId, Number(world.settings.finality.largeBlocks) + 1);
  await world.reorganise(await world.depthOf(txHash), { forget: true });
  for (const raw of [...raws, arrival]) await send(raw);
  // What a mint costs depends on what Juno's address has: it is asked for once the arrival has left there.
  await vi.waitFor(() => world.anvil.client.getTransactionReceipt({ hash: txHash }), { timeout: 10_000, interval: 20 });
  await world.contracts.mint(JUNO, JUNO.address, amount * 10_000n);
  await world.stopMoney(false);
  // Not final yet: the chain is read once more before it is written.
  await grow(paymentId, 1);
  expect(await statesOf(legId)).toMatchObject({ 'juno_redemption 1': 'recorded' });
  expect(await ordersOf(amount)).toEqual([]);
  await grow(paymentId, 70);
  expect(await world.untilAsks(paymentId, 'return_undone')).toMatch(/Nothing is paid/);
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'returned' });
  expect(await statesOf(legId)).toMatchObject({ 'chain_return 1': 'dead', 'juno_redemption 1': 'dead' });
  expect(await ordersOf(amount)).toEqual([]);
});

test('a release that was undone under a completed leg is made again, so that the wallet has back what it lent', async () => {
  const { paymentId, legId, amount } = await bring(world, 'return', true);
  const fund = await world.sentFor(legId, 'chain_fund');
  const raws = await signedFor(legId);
  await world.stopMoney(false);
  await world.until(paymentId, 'completed');
  await grow(paymentId, Number(world.settings.finality.largeBlocks) + 1);
  const before = await world.chain.tokenBalance(world.settings.bridge);
  await world.reorganise(await world.depthOf(fund?.hash as Hex));
  await world.contracts.mint(JUNO, world.settings.bridge, amount * 10_000n);
  await together(raws);
  await grow(paymentId, 70);
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'completed' });
  for (let turns = 0; turns < 8; turns++) await grow(paymentId, 2);
  expect(await statesOf(legId)).toMatchObject({ 'chain_release 1': 'dead', 'chain_release 2': 'confirmed' });
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'completed', attentionCode: null });
  expect(await world.chain.tokenBalance(world.settings.bridge)).toBe(before + amount * 10_000n);
  await expectPaidOnce(world, amount);
});

test('so it is under a leg that another has taken the place of', async () => {
  const { paymentId, legId, amount } = await bring(world, 'return', true);
  const fund = await world.sentFor(legId, 'chain_fund');
  const raws = await signedFor(legId);
  const row = await world.legOf(paymentId);
  const heirs = [{ kind: 'custody' as const, amount: centavos(amount), destinationId: row.destinationId }];
  await world.db.transaction((tx) => replaceLeg(tx, world.ctx, { legId, heirs, cause: 'paid from here' }));
  await grow(paymentId, Number(world.settings.finality.largeBlocks) + 1);
  const before = await world.chain.tokenBalance(world.settings.bridge);
  await world.reorganise(await world.depthOf(fund?.hash as Hex));
  await world.contracts.mint(JUNO, world.settings.bridge, amount * 10_000n);
  await together(raws);
  await world.stopMoney(false);
  for (let turns = 0; turns < 9; turns++) await grow(paymentId, 9);
  await vi.waitFor(
    async () => {
      await grow(paymentId, 2);
      expect(await statesOf(legId)).toMatchObject({ 'chain_release 1': 'dead', 'chain_release 2': 'confirmed' });
      expect(await ordersOf(amount)).toHaveLength(1);
    },
    { timeout: 60_000, interval: 20 },
  );
  expect(await world.chain.tokenBalance(world.settings.bridge)).toBe(before + amount * 10_000n);
  await expectPaidOnce(world, amount);
});

test('a return that nobody has signed does not go out of another payment’s MXNB', async () => {
  const { paymentId, legId, amount } = await bring(world, 'release', true);
  const fund = await world.sentFor(legId, 'chain_fund');
  const raws = await signedFor(legId);
  await world.stopMoney(false);
  await recordOnly(paymentId);
  await grow(paymentId, Number(world.settings.finality.largeBlocks) + 1);
  await world.reorganise(await world.depthOf(fund?.hash as Hex));
  await together(raws);
  const others = amount * 10_000n;
  await world.contracts.mint(JUNO, world.settings.bridge, others);
  await grow(paymentId, 70);
  expect(await statesOf(legId)).toMatchObject({ 'chain_release 1': 'dead' });
  await world.hurry();
  await world.sign();
  expect(await world.chain.tokenBalance(world.settings.bridge)).toBe(others);
  await world.stopMoney(false);
  await world.until(paymentId, 'completed');
  expect(await world.chain.tokenBalance(world.settings.bridge)).toBe(others);
  await expectPaidOnce(world, amount);
});

test('a release that nobody has signed, of an escrow that has another id by now, gives way and is made under the new one', async () => {
  const stranger = await admitStranger(world);
  const { paymentId, legId, amount, block } = await bring(world, 'funding', true);
  await grow(paymentId, 2);
  await world.stopMoney(false);
  await world.watchdog.look();
  await recordOnly(paymentId);
  await world.reorganise(Number((await world.anvil.client.getBlockNumber()) - block) + 1);
  await stranger.takeNextId(referenceOf(9_777));
  await world.stopMoney(false);
  await world.until(paymentId, 'completed');
  expect(await statesOf(legId)).toMatchObject({ 'chain_release 1': 'dead', 'chain_release 2': 'confirmed' });
  await expectPaidOnce(world, amount);
});
