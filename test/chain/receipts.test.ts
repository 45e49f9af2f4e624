import { pino } from 'pino';
import { type Hash, type Hex, zeroHash } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChainDoor, type LogPlace, openChain } from '../../src/chain/door.ts';
import type { IndexedTransfer } from '../../src/chain/indexed/types.ts';
import { centavos } from '../../src/money/money.ts';
import { vouchFor } from '../../src/reactor/advance/vouch.ts';
import type { Context } from '../../src/reactor/context.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';

const LOGGER = `0x${'a'.repeat(40)}` as Hex;
const REVERTER = `0x${'b'.repeat(40)}` as Hex;
const [PAYER] = ['0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' as Hex];

let anvil: TestAnvil;
let chain: ChainDoor;
beforeAll(async () => {
  anvil = await startAnvil();
  chain = openChain({ chainId: 31337, rpcUrl: anvil.url, escrow: LOGGER, token: LOGGER });
  // One that writes an empty log, and one that reverts.
  await anvil.client.setCode({ address: LOGGER, bytecode: '0x60006000a000' });
  await anvil.client.setCode({ address: REVERTER, bytecode: '0x60006000fd' });
});
afterAll(() => anvil?.stop());

/** A log as it stands in its block. */
async function logged(to = LOGGER): Promise<LogPlace> {
  const hash = await anvil.client.sendTransaction({ account: PAYER, to, gas: 100_000n, chain: null });
  const { blockHash } = await anvil.client.waitForTransactionReceipt({ hash });
  return { txHash: hash, blockHash, logIndex: 0, address: to };
}

describe('the RPC’s own receipt', () => {
  test('vouches for a log in its block, and says how deep it lies', async () => {
    const place = await logged();
    expect(await chain.vouch(place)).toEqual({ known: true, depth: 0n });
    await anvil.client.mine({ blocks: 3 });
    expect(await chain.vouch(place)).toEqual({ known: true, depth: 3n });
  });
  test.each<[string, Partial<LogPlace>]>([
    ['that is said to be in another block', { blockHash: zeroHash }],
    ['of a transaction that is not there', { txHash: zeroHash }],
    ['that has another place in it', { logIndex: 7 }],
    ['that another contract wrote', { address: REVERTER }],
  ])('does not vouch for a log %s', async (_, change) => {
    expect(await chain.vouch({ ...(await logged()), ...change })).toMatchObject({ known: false });
  });
  test('does not vouch for what was reverted', async () => {
    expect(await chain.vouch(await logged(REVERTER))).toMatchObject({ known: false });
  });
  test('does not vouch any more for what a reorganisation took out', async () => {
    const place = await logged();
    await anvil.client.request({ method: 'anvil_reorg', params: [1, []] } as never);
    expect(await chain.vouch(place)).toMatchObject({ known: false });
  });
});

describe('how deep evidence must lie', () => {
  const finality = { blocks: 1n, largeBlocks: 3n, large: centavos(100_000n) };
  // The rest of a context is for other parts; touching it here would throw.
  const ctx = (door: ChainDoor) =>
    ({ chain: door, settings: { finality }, log: pino({ level: 'silent' }) }) as unknown as Context;
  const eventAt = ({ txHash, blockHash, logIndex }: LogPlace): IndexedTransfer => ({
    ...{ id: 'x', chainId: 31337, blockNumber: 1n, blockTimestamp: 1, token: LOGGER, from: PAYER, to: LOGGER },
    ...{ txHash, blockHash, logIndex, value: 1n },
  });
  const verdict = async (place: LogPlace, amount: bigint, door = chain) =>
    (await vouchFor(ctx(door), eventAt(place), LOGGER, centavos(amount))).verdict;

  test('is the configuration’s, by amount', async () => {
    const place = await logged();
    expect(await verdict(place, 99_999n)).toBe('shallow');
    await anvil.client.mine({ blocks: 1 });
    expect(await verdict(place, 99_999n)).toBe('final');
    expect(await verdict(place, 100_000n)).toBe('shallow');
    await anvil.client.mine({ blocks: 2 });
    expect(await verdict(place, 100_000n)).toBe('final');
  });
  test('does not matter where the RPC has another block', async () => {
    expect(await verdict({ ...(await logged()), blockHash: zeroHash as Hash }, 1n)).toBe('mismatch');
  });
  test('is not known where the RPC does not answer: that is never a no', async () => {
    const nowhere = openChain({ chainId: 31337, rpcUrl: 'http://127.0.0.1:9', escrow: LOGGER, token: LOGGER });
    expect(await verdict(await logged(), 1n, nowhere)).toBe('unreachable');
  });
});
