import { pino } from 'pino';
import { encodeAbiParameters, encodeEventTopics, type Hex, zeroHash } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { type ChainDoor, openChain } from '../../src/chain/door.ts';
import { isTransfer } from '../../src/chain/logs.ts';
import type { LogPlace } from '../../src/chain/witness.ts';
import { centavos } from '../../src/money/money.ts';
import { verdictOn } from '../../src/reactor/advance/vouch.ts';
import type { Context } from '../../src/reactor/context.ts';
import { readFinalityPolicy } from '../../src/reactor/finality/read-policy.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';

const LOGGER = `0x${'a'.repeat(40)}` as Hex;
const REVERTER = `0x${'b'.repeat(40)}` as Hex;
const PAYER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' as Hex;

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

type At = NonNullable<LogPlace['at']>;
/** A log as it stands in its block. */
async function logged(to = LOGGER): Promise<LogPlace & { at: At }> {
  const txHash = await anvil.client.sendTransaction({ account: PAYER, to, gas: 100_000n, chain: null });
  const { blockNumber, blockHash } = await anvil.client.waitForTransactionReceipt({ hash: txHash });
  return { txHash, at: { blockNumber, blockHash, logIndex: 0 }, says: ({ address }) => address === to };
}
const seen = async (place: LogPlace) => (await chain.witnesses.first.testify(place, { finalized: false })).seen;

describe('the RPC’s own receipt', () => {
  test('vouches for a log in its block, and says how deep it lies', async () => {
    const place = await logged();
    await anvil.client.mine({ blocks: 3 });
    expect(await chain.witnesses.first.testify(place, { finalized: false })).toMatchObject({ seen: 'here', depth: 3n });
  });
  test('does not vouch for a log that is said to be in another block', async () => {
    const { at, ...place } = await logged();
    expect(await seen({ ...place, at: { ...at, blockHash: zeroHash } })).toBe('not_here');
  });
  test('does not vouch for a log that has another place in it', async () => {
    const { at, ...place } = await logged();
    expect(await seen({ ...place, at: { ...at, logIndex: 7 } })).toBe('not_here');
  });
  test('does not vouch for a log that says something else', async () => {
    expect(await seen({ ...(await logged()), says: () => false })).toBe('not_here');
  });
  test('does not vouch for what was reverted', async () => {
    expect(await seen(await logged(REVERTER))).toBe('not_here');
  });
  test('does not vouch any more for what a reorganisation took out', async () => {
    const place = await logged();
    await anvil.client.request({ method: 'anvil_reorg', params: [1, []] } as never);
    expect(await seen(place)).toBe('not_here');
  });
});

test('a log is a transfer of ours only with our token, between these parties, of this amount', () => {
  const want = { token: LOGGER, from: PAYER, to: REVERTER, value: 5n };
  const log = ({ token = LOGGER, from = PAYER, to = REVERTER, value = 5n } = {}) => ({
    address: token,
    topics: encodeEventTopics({ abi: MXNB_ABI, eventName: 'Transfer', args: { from, to } }) as Hex[],
    data: encodeAbiParameters([{ type: 'uint256' }], [value]),
  });
  expect(isTransfer(want)(log())).toBe(true);
  for (const change of [{ token: REVERTER }, { from: LOGGER }, { to: LOGGER }, { value: 6n }])
    expect(isTransfer(want)(log(change)), Object.keys(change).join()).toBe(false);
});

describe('how deep evidence must lie', () => {
  const depths = (blocks: number) => ({ within: blocks, return: blocks, redemption: blocks });
  const finality = readFinalityPolicy(
    JSON.stringify([
      { fromMxn: '0', ...depths(1) },
      { fromMxn: '1000', ...depths(3) },
    ]),
  );
  // The rest of a context is for other parts; touching it here would throw.
  const ctx = (door: ChainDoor) =>
    ({ chain: door, settings: { finality }, log: pino({ level: 'silent' }) }) as unknown as Context;
  const verdict = (place: LogPlace, amount: bigint, door = chain) =>
    verdictOn(ctx(door), place, { amount: centavos(amount), step: 'within' });

  test('is the configuration’s, by amount', async () => {
    const place = await logged();
    expect(await verdict(place, 99_999n)).toBe('shallow');
    await anvil.client.mine({ blocks: 1 });
    expect(await verdict(place, 99_999n)).toBe('final');
    expect(await verdict(place, 100_000n)).toBe('shallow');
    await anvil.client.mine({ blocks: 2 });
    expect(await verdict(place, 100_000n)).toBe('final');
  });
  test('is not known where the RPC does not answer: that is never a no', async () => {
    const nowhere = openChain({ chainId: 31337, rpcUrl: 'http://127.0.0.1:9', escrow: LOGGER, token: LOGGER });
    expect(await verdict(await logged(), 1n, nowhere)).toBe('unreachable');
  });
});
