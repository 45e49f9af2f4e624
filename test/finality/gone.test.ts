import { eq } from 'drizzle-orm';
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { effect, evidence } from '../../src/reactor/db/schema.ts';
import { ADMIN, JUNO, referenceOf, STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { bring, expectPaidOnce } from './scenario.ts';
import { type FinalityWorld, openFinalityWorld } from './world.ts';

let postgres: TestPostgres;
let world: FinalityWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
  await admitStranger();
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const STRANGERS_UNITS = 1_000_000n;
const escrow = () => ({ abi: KUSTODIA_ESCROW_ABI, address: world.contracts.escrow }) as const;

/** Gives somebody else the bridge's role on the contract, and MXNB to use it. */
async function admitStranger(): Promise<void> {
  const { client } = world.anvil;
  const role = await client.readContract({ ...escrow(), functionName: 'BRIDGE_ROLE' });
  const grant = { ...escrow(), account: ADMIN, functionName: 'grantRole', args: [role, STRANGER.address] } as const;
  await client.waitForTransactionReceipt({ hash: await client.writeContract(grant) });
  await world.contracts.mint(JUNO, STRANGER.address, 10n * STRANGERS_UNITS);
  await world.contracts.approve(STRANGER, 10n * STRANGERS_UNITS);
}

const effectsOf = async (legId: string, kind: string) =>
  (await world.db.select().from(effect).where(eq(effect.subjectId, legId))).filter((row) => row.kind === kind);

describe('evidence that a reorganisation took out', () => {
  test('of MXNB that Juno sent: nothing is funded, a person is told, and it goes on by itself when they are back', async () => {
    const { paymentId, legId, amount } = await bring(world, 'withdrawal', true);
    const [arrival] = await world.db.select().from(evidence).where(eq(evidence.source, 'chain'));
    const { txHash } = (arrival?.detail ?? {}) as { txHash: Hex };
    const raw = await world.rawOf(txHash);
    await world.reorganise(await world.depthOf(txHash), { forget: true });
    await world.stopMoney(false);
    const told = await world.untilAsks(paymentId, 'evidence_gone');
    expect(told).toContain(txHash);
    expect(told).toMatch(/goes on by itself/);
    expect(await effectsOf(legId, 'chain_fund')).toEqual([]);

    await world.anvil.client.sendRawTransaction({ serializedTransaction: raw });
    await world.until(paymentId, 'completed');
    await expectPaidOnce(world, amount);
  });

  test('of a return, after Juno’s credit: no peso leaves until the same bytes are in a block again', async () => {
    const { paymentId, legId, amount } = await bring(world, 'return', true);
    const sent = await world.sentFor(legId, 'chain_return');
    await world.reorganise(await world.depthOf(sent?.hash as Hex));
    await world.stopMoney(false);
    await world.indexed.sync();
    await world.watchdog.look();
    await world.advance(paymentId);
    expect(await world.legOf(paymentId)).toMatchObject({ state: 'returned', attentionCode: 'evidence_gone' });
    expect(await effectsOf(legId, 'juno_redemption')).toEqual([]);
    await world.until(paymentId, 'completed');
    expect(await world.sentFor(legId, 'chain_return')).toMatchObject({ raw: sent?.raw, version: 0 });
    expect((await world.legOf(paymentId)).attentionCode).toBeNull();
    await expectPaidOnce(world, amount);
  });
});

describe('an id that a reorganisation gives to another escrow', () => {
  /** The stranger makes an escrow, and so takes the next id. */
  const takeNextId = async (reference: Hex): Promise<bigint> => {
    const { client } = world.anvil;
    const args = [reference, world.contracts.token, STRANGERS_UNITS, 1n] as const;
    const hash = await client.writeContract({ ...escrow(), account: STRANGER, functionName: 'createAndFund', args });
    await client.waitForTransactionReceipt({ hash });
    return client.readContract({ ...escrow(), functionName: 'escrowIdOf', args: [reference] });
  };
  const statusOf = async (escrowId: bigint) =>
    (await world.anvil.client.readContract({ ...escrow(), functionName: 'getEscrow', args: [escrowId] })).status;
  const FUNDED = 1;

  test('in custody: the reference decides; the leg takes its own escrow’s new id and end, the other’s is never touched', async () => {
    const { paymentId, legId, amount, block } = await bring(world, 'funding', true);
    const { escrowId: taken } = await world.legOf(paymentId);
    const sent = await world.sentFor(legId, 'chain_fund');
    await world.reorganise(Number((await world.anvil.client.getBlockNumber()) - block) + 1);
    const other = await takeNextId(referenceOf(9_001));
    expect(other).toBe(taken);
    await world.stopMoney(false);
    await world.until(paymentId, 'completed');
    const { escrowId } = await world.legOf(paymentId);
    expect(escrowId).not.toBe(taken);
    expect(await world.sentFor(legId, 'chain_fund')).toMatchObject({ raw: sent?.raw });
    expect(await statusOf(other)).toBe(FUNDED);
    await expectPaidOnce(world, amount);
  });

  test('while it is being released: the old bytes, which name the other’s id, are not handed over again', async () => {
    const { paymentId, legId, block } = await bring(world, 'release', false);
    const fund = await world.sentFor(legId, 'chain_fund');
    const release = await world.sentFor(legId, 'chain_release');
    const { escrowId: taken } = await world.legOf(paymentId);
    expect(block).toBeDefined();
    await world.reorganise(await world.depthOf(fund?.hash as Hex));
    const other = await takeNextId(referenceOf(9_002));
    expect(other).toBe(taken);
    for (let turns = 0; turns < 4; turns++) await world.turn(paymentId);
    expect(await world.chain.receipt(fund?.hash as Hex)).not.toBeNull();
    expect(await world.chain.knows(release?.hash as Hex)).toBe(false);
    expect(await statusOf(other)).toBe(FUNDED);
  });
});
