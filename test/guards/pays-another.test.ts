import type { Hex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI as abi } from '../../src/chain/abi/kustodiaEscrow.ts';
import { ROLE_IDS } from '../../src/chain/contract/roles.ts';
import { checkContracts } from '../../src/reactor/guards/contract.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { rescanEnded } from '../../src/reactor/watch/rescan.ts';
import { bring, expectPaidOnce } from '../finality/scenario.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { ADMIN, BRIDGE, MNEMONIC, STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const APPROVER = mnemonicToAccount(MNEMONIC, { addressIndex: 3 });
/** Another key with the bridge’s role: what the bridge’s own signs elsewhere stops its lane. */
const OTHER = mnemonicToAccount(MNEMONIC, { addressIndex: 5 });
const EXPIRY = 4_000_000_000n;
const TYPES = {
  ...Object.fromEntries(
    ['ReleaseEarly', 'CancelEarly'].map((name) => [
      name,
      [
        { name: 'escrowId', type: 'uint256' },
        { name: 'ref', type: 'bytes32' },
        { name: 'disputes', type: 'uint24' },
        { name: 'expiry', type: 'uint64' },
      ],
    ]),
  ),
};

let postgres: TestPostgres;
let world: FinalityWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await openFinalityWorld(postgres);
  await checkContracts(world.db, world.chain, world.settings);
  await act(ADMIN, 'grantRole', [ROLE_IDS.approver, APPROVER.address]);
  await act(ADMIN, 'grantRole', [ROLE_IDS.bridge, OTHER.address]);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});
beforeEach(() => act(ADMIN, 'scheduleSettlement', [BRIDGE.address]));

async function act(account: typeof ADMIN, functionName: string, args: readonly unknown[]): Promise<Hex> {
  const { client } = world.anvil;
  const hash = await client.writeContract({
    address: world.contracts.escrow,
    abi,
    account,
    functionName,
    args,
  } as never);
  const receipt = await client.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') throw new Error(`${functionName} was reverted`);
  return hash;
}
/** Lets the escrow of a payment pay an address. */
async function redirect({ paymentId }: { paymentId: string }, address: Hex): Promise<void> {
  const { escrowId } = await escrowOf(paymentId);
  await act(ADMIN, 'scheduleSettlement', [address]);
  await act(APPROVER, 'redirect', [[escrowId], address]);
}
const stolen = () => world.chain.tokenBalance(STRANGER.address);
/** In custody, and due by the chain's clock. */
const inCustody = async () => {
  const held = await bring(world, 'funding', true);
  await world.stopMoney(false);
  await world.anvil.client.mine({ blocks: 1, interval: 5 });
  return held;
};
/** Its release is written down, and nobody has signed it. */
const releasing = async () => {
  const held = await inCustody();
  await world.watchdog.look();
  await world.advance(held.paymentId);
  expect((await world.legOf(held.paymentId)).state).toBe('releasing');
  return held;
};
const escrowOf = async (paymentId: string) => {
  const { escrowId, reference } = await world.legOf(paymentId);
  if (escrowId === null) throw new Error('it has no escrow');
  return { escrowId, reference };
};

describe('an escrow that would pay somebody else', () => {
  test('is not released, though it is due: a person is told, and it goes on once it pays the wallet again', async () => {
    const before = await stolen();
    const held = await inCustody();
    await redirect(held, STRANGER.address);
    const told = await world.untilAsks(held.paymentId, 'escrow_pays_another');
    expect(told).toContain(STRANGER.address.toLowerCase());
    expect((await world.legOf(held.paymentId)).state).toBe('in_custody');
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await redirect(held, BRIDGE.address);
    await world.until(held.paymentId, 'completed');
    await expectPaidOnce(world, held.amount);
    expect(await stolen()).toBe(before);
  });

  test('is not signed for, though its release was written down while it paid the wallet', async () => {
    const before = await stolen();
    const held = await releasing();
    await redirect(held, STRANGER.address);
    const told = await world.untilAsks(held.paymentId, 'chain_release_not_getting_through');
    expect(told).toContain(`would pay ${STRANGER.address.toLowerCase()} and not the bridge wallet`);
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await redirect(held, BRIDGE.address);
    await world.until(held.paymentId, 'completed');
    await expectPaidOnce(world, held.amount);
    expect(await stolen()).toBe(before);
  });

  test('is not handed to the node again, though its release was signed: its nonce is used up by nothing', async () => {
    const before = await stolen();
    const held = await releasing();
    const { client } = world.anvil;
    await client.setAutomine(false);
    await world.hurry();
    await world.sign();
    const sent = await world.sentFor(held.legId, 'chain_release');
    await client.dropTransaction({ hash: sent?.hash as Hex });
    await client.setAutomine(true);
    await redirect(held, STRANGER.address);
    await world.turn(held.paymentId);
    expect(await world.sentFor(held.legId, 'chain_release')).toMatchObject({ isNoop: true });
    await world.untilAsks(held.paymentId, 'escrow_pays_another');
    expect(await stolen()).toBe(before);
    await redirect(held, BRIDGE.address);
    await world.until(held.paymentId, 'completed');
    await expectPaidOnce(world, held.amount);
  }, 120_000);
});

describe('an escrow that was released to somebody else', () => {
  test.each(['in_custody', 'releasing'] as const)('while %s is told at once, with who got it', async (state) => {
    const held = await (state === 'releasing' ? releasing() : inCustody());
    await redirect(held, STRANGER.address);
    await act(OTHER, 'release', [(await escrowOf(held.paymentId)).escrowId]);
    await world.indexed.sync();
    await world.watchdog.look();
    await world.advance(held.paymentId);
    const leg = await world.legOf(held.paymentId);
    expect(leg).toMatchObject({ state, attentionCode: 'escrow_paid_another' });
    expect(leg.attentionText).toContain(`went to ${STRANGER.address.toLowerCase()}`);
  });
});

describe('an escrow in custody that somebody else ended', () => {
  const signed = async (paymentId: string, primaryType: 'ReleaseEarly' | 'CancelEarly') => {
    const { escrowId, reference } = await escrowOf(paymentId);
    const signature = await APPROVER.signTypedData({
      domain: {
        ...{ name: 'KustodiaEscrow', version: '3', chainId: 31_337, verifyingContract: world.contracts.escrow },
      },
      ...{ types: TYPES, primaryType, message: { escrowId, ref: reference as Hex, disputes: 0, expiry: EXPIRY } },
    });
    return [escrowId, APPROVER.address, EXPIRY, signature] as const;
  };

  test('before its time is found at once and told, nobody is paid, and it goes on when its time comes', async () => {
    const held = await world.givePayment({ amount: 234_500n, custodySeconds: 100_000 });
    await world.until(held.paymentId, 'in_custody');
    await act(OTHER, 'releaseEarly', await signed(held.paymentId, 'ReleaseEarly'));
    await world.indexed.sync();
    const queue = memoryQueue();
    const until = await rescanEnded({ ...world.ctx, queue }, 0n);
    expect(queue.pending().map(({ id }) => id)).toContain(held.paymentId);
    expect(until).toBeLessThan(await world.anvil.client.getBlockNumber());

    const told = await world.untilAsks(held.paymentId, 'escrow_ended_early');
    expect(told).toContain('its money is in the bridge wallet');
    for (let i = 0; i < 3; i++) await world.turn(held.paymentId);
    expect((await world.legOf(held.paymentId)).state).toBe('in_custody');
    await world.anvil.client.mine({ blocks: 1, interval: 100_000 });
    await world.until(held.paymentId, 'completed');
    // What the reactor wrote down was never signed: the contract’s own evidence ended it.
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await expectPaidOnce(world, 234_500n);
  });

  test('once its time has come is gone on with as after a release of ours', async () => {
    const held = await inCustody();
    await act(OTHER, 'cancel', [(await escrowOf(held.paymentId)).escrowId]);
    await world.until(held.paymentId, 'completed');
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await expectPaidOnce(world, held.amount);
  });
});
