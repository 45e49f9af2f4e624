/** What a reorganisation that is deeper than a settled end does, and which old bytes may then go out again. */
import type { Hex } from 'viem';
import { describe, expect, onTestFinished, test } from 'vitest';
import { depositAddress } from '../../src/reactor/db/schema.ts';
import { depositAddressId } from '../../src/reactor/probe/trust.ts';
import { startNode } from '../finality/node.ts';
import { atOnce } from '../support/at-once.ts';
import { AMOUNT, answering, DEPTH, ETHER, SPENDER, TOKEN } from './support.ts';
import { RAW, useNode } from './use-node.ts';

const here = useNode();
const { givenWallet, mine } = here;
/** Anvil calls what is 64 blocks deep finalised. */
const ANVIL_FINALITY = 65;

/** Takes the newest blocks out, and gives the wallet its ether back, which went with them. */
async function reorganise(depth: number, wallet: Hex): Promise<void> {
  await here.anvil.client.request({ method: 'anvil_reorg', params: [depth, []] } as never);
  await here.anvil.client.setBalance({ address: wallet, value: ETHER });
}

test('a reorganisation that is deeper than a settled end: the same bytes go out again, the effect ends once', async () => {
  const w = await givenWallet();
  const id = await w.record();
  await w.turn();
  await mine(DEPTH + 1);
  await w.turn();
  const [settled] = await w.signedFor(id);
  expect(settled?.succeeded).toBe(true);
  await reorganise(DEPTH + 1, w.account.address);
  expect(await w.ctx.chain.minedNonce(w.account.address)).toBe(0);
  await w.turn();
  expect(await w.ctx.chain.knows(settled?.hash as Hex)).toBe(true);
  expect((await w.signedFor(id)).map(({ raw, succeeded }) => [raw, succeeded])).toEqual([[settled?.raw, null]]);
  await mine(DEPTH + 1);
  await w.turn();
  expect((await w.signedFor(id)).map(({ hash, succeeded }) => [hash, succeeded])).toEqual([[settled?.hash, true]]);
  expect((await w.stateOf(id))?.state).toBe('confirmed');
});

describe('a call that fails in a block, deep enough to be believed, after its effect was confirmed', () => {
  const escrow: Hex = `0x${'d'.repeat(40)}`;
  const become = (code: Hex) => here.anvil.client.setCode({ address: escrow, bytecode: code });
  /** The effect was confirmed under this hash; then the call came into a block again, and failed there, not finalised yet. */
  async function failedAfter(confirmedBy: (own: Hex) => string, rpcUrl2 = here.anvil.url) {
    await become(answering(7));
    const w = await givenWallet({ escrow, rpcUrl2 });
    const id = await w.recordOf('chain_release', w.ctx.chain.escrow.releaseCall(7n));
    await w.turn();
    const [signed] = await w.signedFor(id);
    await w.confirm(id, confirmedBy(signed?.hash as Hex));
    await become(answering(7, { refuses: true }));
    await mine(DEPTH + 1);
    await w.turn();
    const ends = async () => (await w.signedFor(id)).map(({ succeeded }) => succeeded);
    expect(await w.stateOf(id)).toMatchObject({ state: 'confirmed' });
    return { w, ends, state: () => w.stateOf(id) };
  }

  test('by this very transaction, and the block is finalised: it was undone, and is dead', async () => {
    const { w, ends, state } = await failedAfter((own) => own);
    expect(await ends()).toEqual([null]);
    await mine(ANVIL_FINALITY);
    await w.turn();
    expect(await ends()).toEqual([false]);
    expect(await state()).toMatchObject({ state: 'dead', error: { code: 'reverted' } });
  });

  test('what another transaction did stays confirmed when our own fails', async () => {
    const { ends, state } = await failedAfter(() => `0x${'9'.repeat(64)}`);
    expect(await ends()).toEqual([false]);
    expect(await state()).toMatchObject({ state: 'confirmed', error: null });
  });

  test('stays confirmed while the second RPC has it otherwise, has not finalised it, or does not answer', async () => {
    const second = await startNode(here.anvil.url);
    onTestFinished(second.stop);
    const { w, ends, state } = await failedAfter((own) => own, second.url);
    await mine(ANVIL_FINALITY);
    for (const manner of ['without_receipts', 'without_finalized', 'not_at_all'] as const) {
      second.answer(manner);
      await w.turn();
      expect(await state()).toMatchObject({ state: 'confirmed' });
    }
    expect((await state())?.error).toMatchObject({ code: 'not_final', text: expect.stringContaining('finalised') });
    second.answer('truly');
    await mine();
    await w.turn();
    expect(await ends()).toEqual([false]);
    expect(await state()).toMatchObject({ state: 'dead' });
  });
});

test('a return that failed is dead, and may be made anew, only once the failure is finalised', async () => {
  const refusing: Hex = '0x5f5ffd';
  const accepting: Hex = '0x60015f5260205ff3';
  await here.anvil.client.setCode({ address: TOKEN, bytecode: accepting });
  onTestFinished(() => here.anvil.client.setCode({ address: TOKEN, bytecode: '0x' }));
  const w = await givenWallet();
  await w.db.insert(depositAddress).values({ id: depositAddressId(w.ctx), probeHash: '0x1', creditId: '1' });
  const id = await w.recordOf('chain_return', w.ctx.chain.transferCall(SPENDER, AMOUNT));
  await w.turn();
  await here.anvil.client.setCode({ address: TOKEN, bytecode: refusing });
  await mine(DEPTH + 1);
  await w.turn();
  expect(await w.stateOf(id)).toMatchObject({ state: 'sending' });
  await mine(ANVIL_FINALITY);
  await w.turn();
  expect(await w.stateOf(id)).toMatchObject({ state: 'dead', error: { code: 'reverted' } });
});

describe('the bytes of a release', () => {
  const escrow: Hex = `0x${'e'.repeat(40)}`;
  const become = (code: Hex) => here.anvil.client.setCode({ address: escrow, bytecode: code });
  async function givenSentRelease() {
    await become(answering(7));
    const w = await givenWallet({ escrow });
    const id = await w.recordOf('chain_release', w.ctx.chain.escrow.releaseCall(7n));
    await w.turn();
    const [signed] = await w.signedFor(id);
    await here.anvil.client.dropTransaction({ hash: signed?.hash as Hex });
    /** What is handed over in a turn long after the last. */
    const handedOver = async () => {
      const before = here.proxy.callsOf(RAW).length;
      await w.age(10_000);
      await w.turn();
      return here.proxy.callsOf(RAW).slice(before).flat();
    };
    return { w, id, raw: signed?.raw, handedOver };
  }

  test('are not handed over again where the escrow’s id is another payment’s by now (incident 9)', async () => {
    const { raw, handedOver } = await givenSentRelease();
    await become(answering(8));
    expect(await handedOver()).not.toContain(raw);
  });

  test('are not handed over again while the contract has no escrow of its own', async () => {
    const { raw, handedOver } = await givenSentRelease();
    await become(answering(0));
    expect(await handedOver()).toEqual([]);
    await become(answering(7));
    expect(await handedOver()).toEqual([raw]);
  });

  test('give way to nothing where the funding of their escrow came to nothing: all that was signed later waits for their nonce', async () => {
    const { w, id, raw, handedOver } = await givenSentRelease();
    await become(answering(0));
    const fund = await w.recordOf('chain_fund', atOnce(w.ctx.chain).fundCall(`0x${'7'.repeat(64)}`, 1n, 3n), 1n, id);
    expect(await handedOver()).toEqual([]);
    await w.kill(fund);
    expect(await handedOver()).not.toContain(raw);
    expect((await w.signedFor(id)).map(({ isNoop, nonce }) => [isNoop, nonce])).toEqual([
      [true, 0],
      [false, 0],
    ]);
  });

  test('are handed over again where their custody has begun anew: they revert, and all that was signed later goes on', async () => {
    const { w, id, raw, handedOver } = await givenSentRelease();
    const next = await w.record(w.ctx.chain.approveCall(escrow, 5n));
    await w.turn();
    expect(await w.signedFor(next)).toHaveLength(1);
    await become(answering(7, { refuses: true }));
    expect(await handedOver()).toContain(raw);
    await mine(DEPTH + 1);
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'dead', error: { code: 'reverted' } });
    expect(await w.stateOf(next)).toMatchObject({ state: 'confirmed' });
  });
});

test('a return whose release came to nothing gives way to nothing: what the wallet has is another’s', async () => {
  await here.anvil.client.setCode({ address: TOKEN, bytecode: '0x60015f5260205ff3' });
  onTestFinished(() => here.anvil.client.setCode({ address: TOKEN, bytecode: '0x' }));
  const w = await givenWallet();
  await w.db.insert(depositAddress).values({ id: depositAddressId(w.ctx), probeHash: '0x1', creditId: '1' });
  const id = await w.recordOf('chain_return', w.ctx.chain.transferCall(SPENDER, AMOUNT));
  await w.turn();
  const [signed] = await w.signedFor(id);
  await here.anvil.client.dropTransaction({ hash: signed?.hash as Hex });
  const release = await w.recordOf('chain_release', w.ctx.chain.escrow.releaseCall(7n), 1n, id);
  await w.kill(release);
  await w.age(10_000);
  await w.turn();
  expect((await w.signedFor(id)).map(({ isNoop, nonce }) => [isNoop, nonce])).toEqual([
    [true, 0],
    [false, 0],
  ]);
});

test('a nonce that another transaction took after a confirmed call stops the lane, and is told', async () => {
  const w = await givenWallet();
  const id = await w.record();
  await w.turn();
  const [signed] = await w.signedFor(id);
  await here.anvil.client.dropTransaction({ hash: signed?.hash as Hex });
  await w.confirm(id, signed?.hash as Hex);
  const { nonce = 0 } = signed ?? {};
  const fees = { maxFeePerGas: 4_000_000_000n, maxPriorityFeePerGas: 1n };
  const own = { type: 'eip1559', chainId: 31337, to: SPENDER, value: 1n, gas: 30_000n, nonce, ...fees } as const;
  await here.anvil.client.sendRawTransaction({ serializedTransaction: await w.account.signTransaction(own) });
  await mine(DEPTH + 2);
  await w.turn();
  expect(await w.stateOf(id)).toMatchObject({ state: 'confirmed', error: { code: 'nonce_taken' } });
  const next = await w.record();
  await w.turn();
  expect(await w.signedFor(next)).toEqual([]);
});
