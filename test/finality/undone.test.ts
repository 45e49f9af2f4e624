/** A reorganisation in whose blocks our own transaction is again, and fails there. */
import { and, eq, like } from 'drizzle-orm';
import { encodeAbiParameters, type Hex, keccak256, pad, parseTransaction } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { effect, evidence, ledgerEntry, walletTransaction } from '../../src/reactor/db/schema.ts';
import { BRIDGE, JUNO } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { bring, expectPaidOnce } from './scenario.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
  await emptyBridge();
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

/** With no other money in the wallet, a funding that comes too early fails. */
async function emptyBridge(): Promise<void> {
  const { token, bridge } = world.settings;
  const balances = encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [bridge, 0n]);
  await world.anvil.client.setStorageAt({ address: token, index: keccak256(balances), value: pad('0x0') });
  expect(await world.chain.tokenBalance(bridge)).toBe(0n);
}

const attemptsOf = async (legId: string, kind: 'chain_fund' | 'chain_release' | 'chain_return') =>
  (
    await world.db
      .select({ attempt: effect.attempt, state: effect.state })
      .from(effect)
      .where(and(eq(effect.subjectId, legId), eq(effect.kind, kind)))
      .orderBy(effect.attempt)
  ).map(({ attempt, state }) => `${attempt} ${state}`);
const takenBack = (paymentId: string) =>
  world.db
    .select()
    .from(ledgerEntry)
    .where(and(eq(ledgerEntry.paymentId, paymentId), like(ledgerEntry.key, 'undo:%')));

/** Ours and Juno's transactions of a reorganised stretch, as they come into blocks again: in this order. */
const sendAgain = async (...raws: Hex[]) => {
  for (const raw of raws) await world.anvil.client.sendRawTransaction({ serializedTransaction: raw });
  // Right after a reorganisation the node may take its time.
  await world.anvil.client.mine({ blocks: 1 });
};
const grow = async (blocks: number, paymentId: string) => {
  await world.anvil.client.mine({ blocks });
  await world.turn(paymentId);
};
const settle = (paymentId: string) => grow(Number(world.settings.finality.largeBlocks) + 1, paymentId);
/** Anvil calls what is 64 blocks deep finalised. */
const finalise = (paymentId: string) => grow(65, paymentId);

test('the funding comes before the MXNB that it was to fund with: the leg goes back to the wallet, funds again, and is paid once', async () => {
  const { paymentId, legId, amount } = await bring(world, 'funding', true);
  const [arrival] = await world.db
    .select()
    .from(evidence)
    .where(and(eq(evidence.subjectId, legId), eq(evidence.source, 'chain')))
    .orderBy(evidence.claimedAt);
  const { txHash } = (arrival?.detail ?? {}) as { txHash: Hex };
  const sent = await world.rawOf(txHash);
  const fund = await world.sentFor(legId, 'chain_fund');
  // What is as deep as that is settled.
  await settle(paymentId);
  expect(await world.sentFor(legId, 'chain_fund')).toMatchObject({ succeeded: true });

  await world.reorganise(await world.depthOf(txHash), { forget: true });
  await sendAgain(fund?.raw as Hex, sent);
  expect((await world.chain.receipt(fund?.hash as Hex))?.status).toBe('reverted');
  await world.turn(paymentId);
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'in_custody', attentionCode: 'evidence_gone' });
  await settle(paymentId);
  expect(await attemptsOf(legId, 'chain_fund')).toEqual(['1 confirmed']);
  await finalise(paymentId);
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'withdrawn', escrowId: null, attentionCode: null });
  expect(world.logged).toContainEqual(
    expect.objectContaining({ event: 'step_undone', kind: 'chain_fund', subject: `leg:${legId}` }),
  );
  expect(await attemptsOf(legId, 'chain_fund')).toEqual(['1 dead']);
  expect(await takenBack(paymentId)).toHaveLength(1);

  await world.stopMoney(false);
  await world.until(paymentId, 'in_custody');
  await world.turn(paymentId);
  expect((await world.legOf(paymentId)).attentionCode).toBeNull();
  await world.until(paymentId, 'completed');
  expect(await attemptsOf(legId, 'chain_fund')).toEqual(['1 dead', '2 confirmed']);
  expect(await takenBack(paymentId)).toHaveLength(1);
  await expectPaidOnce(world, amount);
});

test('the release comes before the custody that begins anew has ended: the leg is in custody again, and is released when it ends', async () => {
  const { paymentId, legId, amount } = await bring(world, 'release', true);
  const fund = await world.sentFor(legId, 'chain_fund');
  const release = await world.sentFor(legId, 'chain_release');
  await settle(paymentId);

  await world.reorganise(await world.depthOf(fund?.hash as Hex));
  // Both in one block: no time passes between them.
  await world.anvil.client.setAutomine(false);
  await sendAgain(fund?.raw as Hex, release?.raw as Hex);
  await world.anvil.client.mine({ blocks: 1 });
  await world.anvil.client.setAutomine(true);
  expect((await world.chain.receipt(fund?.hash as Hex))?.status).toBe('success');
  expect((await world.chain.receipt(release?.hash as Hex))?.status).toBe('reverted');
  await finalise(paymentId);
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'in_custody', attentionCode: null });
  expect(await attemptsOf(legId, 'chain_release')).toEqual(['1 dead']);

  await world.stopMoney(false);
  await world.until(paymentId, 'completed');
  expect(await attemptsOf(legId, 'chain_fund')).toEqual(['1 confirmed']);
  expect(await attemptsOf(legId, 'chain_release')).toEqual(['1 dead', '2 confirmed']);
  expect(await takenBack(paymentId)).toHaveLength(1);
  await expectPaidOnce(world, amount);
});

test('the release fails, and the return goes out of what else the wallet has: the release is made again, so that the wallet has it back', async () => {
  const { paymentId, legId, amount } = await bring(world, 'return', true);
  const [fund, release, sentBack] = await Promise.all(
    (['chain_fund', 'chain_release', 'chain_return'] as const).map((kind) => world.sentFor(legId, kind)),
  );
  await settle(paymentId);
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'returned' });
  const before = await world.chain.tokenBalance(world.settings.bridge);

  await world.reorganise(await world.depthOf(fund?.hash as Hex));
  // Another's money, which the wallet holds at that moment.
  await world.contracts.mint(JUNO, world.settings.bridge, amount * 10_000n);
  await world.anvil.client.setAutomine(false);
  await sendAgain(fund?.raw as Hex, release?.raw as Hex, sentBack?.raw as Hex);
  await world.anvil.client.mine({ blocks: 1 });
  await world.anvil.client.setAutomine(true);
  expect((await world.chain.receipt(release?.hash as Hex))?.status).toBe('reverted');
  expect((await world.chain.receipt(sentBack?.hash as Hex))?.status).toBe('success');
  await finalise(paymentId);
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'returned' });
  expect(await attemptsOf(legId, 'chain_release')).toEqual(['1 dead']);

  await world.stopMoney(false);
  await world.until(paymentId, 'completed');
  expect(await attemptsOf(legId, 'chain_release')).toEqual(['1 dead', '2 confirmed']);
  expect(await attemptsOf(legId, 'chain_return')).toEqual(['1 confirmed']);
  expect(await takenBack(paymentId)).toEqual([]);
  expect(await world.chain.tokenBalance(world.settings.bridge)).toBe(before + amount * 10_000n);
  await expectPaidOnce(world, amount);
});

test('another version of the funding is in the place of the first: the leg stands on that, and nothing is done again', async () => {
  const { paymentId, legId, amount } = await bring(world, 'funding', true);
  const first = await world.sentFor(legId, 'chain_fund');
  if (!first) throw new Error('nothing was signed');
  const { to, data, gas, nonce, maxFeePerGas = 0n, maxPriorityFeePerGas } = parseTransaction(first.raw as Hex);
  const fees = { maxFeePerGas: maxFeePerGas * 2n, maxPriorityFeePerGas };
  const { chainId } = world.settings;
  const raw = await BRIDGE.signTransaction({ type: 'eip1559', chainId, to, data, gas, nonce, ...fees });
  await world.db
    .insert(walletTransaction)
    .values({ ...first, raw, hash: keccak256(raw), version: 1, minedBlock: null, minedBlockHash: null });

  await world.reorganise(await world.depthOf(first.hash as Hex));
  await sendAgain(raw);
  expect((await world.chain.receipt(keccak256(raw)))?.status).toBe('success');
  await settle(paymentId);
  expect(await world.legOf(paymentId)).toMatchObject({ state: 'in_custody', attentionCode: null });
  await world.stopMoney(false);
  await world.until(paymentId, 'completed');
  expect(await attemptsOf(legId, 'chain_fund')).toEqual(['1 confirmed']);
  await expectPaidOnce(world, amount);
});
