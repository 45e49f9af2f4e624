import { eq, sql } from 'drizzle-orm';
import { type Hex, parseGwei, parseTransaction } from 'viem';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { effect, lane as laneTable, walletTransaction } from '../../src/reactor/db/schema.ts';
import { ensureAllowance } from '../../src/reactor/wallet/allowance.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { DEPTH, ETHER, type GivenWalletOptions, givenWallet as givenWalletOn, SPENDER } from './support.ts';

let postgres: TestPostgres;
let anvil: TestAnvil;
beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil({ args: ['--no-mining'] })]);
});
afterAll(async () => {
  await anvil?.stop();
  await postgres?.stop();
});

const givenWallet = (options?: GivenWalletOptions) => givenWalletOn({ postgres, anvil }, options);
const mine = (blocks = 1) => anvil.client.mine({ blocks });

describe('the lane of one wallet', () => {
  test('signs many at once, one nonce after the other, and ends each only when it is deep', async () => {
    const w = await givenWallet();
    const ids = [await w.record(), await w.record(), await w.record()];
    await w.turn();
    const nonces = await Promise.all(ids.map(async (id) => (await w.signedFor(id))[0]?.nonce));
    expect(nonces).toEqual([0, 1, 2]);
    await mine();
    await w.turn();
    for (const id of ids) expect((await w.stateOf(id))?.state).toBe('sending');
    await mine(DEPTH);
    await w.turn();
    for (const id of ids) expect((await w.stateOf(id))?.state).toBe('confirmed');
  });

  test('a reorganisation takes out what was mined: the same bytes go out again, and nothing behind them waits for ever', async () => {
    const w = await givenWallet();
    const [first, second] = [await w.record(), await w.record()];
    await w.turn();
    await mine();
    await w.turn();
    const [before] = await w.signedFor(first);
    expect(before?.minedBlock).not.toBeNull();
    await anvil.client.request({ method: 'anvil_reorg', params: [1, []] } as never);
    await anvil.client.setBalance({ address: w.account.address, value: ETHER });
    expect(await anvil.client.getTransactionCount({ address: w.account.address })).toBe(0);
    await w.age(10_000);
    await w.turn();
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.signedFor(first)).map(({ hash }) => hash)).toEqual([before?.hash]);
    for (const id of [first, second]) expect((await w.stateOf(id))?.state).toBe('confirmed');
  });

  test('a node that forgets its mempool gets the same bytes again', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    const [signed] = await w.signedFor(id);
    await anvil.client.dropTransaction({ hash: signed?.hash as Hex });
    await w.age(10_000);
    await w.turn();
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('confirmed');
    expect(await w.signedFor(id)).toHaveLength(1);
  });

  test('a fee that became too low is raised at the same nonce; one of the two is mined, and the effect ends once', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    await anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('500') });
    await mine();
    await w.age(90_000);
    await w.turn();
    const versions = await w.signedFor(id);
    expect(versions.map(({ version, nonce }) => [version, nonce])).toEqual([
      [1, 0],
      [0, 0],
    ]);
    const [raised, old] = versions.map(({ raw }) => parseTransaction(raw as Hex));
    expect(raised?.maxFeePerGas).toBeGreaterThan(old?.maxFeePerGas ?? 0n);
    expect([raised?.to, raised?.data]).toEqual([old?.to, old?.data]);
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('confirmed');
    expect((await w.signedFor(id)).map(({ succeeded }) => succeeded)).toEqual([true, false]);
    await anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
    await mine();
  });

  test('a foreign transaction at our nonce, as deep as a success would have to be, is a person’s: nothing is signed again', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    const [signed] = await w.signedFor(id);
    await anvil.client.dropTransaction({ hash: signed?.hash as Hex });
    const fees = { maxFeePerGas: parseGwei('50'), maxPriorityFeePerGas: parseGwei('2') };
    await anvil.client.sendTransaction({
      account: w.account,
      chain: foundry,
      to: SPENDER,
      value: 1n,
      nonce: 0,
      ...fees,
    });
    await mine();
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('sending');
    await mine(DEPTH + 1);
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'sending', failures: 8, error: { code: 'nonce_taken' } });
    const next = await w.record();
    await w.turn();
    expect(await w.signedFor(next)).toEqual([]);
    expect(await w.signedFor(id)).toHaveLength(1);
  });

  test('a database that does not know all of the wallet’s transactions signs nothing', async () => {
    const w = await givenWallet();
    await w.record();
    await w.turn();
    await mine(DEPTH + 1);
    await w.turn();
    for (const nonce of [1, 2]) {
      await anvil.client.sendTransaction({ account: w.account, chain: foundry, to: SPENDER, value: 1n, nonce });
      await mine();
    }
    const id = await w.record();
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'recorded', error: { code: 'unknown_transactions' } });
    expect(await w.signedFor(id)).toEqual([]);
  });

  test('without gas nothing is signed, the others are not held up, and the reason is on the effect', async () => {
    const w = await givenWallet({ balance: 0n });
    const id = await w.record();
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'recorded', failures: 8, error: { code: 'no_gas' } });
    await anvil.client.setBalance({ address: w.account.address, value: ETHER });
    await w.db.update(effect).set({ nextLookAt: sql`clock_timestamp()` }).where(eq(effect.id, id));
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('sending');
  });

  test('what is in no block for minutes is told to a person, and goes on', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    await w.age(200_000);
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'sending', failures: 8, error: { code: 'not_mined' } });
    await mine(DEPTH + 1);
    await w.turn();
    expect((await w.stateOf(id))?.state).toBe('confirmed');
  });

  test('two reactors on one key: one works, the other leaves', async () => {
    const w = await givenWallet();
    const ids = await Promise.all(Array.from({ length: 6 }, w.record));
    await Promise.all([w.turn(), w.turn(), w.turn()]);
    await w.turn();
    const signed = await w.db.select().from(walletTransaction);
    expect(signed.map(({ nonce }) => nonce).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(signed.map(({ effectId }) => effectId))).toEqual(new Set(ids));
  });

  test('a holder whose lane was taken over signs nothing', async () => {
    const w = await givenWallet();
    const id = await w.record();
    const name = `wallet:${foundry.id}:${w.account.address.toLowerCase()}`;
    const { estimateGas } = w.ctx.chain;
    w.ctx.chain.estimateGas = async (...args) => {
      await w.db.update(laneTable).set({ epoch: sql`epoch + 1`, holder: 'another' }).where(eq(laneTable.name, name));
      return estimateGas(...args);
    };
    await expect(w.turn()).rejects.toThrow(/took over/);
    expect((await w.stateOf(id))?.state).toBe('recorded');
    expect(await w.signedFor(id)).toEqual([]);
  });
});

test('an approval that a reorganisation took out is made again', async () => {
  const w = await givenWallet();
  // There is no token here: whatever is asked for, the allowance reads as nothing.
  w.ctx.chain.allowance = async () => 0n;
  expect(await ensureAllowance(w.ctx)).toBe(true);
  expect(await ensureAllowance(w.ctx)).toBe(false);
  await w.turn();
  await mine(DEPTH + 1);
  await w.turn();
  const attempts = async () =>
    (await w.db.select().from(effect).orderBy(effect.attempt)).map(({ attempt, state }) => [attempt, state]);
  expect(await attempts()).toEqual([[1, 'confirmed']]);
  expect(await ensureAllowance(w.ctx)).toBe(false);
  // The trigger dates every change by itself; a minute has to pass.
  await w.db.execute(sql`ALTER TABLE reactor.effect DISABLE TRIGGER effect_guard`);
  await w.db.update(effect).set({ updatedAt: sql`clock_timestamp() - interval '2 minutes'` });
  await w.db.execute(sql`ALTER TABLE reactor.effect ENABLE TRIGGER effect_guard`);
  expect(await ensureAllowance(w.ctx)).toBe(true);
  expect(await attempts()).toEqual([
    [1, 'dead'],
    [2, 'recorded'],
  ]);
});
