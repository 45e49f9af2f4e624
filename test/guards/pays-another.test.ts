import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { rescanEnded } from '../../src/reactor/watch/rescan.ts';
import { APPROVER, actsOn, OTHER } from '../finality/acts.ts';
import { bring, expectPaidOnce } from '../finality/scenario.ts';
import { type FinalityWorld, openFinalityWorld } from '../finality/world.ts';
import { BRIDGE, STRANGER } from '../indexer/escrows.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

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

describe('an escrow that would pay somebody else', () => {
  test('is not released, though it is due: a person is told, and it goes on once it pays the wallet again', async () => {
    const before = await others.stolen();
    const held = await others.inCustody();
    await others.redirect(held, STRANGER.address);
    const told = await world.untilAsks(held.paymentId, 'escrow_pays_another');
    expect(told).toContain(STRANGER.address.toLowerCase());
    expect((await world.legOf(held.paymentId)).state).toBe('in_custody');
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await others.redirect(held, BRIDGE.address);
    await world.until(held.paymentId, 'completed');
    await expectPaidOnce(world, held.amount);
    expect(await others.stolen()).toBe(before);
  });

  test('is told at once, years before it is due, and the person is let go once it is put right', async () => {
    const held = await world.givePayment({ amount: 456_700n, custodySeconds: 200_000_000 });
    await world.until(held.paymentId, 'in_custody');
    const woken = async () => {
      await world.indexed.sync();
      await world.watchdog.look();
      const queue = memoryQueue();
      await rescanEnded({ ...world.ctx, queue }, 0n);
      const isWoken = queue.pending().some(({ id }) => id === held.paymentId);
      await world.advance(held.paymentId);
      return isWoken;
    };
    expect(await woken()).toBe(false);
    await others.redirect(held, STRANGER.address);
    expect(await woken()).toBe(true);
    const told = await world.legOf(held.paymentId);
    expect(told).toMatchObject({ state: 'in_custody', attentionCode: 'escrow_pays_another' });
    expect(told.attentionText).toContain(`would pay ${STRANGER.address.toLowerCase()}`);
    await others.redirect(held, BRIDGE.address);
    expect(await woken()).toBe(true);
    expect((await world.legOf(held.paymentId)).attentionCode).toBeNull();
  });

  test('is told as soon as it is funded, where the contract was told to pay another meanwhile', async () => {
    const held = await bring(world, 'withdrawal', true);
    await world.stopMoney(false);
    await others.settle(STRANGER.address);
    await world.untilAsks(held.paymentId, 'escrow_pays_another');
    expect((await world.legOf(held.paymentId)).state).toBe('in_custody');
    await others.settle(BRIDGE.address);
  });

  test('is not signed for, though its release was written down while it paid the wallet', async () => {
    const before = await others.stolen();
    const held = await others.releasing();
    await others.redirect(held, STRANGER.address);
    const told = await world.untilAsks(held.paymentId, 'chain_release_not_getting_through');
    expect(told).toContain(`would pay ${STRANGER.address.toLowerCase()} and not the bridge wallet`);
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await others.redirect(held, BRIDGE.address);
    await world.until(held.paymentId, 'completed');
    await expectPaidOnce(world, held.amount);
    expect(await others.stolen()).toBe(before);
  });

  test('is not handed to the node again, though its release was signed: its nonce is used up by nothing', async () => {
    const before = await others.stolen();
    const held = await others.releasing();
    const { client } = world.anvil;
    await client.setAutomine(false);
    await world.hurry();
    await world.sign();
    const sent = await world.sentFor(held.legId, 'chain_release');
    await client.dropTransaction({ hash: sent?.hash as Hex });
    await client.setAutomine(true);
    await others.redirect(held, STRANGER.address);
    await world.turn(held.paymentId);
    expect(await world.sentFor(held.legId, 'chain_release')).toMatchObject({ isNoop: true });
    await world.untilAsks(held.paymentId, 'escrow_pays_another');
    expect(await others.stolen()).toBe(before);
    await others.redirect(held, BRIDGE.address);
    await world.until(held.paymentId, 'completed');
    await expectPaidOnce(world, held.amount);
  }, 120_000);
});

describe('an escrow that was released to somebody else', () => {
  test.each(['in_custody', 'releasing'] as const)('while %s is told at once, with who got it', async (state) => {
    const held = await (state === 'releasing' ? others.releasing() : others.inCustody());
    await others.redirect(held, STRANGER.address);
    await others.act(OTHER, 'release', [(await others.escrowOf(held)).escrowId]);
    await world.indexed.sync();
    await world.watchdog.look();
    await world.advance(held.paymentId);
    const leg = await world.legOf(held.paymentId);
    expect(leg).toMatchObject({ state, attentionCode: 'escrow_paid_another' });
    expect(leg.attentionText).toContain(`went to ${STRANGER.address.toLowerCase()}`);
  });
});

describe('one transaction that ends two escrows of one amount, of which one was redirected', () => {
  const twins = async (amount: bigint) => {
    const give = async () => {
      const payment = await world.givePayment({ amount, custodySeconds: 40 });
      await world.until(payment.paymentId, 'in_custody');
      return { ...payment, amount };
    };
    const [own, robbed] = [await give(), await give()];
    await world.anvil.client.mine({ blocks: 1, interval: 100 });
    return { own, robbed };
  };
  const endBoth = async (one: { paymentId: string }, two: { paymentId: string }) =>
    others.act(OTHER, 'releaseBatch', [[(await others.escrowOf(one)).escrowId, (await others.escrowOf(two)).escrowId]]);

  test.each(['in_custody', 'releasing'] as const)('tells of the robbed one, %s, and pays the other', async (state) => {
    const { own, robbed } = await twins(state === 'releasing' ? 345_600n : 345_700n);
    await world.indexed.sync();
    await world.watchdog.look();
    if (state === 'releasing') await world.advance(robbed.paymentId);
    expect((await world.legOf(robbed.paymentId)).state).toBe(state);
    await others.redirect(robbed, STRANGER.address);
    await endBoth(own, robbed);
    await others.comesTo(robbed, 'escrow_paid_another');
    const leg = await world.legOf(robbed.paymentId);
    expect(leg.state).toBe(state);
    expect(leg.attentionText).toContain(`went to ${STRANGER.address.toLowerCase()}`);
    await others.comesTo(own, 'completed');
  });

  test('pays both where neither was', async () => {
    const { own, robbed: other } = await twins(345_900n);
    await endBoth(own, other);
    for (const payment of [own, other]) await others.comesTo(payment, 'completed');
  });

  test('that a reorganisation puts behind the redirect: the robbed one does not take its twin’s money, and is not paid', async () => {
    const { own, robbed } = await twins(345_500n);
    const pair = [own, robbed];
    await world.stopMoney(true);
    await world.turn(own.paymentId);
    const below = await world.anvil.client.getBlockNumber();
    await world.sign();
    const ids = await Promise.all(pair.map(async (one) => (await others.escrowOf(one)).escrowId));
    // More gas than it takes the first time: among other transactions it takes more.
    const raw = await world.rawOf(await others.act(OTHER, 'releaseBatch', [ids], 1_000_000n));
    await world.stopMoney(false);
    await world.indexed.sync();
    await world.watchdog.look();
    for (const { paymentId } of [...pair, ...pair]) await world.advance(paymentId);
    expect((await world.legOf(robbed.paymentId)).state).toBe('returning');

    await world.setBack(below);
    await world.anvil.client.mine({ blocks: 1, interval: 200 });
    await others.redirect(robbed, STRANGER.address);
    const before = await others.stolen();
    await world.anvil.client.sendRawTransaction({ serializedTransaction: raw });
    await world.anvil.client.mine({ blocks: 8 });
    expect(await others.stolen()).toBeGreaterThan(before);
    await others.comesTo(own, 'completed');
    for (let turn = 0; turn < 5; turn++) await world.turn(robbed.paymentId);
    expect(await world.legOf(robbed.paymentId)).toMatchObject({ state: 'returned', attentionCode: 'evidence_gone' });
  });

  test('is told with what the contract says, while the indexer does not show it yet', async () => {
    const { own, robbed } = await twins(345_800n);
    await others.redirect(robbed, STRANGER.address);
    await world.indexed.sync();
    await endBoth(own, robbed);
    await world.watchdog.look();
    await world.advance(robbed.paymentId);
    const leg = await world.legOf(robbed.paymentId);
    expect(leg).toMatchObject({ state: 'in_custody', attentionCode: 'escrow_paid_another' });
    expect(leg.attentionText).toContain(
      `ended in its contract, and its money went to ${STRANGER.address.toLowerCase()}`,
    );
  });
});

describe('an escrow in custody that somebody else ended', () => {
  const signed = async (paymentId: string, primaryType: 'ReleaseEarly' | 'CancelEarly') => {
    const { escrowId, reference } = await others.escrowOf({ paymentId });
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
    await others.act(OTHER, 'releaseEarly', await signed(held.paymentId, 'ReleaseEarly'));
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
    const held = await others.inCustody();
    await others.act(OTHER, 'cancel', [(await others.escrowOf(held)).escrowId]);
    await world.until(held.paymentId, 'completed');
    expect(await world.sentFor(held.legId, 'chain_release')).toBeUndefined();
    await expectPaidOnce(world, held.amount);
  });
});
