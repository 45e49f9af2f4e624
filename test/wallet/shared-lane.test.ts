import { type Hex, parseGwei } from 'viem';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { depositAddress } from '../../src/reactor/db/schema.ts';
import { depositAddressId } from '../../src/reactor/probe/trust.ts';
import { atOnce } from '../support/at-once.ts';
import { AMOUNT, answering, DEPTH, SPENDER } from './support.ts';
import { RAW, useNode } from './use-node.ts';

const here = useNode();
const { givenWallet, mine } = here;
/** Blocks that a transaction signed before is too cheap for. */
const raiseBaseFee = async () => {
  await here.anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('500') });
  await mine();
};

describe('a version more at the same nonce', () => {
  afterEach(async () => {
    await here.anvil.client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
    await mine();
  });

  test('by a holder whose lane was taken over is neither stored nor sent', async () => {
    const w = await givenWallet();
    const id = await w.record();
    await w.turn();
    await raiseBaseFee();
    const before = here.proxy.callsOf(RAW).length;
    const { fees } = w.ctx.chain;
    w.ctx.chain.fees = async () => {
      await w.takeOver();
      return fees();
    };
    await w.age(61_000);
    await expect(w.turn()).rejects.toThrow(/took over/);
    expect(await w.signedFor(id)).toHaveLength(1);
    expect(here.proxy.callsOf(RAW)).toHaveLength(before);
  });

  const escrow: Hex = `0x${'e'.repeat(40)}`;
  async function givenLateRelease() {
    await here.anvil.client.setCode({ address: escrow, bytecode: answering(7) });
    const w = await givenWallet({ escrow });
    const id = await w.recordOf('chain_release', w.ctx.chain.escrow.releaseCall(7n));
    await w.turn();
    expect(await w.signedFor(id)).toHaveLength(1);
    await raiseBaseFee();
    await w.age(61_000);
    return { w, id };
  }

  test('of a release is not signed while the contract has no escrow of its own: it may be in a block again', async () => {
    const { w, id } = await givenLateRelease();
    await here.anvil.client.setCode({ address: escrow, bytecode: answering(0) });
    const before = here.proxy.callsOf(RAW).length;
    await w.turn();
    expect(await w.signedFor(id)).toHaveLength(1);
    expect(here.proxy.callsOf(RAW)).toHaveLength(before);
    await here.anvil.client.setCode({ address: escrow, bytecode: answering(7) });
    await w.turn();
    expect((await w.signedFor(id)).map(({ isNoop }) => isNoop)).toEqual([false, false]);
  });

  test('of a release gives way to a no-op where its escrow’s id is another payment’s by now (incident 9)', async () => {
    const { w, id } = await givenLateRelease();
    await here.anvil.client.setCode({ address: escrow, bytecode: answering(8) });
    await w.turn();
    const [noop, release] = await w.signedFor(id);
    expect([noop?.isNoop, release?.isNoop]).toEqual([true, false]);
    // Whatever the id is then, the old bytes are not handed over again: the no-op may be mined.
    await here.anvil.client.setCode({ address: escrow, bytecode: answering(7) });
    const before = here.proxy.callsOf(RAW).length;
    await w.age(4_000);
    await w.turn();
    const since = here.proxy.callsOf(RAW).slice(before);
    expect(since.length).toBeGreaterThan(0);
    expect(JSON.stringify(since)).not.toContain(release?.raw);
  });
});

test('two reactors, each with its own connections, race for one key: an effect has one transaction, a nonce one effect', async () => {
  const w = await givenWallet();
  const pools = [openDatabase(w.url, { max: 6 }), openDatabase(w.url, { max: 6 })];
  onTestFinished(() => Promise.all(pools.map((pool) => pool.$client.end())).then(() => undefined));
  const [one, two] = pools.map((over, i) => w.reactor(`reactor-${i}`, { over }).lane);
  const ids: string[] = [];
  for (let round = 0; round < 8; round++) {
    ids.push(...(await Promise.all(Array.from({ length: 5 }, () => w.record()))));
    await w.age(4_000);
    await Promise.all([one?.turn(), two?.turn(), one?.turn(), two?.turn()]);
    if (round % 2) await mine();
  }
  await one?.turn();
  await mine(DEPTH + 1);
  await two?.turn();
  const rows = await w.signed();
  expect(rows.map(({ nonce }) => nonce)).toEqual(ids.map((_, i) => i));
  expect(new Set(rows.map(({ effectId }) => effectId))).toEqual(new Set(ids));
  expect(rows.every(({ succeeded }) => succeeded)).toBe(true);
  expect(await here.anvil.client.getTransactionCount({ address: w.account.address })).toBe(ids.length);
});

describe('what the calldata alone cannot say', () => {
  test('an escrow is funded only under this leg’s own reference', async () => {
    const w = await givenWallet();
    const call = atOnce(w.ctx.chain).fundCall(`0x${'7'.repeat(64)}`, AMOUNT, 3n);
    const id = await w.recordOf('chain_fund', call);
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'recorded', failures: 8, error: { code: 'policy' } });
    expect(await w.signed()).toEqual([]);
  });

  test('tokens go back only to a deposit address that was proved', async () => {
    const w = await givenWallet();
    const id = await w.recordOf('chain_return', w.ctx.chain.transferCall(SPENDER, AMOUNT));
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'recorded', failures: 8, error: { code: 'policy' } });
    expect(await w.signed()).toEqual([]);
    await w.db.insert(depositAddress).values({ id: depositAddressId(w.ctx), probeHash: '0x1', creditId: '1' });
    await w.hurry();
    await w.turn();
    expect(await w.signedFor(id)).toHaveLength(1);
  });

  test('nothing goes back to Juno for a leg whose release is not confirmed: what the wallet has is another’s', async () => {
    const w = await givenWallet();
    await w.db.insert(depositAddress).values({ id: depositAddressId(w.ctx), probeHash: '0x1', creditId: '1' });
    const id = await w.recordOf('chain_return', w.ctx.chain.transferCall(SPENDER, AMOUNT));
    await w.kill(await w.recordOf('chain_release', w.ctx.chain.escrow.releaseCall(7n), 1n, id));
    await w.turn();
    expect(await w.stateOf(id)).toMatchObject({ state: 'recorded', error: { code: 'policy' } });
    expect(await w.signedFor(id)).toEqual([]);
  });
});
