import { type Hex, parseGwei, parseTransaction } from 'viem';
import { foundry } from 'viem/chains';
import { describe, expect, test } from 'vitest';
import { DEPTH, ETHER, SPENDER } from './support.ts';
import { RAW, useNode } from './use-node.ts';

const here = useNode();
const { givenWallet, mine } = here;
const textOf = (row: { error: unknown } | undefined): string => JSON.stringify(row?.error);

describe('gas', () => {
  test('what is on its way is spoken for: what the rest cannot pay is not signed, says so, and goes on when topped up', async () => {
    const w = await givenWallet();
    const one = await w.record();
    await w.turn();
    const { gas = 0n, maxFeePerGas = 0n } = parseTransaction((await w.signedFor(one))[0]?.raw as Hex);
    await here.anvil.client.setBalance({ address: w.account.address, value: (gas * maxFeePerGas * 3n) / 2n });
    const two = await w.record();
    const three = await w.record();
    await w.turn();
    expect(await w.stateOf(two)).toMatchObject({ state: 'recorded', failures: 8, error: { code: 'no_gas' } });
    expect(await w.stateOf(three)).toMatchObject({ state: 'recorded', failures: 0, error: null });
    expect(await w.signed()).toHaveLength(1);
    await here.anvil.client.setBalance({ address: w.account.address, value: ETHER });
    await w.hurry();
    await w.turn();
    expect(await w.stateOf(two)).toMatchObject({ state: 'sending', failures: 0 });
    await mine(DEPTH + 1);
    await w.turn();
    for (const id of [one, two, three]) expect((await w.stateOf(id))?.state).toBe('confirmed');
    expect((await w.signed()).map(({ nonce }) => nonce)).toEqual([0, 1, 2]);
  });

  test('that is taken away after signing: the bytes wait, a person is told in the node’s words, and it goes on when topped up', async () => {
    const w = await givenWallet();
    here.proxy.misbehave(async ({ method }) =>
      method === RAW ? { error: { code: -32003, message: 'swallowed' } } : undefined,
    );
    const id = await w.record();
    await w.turn();
    here.proxy.misbehave();
    await here.anvil.client.setBalance({ address: w.account.address, value: 0n });
    await w.age(10_000);
    await w.turn();
    await w.age(200_000);
    await w.turn();
    const told = await w.stateOf(id);
    expect(told).toMatchObject({ state: 'sending', failures: 8, error: { code: 'not_mined' } });
    expect(textOf(told)).toMatch(/insufficient funds/i);
    await here.anvil.client.setBalance({ address: w.account.address, value: ETHER });
    await w.age(10_000);
    await w.turn();
    await mine(DEPTH + 1);
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'confirmed', failures: 0 });
    expect(await w.signedFor(id)).toHaveLength(1);
  });
});

describe('the key used elsewhere', () => {
  const elsewhere = (w: Awaited<ReturnType<typeof givenWallet>>, nonce: number) =>
    here.anvil.client.sendTransaction({
      account: w.account,
      chain: foundry,
      to: SPENDER,
      value: 1n,
      nonce,
      maxFeePerGas: parseGwei('90'),
      maxPriorityFeePerGas: parseGwei('9'),
    });

  test('a transaction that the node holds and this database does not have: nothing is signed beside it', async () => {
    const w = await givenWallet();
    await w.record();
    await w.turn();
    await elsewhere(w, 1);
    const id = await w.record();
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({
      state: 'recorded',
      failures: 8,
      error: { code: 'unknown_transactions' },
    });
    expect(await w.signed()).toHaveLength(1);
    await mine(DEPTH + 1);
  });

  test('a foreign transaction at our nonce stops the lane from its first block on; people decide, and it goes on', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    const [signed] = await w.signedFor(id);
    await here.anvil.client.dropTransaction({ hash: signed?.hash as Hex });
    await elsewhere(w, 0);
    await mine();
    const next = await w.record();
    await w.turn();
    expect(await w.signedFor(next)).toEqual([]);
    expect(await w.stateOf(id)).toMatchObject({ state: 'sending', failures: 0 });
    await mine(DEPTH + 1);
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ failures: 8, error: { code: 'nonce_taken' } });
    expect(await w.signedFor(next)).toEqual([]);
    await w.kill(id);
    await w.turn();
    expect((await w.signedFor(next)).map(({ nonce }) => nonce)).toEqual([1]);
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.stateOf(next))?.state).toBe('confirmed');
    expect((await w.signedFor(id)).map(({ succeeded }) => succeeded)).toEqual([false]);
  });

  test('an RPC that is not whole looks the same, and is nobody’s fault once it has the receipt', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    await mine(DEPTH + 1);
    here.proxy.misbehave(async ({ method }) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined));
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'sending', error: { code: 'nonce_taken' } });
    here.proxy.misbehave();
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'confirmed', failures: 0, error: null });
  });
});
