import { pad, toHex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../../src/chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI, MXNB_ABI } from '../../../src/chain/abi/mxnb.ts';
import { ADMIN, BRIDGE, privateKeyOf } from '../../../src/local/anvil.ts';
import { type ContractWorld, deployed, kustodia, openContractWorld } from './support.ts';

const DAY_S = 86_400;
const AMOUNT = 1_000_000n;

let world: ContractWorld;
let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await openContractWorld('an anvil');
  environment = await deployed(world);
  await send(ADMIN, world.token, MOCK_MXNB_ABI, 'configureMinter', [ADMIN.address, AMOUNT * 9n]);
  await send(ADMIN, world.token, MOCK_MXNB_ABI, 'mint', [BRIDGE.address, AMOUNT * 9n]);
  await send(BRIDGE, world.token, MXNB_ABI, 'approve', [escrow(), AMOUNT * 9n]);
}, 240_000);
afterAll(() => world?.stop());

const escrow = () => environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`;
const send = async (
  account: typeof ADMIN,
  address: `0x${string}`,
  abi: unknown,
  functionName: string,
  args: unknown[],
) => {
  const { client } = world.anvil;
  const hash = await client.writeContract({ account, address, abi, functionName, args } as never);
  expect((await client.waitForTransactionReceipt({ hash })).status).toBe('success');
};
const fund = (n: number) =>
  send(BRIDGE, escrow(), KUSTODIA_ESCROW_ABI, 'createAndFund', [
    ...[pad(toHex(n), { size: 32 }), world.token, AMOUNT],
    30n * BigInt(DAY_S),
  ]);
const heldBy = (holder: `0x${string}`) =>
  world.anvil.client.readContract({ address: world.token, abi: MXNB_ABI, functionName: 'balanceOf', args: [holder] });
const release = (args: string, change: NodeJS.ProcessEnv = {}) =>
  kustodia(['contract', 'release', ...args.split(' '), '--reason', 'for a test'], { ...environment, ...change });

test('what is thirty days overdue is released to its payee, once; the rest is passed over and said', async () => {
  for (const n of [1, 2, 3]) await fund(n);
  await send(BRIDGE, escrow(), KUSTODIA_ESCROW_ABI, 'dispute', [2n, 'a drill']);
  await world.pass(59 * DAY_S);
  const early = await release('1-3 --yes');
  expect([early.code, early.err]).toEqual([
    1,
    expect.stringMatching(/^None of these escrows can be released by anybody now/),
  ]);
  expect(early.err).toMatch(/Disputed: 2;.*By anybody: 1 from 20.* on, 3 from/);
  await world.pass(2 * DAY_S);

  const before = await heldBy(BRIDGE.address);
  const shown = await release('1-3,9 --dry-run');
  expect([shown.code, shown.out]).toEqual([0, expect.stringContaining(`escrow 1, which pays ${BRIDGE.address}`)]);
  expect(await heldBy(BRIDGE.address)).toBe(before);
  // What is passed over may be due by the time that it is sent: it is not in the call.
  expect(shown.out).toContain('releaseBatch([1, 3])');
  const done = await release('1-3,9 --yes');
  expect([done.code, done.err]).toEqual([0, '']);
  expect(done.out).toContain('Passed over. Not open: 9. Disputed: 2');
  expect(await heldBy(BRIDGE.address)).toBe(before + 2n * AMOUNT);
  const again = await release('1-3 --yes');
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('Not open: 1,3.')]);
}, 240_000);

test('the bridge wallet’s key releases nothing by hand: its nonces are the reactors’', async () => {
  const refused = await release('1 --yes', { ESCROW_ADMIN_PRIVATE_KEY: privateKeyOf(BRIDGE) });
  expect(refused.code).not.toBe(0);
  expect(refused.err).toContain('The key is that of ESCROW_BRIDGE_WALLET');
});
