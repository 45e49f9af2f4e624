import { sql } from 'drizzle-orm';
import { type Hex, parseEther, parseGwei, parseTransaction } from 'viem';
import { afterEach, describe, expect, test } from 'vitest';
import { DEPTH, type GivenWalletOptions, SPENDER } from './support.ts';
import { RAW, useNode } from './use-node.ts';

const here = useNode();
const { givenWallet, mine } = here;
const textOf = (row: { error: unknown } | undefined): string => JSON.stringify(row?.error);
const nonceOf = (params: readonly unknown[]): number | undefined => parseTransaction(params[0] as Hex).nonce;

describe('many in flight', () => {
  test('25 in one block, and 15 more while it is mined block by block: one nonce after the other, no gap, each done once', async () => {
    const w = await givenWallet();
    const first = await Promise.all(Array.from({ length: 25 }, () => w.record()));
    await w.turn();
    await mine();
    const block = await here.anvil.client.getBlock();
    expect(block.transactions).toHaveLength(25);
    const later: string[] = [];
    for (let i = 0; i < 3; i++) {
      later.push(...(await Promise.all(Array.from({ length: 5 }, () => w.record()))));
      await w.turn();
      await mine();
      await w.turn();
    }
    await mine(DEPTH);
    await w.turn();
    const rows = await w.signed();
    expect(rows.map(({ nonce }) => nonce)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(new Set(rows.map(({ effectId }) => effectId))).toEqual(new Set([...first, ...later]));
    expect(rows.every(({ succeeded }) => succeeded)).toBe(true);
    expect(await here.anvil.client.getTransactionCount({ address: w.account.address })).toBe(40);
    for (const id of [...first, ...later]) expect((await w.stateOf(id))?.state).toBe('confirmed');
  });

  test('one that cannot be signed in their midst takes no nonce', async () => {
    const w = await givenWallet();
    const before = await w.record();
    const refused = await w.record({ to: SPENDER, data: '0x' });
    const after = await w.record();
    await w.turn();
    expect((await w.signed()).map(({ nonce, effectId }) => [nonce, effectId])).toEqual([
      [0, before],
      [1, after],
    ]);
    expect(await w.stateOf(refused)).toMatchObject({ state: 'recorded', failures: 8, error: { code: 'policy' } });
  });

  test('more than 64 in no block wait their turn', async () => {
    const w = await givenWallet();
    await Promise.all(Array.from({ length: 70 }, () => w.record()));
    await w.turn();
    await w.turn();
    expect(await w.signed()).toHaveLength(64);
    await mine(2);
    await w.turn();
    await w.turn();
    expect(await w.signed()).toHaveLength(70);
    await mine(DEPTH + 1);
  });
});

describe('a node that misbehaves', () => {
  test('takes a transaction and never answers: it is ours, and nothing else is sent for it', async () => {
    const w = await givenWallet();
    here.proxy.misbehave(({ method, forward }) => (method === RAW ? forward().then(() => 'hang' as const) : undefined));
    const id = await w.record();
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'sending', sends: 1, error: { code: 'broadcast_answered' } });
    here.proxy.misbehave();
    await mine(DEPTH + 1);
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'confirmed', error: null });
    expect(await w.signedFor(id)).toHaveLength(1);
  });

  test('says “already known” and “nonce too low” of our own transaction: both are no failure', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    await w.age(10_000);
    await w.turn();
    const known = textOf(await w.stateOf(id));
    expect(known).toMatch(/already/i);
    // The block has it, but the node that is asked for the count does not know yet.
    await mine();
    await w.age(10_000);
    here.proxy.misbehave(async ({ method }) => (method === 'eth_getTransactionCount' ? { result: '0x0' } : undefined));
    await w.turn();
    expect((await w.stateOf(id))?.error).toMatchObject({ text: expect.stringMatching(/nonce/i) });
    expect((await w.stateOf(id))?.state).toBe('sending');
    here.proxy.misbehave();
    await mine(DEPTH);
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'confirmed', error: null });
    expect(await w.signedFor(id)).toHaveLength(1);
  });

  test('swallows a broadcast: the same bytes are handed over until it has them', async () => {
    const w = await givenWallet();
    here.proxy.misbehave(async ({ method, params }) =>
      method === RAW ? { result: `0x${String(params.length).repeat(64)}` } : undefined,
    );
    const id = await w.record();
    await w.turn();
    await mine();
    const [signed] = await w.signedFor(id);
    expect(await w.ctx.chain.knows(signed?.hash as Hex)).toBe(false);
    here.proxy.misbehave();
    await w.turn();
    expect(await w.ctx.chain.knows(signed?.hash as Hex)).toBe(false);
    await w.age(4_000);
    await w.turn();
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('confirmed');
    expect((await w.signedFor(id)).map(({ hash }) => hash)).toEqual([signed?.hash]);
  });

  test('forgets all that it held: every one is handed over again, in the order of the nonces', async () => {
    const w = await givenWallet();
    await Promise.all(Array.from({ length: 25 }, () => w.record()));
    await w.turn();
    for (const { hash } of await w.signed()) await here.anvil.client.dropTransaction({ hash: hash as Hex });
    const before = here.proxy.callsOf(RAW).length;
    await w.age(4_000);
    await w.turn();
    expect(here.proxy.callsOf(RAW).slice(before).map(nonceOf)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    await mine(DEPTH + 1);
    await w.turn();
    const rows = await w.signed();
    expect(rows).toHaveLength(25);
    expect(rows.every(({ succeeded }) => succeeded)).toBe(true);
  });

  test('a process that dies between storing the bytes and handing them over loses nothing', async () => {
    const w = await givenWallet();
    const id = await w.record();
    w.ctx.chain.broadcast = () => Promise.reject(new Error('the process is gone'));
    await w.turn();
    await w.db.execute(sql`UPDATE reactor.wallet_transaction SET last_broadcast_at = NULL`);
    const next = w.reactor('another');
    await next.lane.turn();
    await mine(DEPTH + 1);
    await next.lane.turn();
    expect((await w.stateOf(id))?.state).toBe('confirmed');
    expect(await w.signedFor(id)).toHaveLength(1);
  });

  test('does not answer at all: nothing is signed, nothing is taken for a failure, and the others are not asked for', async () => {
    const w = await givenWallet();
    const ids = [await w.record(), await w.record()];
    here.proxy.misbehave(async ({ method }) =>
      method === 'eth_estimateGas' ? { error: { code: -32000, message: 'upstream is away' } } : undefined,
    );
    await w.turn();
    const errors = await Promise.all(ids.map(async (id) => (await w.stateOf(id))?.error));
    expect(errors).toEqual([expect.objectContaining({ code: 'node_away' }), null]);
    expect(await w.signed()).toEqual([]);
    here.proxy.misbehave();
    await w.hurry();
    await w.turn();
    expect(await w.signed()).toHaveLength(2);
    await mine(DEPTH + 1);
  });
});

describe('a version more at the same nonce', () => {
  /** A transaction that pays too little for blocks of 500 gwei. */
  async function givenStuck(options?: GivenWalletOptions) {
    const w = await givenWallet(options);
    const id = await w.record();
    await w.turn();
    await here.anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('500') });
    await mine();
    return { w, id };
  }
  afterEach(async () => {
    await here.anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
    await mine();
  });

  test('is refused as underpriced: the next one pays more, at the same nonce', async () => {
    const { w, id } = await givenStuck();
    here.proxy.misbehave(async ({ method }) =>
      method === RAW ? { error: { code: -32000, message: 'replacement transaction underpriced' } } : undefined,
    );
    await w.age(61_000);
    await w.turn();
    expect((await w.stateOf(id))?.error).toMatchObject({ text: expect.stringMatching(/underpriced/) });
    here.proxy.misbehave();
    await here.anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('900') });
    await mine();
    await w.age(61_000);
    await w.turn();
    const versions = await w.signedFor(id);
    expect(versions.map(({ version, nonce }) => [version, nonce])).toEqual([
      [2, 0],
      [1, 0],
      [0, 0],
    ]);
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.signedFor(id)).map(({ succeeded }) => succeeded)).toEqual([true, false, false]);
    expect((await w.stateOf(id))?.state).toBe('confirmed');
  });

  test('the old one is mined all the same: its receipt is the evidence, and the effect ends once', async () => {
    const { w, id } = await givenStuck();
    here.proxy.misbehave(async ({ method }) =>
      method === RAW ? { error: { code: -32000, message: 'no' } } : undefined,
    );
    await w.age(61_000);
    await w.turn();
    const [raised] = await w.signedFor(id);
    expect(raised?.version).toBe(1);
    await here.anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
    await mine();
    here.proxy.misbehave(async ({ method, params }) =>
      method === RAW && params[0] === raised?.raw ? { error: { code: -32000, message: 'no' } } : undefined,
    );
    await w.age(10_000);
    await w.turn();
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.signedFor(id)).map(({ succeeded }) => succeeded)).toEqual([false, true]);
    expect(await w.stateOf(id)).toMatchObject({ state: 'confirmed', sends: 1 });
    expect(await here.anvil.client.getTransactionCount({ address: w.account.address })).toBe(1);
  });

  test('is not signed beyond the limit of the fee: a person is told, and the same bytes go on', async () => {
    const { w, id } = await givenStuck({ maxFeePerGas: parseGwei('3') });
    for (let version = 0; version < 2; version++) {
      await w.age(61_000);
      await w.turn();
    }
    const told = await w.stateOf(id);
    expect(told).toMatchObject({ state: 'sending', failures: 8, error: { code: 'fee_limit' } });
    expect(textOf(told)).toMatch(/WALLET_MAX_FEE_GWEI \(3\)/);
    for (const { raw } of await w.signedFor(id))
      expect(parseTransaction(raw as Hex).maxFeePerGas).toBeLessThanOrEqual(parseGwei('3'));
    await here.anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
    await mine();
    await w.age(10_000);
    await w.turn();
    await mine();
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'sending', failures: 0, error: null });
    await mine(DEPTH);
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('confirmed');
  });

  test('is signed six times at most: then a person is told', async () => {
    const { w, id } = await givenStuck({ balance: parseEther('1000'), maxFeePerGas: parseGwei('100000') });
    for (let version = 1; version <= 6; version++) {
      await here.anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei(String(1_000 * 2 ** version)) });
      await mine();
      await w.age(61_000);
      await w.turn();
    }
    expect(await w.signedFor(id)).toHaveLength(6);
    expect(await w.stateOf(id)).toMatchObject({ failures: 8, error: { code: 'versions_used_up' } });
  });

  test('a call whose effect is dead gives way to nothing at its nonce, and what is behind it goes on', async () => {
    const { w, id } = await givenStuck();
    const behind = await w.record();
    await w.turn();
    await w.kill(id);
    await w.turn();
    const [noop, call] = await w.signedFor(id);
    expect([noop?.isNoop, noop?.nonce, call?.isNoop, call?.nonce]).toEqual([true, 0, false, 0]);
    const sent = parseTransaction(noop?.raw as Hex);
    expect([sent.to, sent.value ?? 0n, sent.data ?? '0x']).toEqual([w.account.address.toLowerCase(), 0n, '0x']);
    const before = here.proxy.callsOf(RAW).length;
    await w.age(10_000);
    await w.turn();
    expect(here.proxy.callsOf(RAW).slice(before).flat()).not.toContain(call?.raw);
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.signedFor(id)).map(({ succeeded }) => succeeded)).toEqual([false, false]);
    expect((await w.stateOf(id))?.state).toBe('dead');
    expect((await w.stateOf(behind))?.state).toBe('confirmed');
  });

  test('a call that the policy no longer allows gives way too: its effect is dead once the no-op is as deep as it has to be', async () => {
    const { w, id } = await givenStuck();
    const { lane } = w.reactor('moved', { escrow: `0x${'9'.repeat(40)}` });
    await lane.turn();
    expect((await w.signedFor(id)).map(({ isNoop }) => isNoop)).toEqual([true, false]);
    await mine();
    await lane.turn();
    expect((await w.stateOf(id))?.state).toBe('sending');
    await mine(DEPTH);
    await lane.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'dead', error: { code: 'filled' } });
  });
});
