/** What a reactor looks at before it signs against one of the two live contracts. */
import { type Address, createPublicClient, custom, type Hex, http, toFunctionSelector } from 'viem';
import { beforeAll, describe, expect, test } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import { codeTrouble } from '../../src/chain/escrow-code.ts';
import { kustodiaEscrowV2 } from '../../src/chain/escrow-v2.ts';
import type { EscrowVersion } from '../../src/chain/escrow-versions.ts';
import { leg } from '../../src/reactor/db/schema.ts';
import { checkContracts, drivenContracts } from '../../src/reactor/guards/contract.ts';
import { BRIDGE, STRANGER } from '../indexer/escrows.ts';
import { useEscrows } from '../indexer/use-escrows.ts';
import { givePayment, openTestDatabase } from '../support/fixtures.ts';
import { deployLive, type LiveEscrow, type LiveVersion } from '../support/live-escrow.ts';

const here = useEscrows();
const OTHER = { v2: 'v2-pausable', 'v2-pausable': 'v2' } as const satisfies Record<LiveVersion, LiveVersion>;

describe.each(['v2', 'v2-pausable'] as const)('%s', (version) => {
  let live: LiveEscrow;
  beforeAll(async () => {
    live = await deployLive(here.anvil, version);
  });
  type Given = { as?: EscrowVersion; token?: Address; bridge?: Address; escrow?: Address };
  const doorOf = ({ as = version, token = here.contracts.token, escrow = live.address }: Given = {}) =>
    openChain({ chainId: 31337, rpcUrl: here.anvil.url, escrow, escrowVersion: as, token });
  const check = (given: Given = {}) => doorOf(given).escrow.check(given.bridge ?? (BRIDGE.address as Address));

  test('lets pass what is as the settings say', async () => {
    expect(await check()).toMatchObject({ isPaused: false });
  });
  test('refuses an address without a contract', async () => {
    await expect(check({ escrow: `0x${'7'.repeat(40)}` })).rejects.toThrow('There is no contract at');
  });
  test('refuses the other version, and our own', async () => {
    await expect(check({ as: OTHER[version] })).rejects.toThrow('names another version than the contract is');
    await expect(check({ as: 'v3' })).rejects.toThrow('is not that of this release’s KustodiaEscrow');
    await expect(check({ escrow: here.contracts.escrow })).rejects.toThrow('names another version');
  });
  test('refuses a contract whose bridge wallet is another', async () => {
    await expect(check({ bridge: STRANGER.address })).rejects.toThrow('ESCROW_BRIDGE_WALLET says');
  });
  test('refuses a token of other decimals', async () => {
    const token: Address = `0x${'6'.repeat(40)}`;
    // It answers 18 to whatever it is asked.
    await here.anvil.client.setCode({ address: token, bytecode: '0x60125f5260205ff3' });
    await expect(check({ token })).rejects.toThrow('has 18 decimals');
  });
  /** As the chain of Arbitrum One would: everything else is the local node's. */
  const onArbitrumOne = (token: Address) => {
    const node = http(here.anvil.url)({});
    const request = async ({ method, params }: { method: string; params?: unknown }) =>
      method === 'eth_chainId' ? '0xa4b1' : node.request({ method, params });
    const client = createPublicClient({ transport: custom({ request }) });
    return kustodiaEscrowV2(client, { escrow: live.address, token, version }).check(BRIDGE.address as Address);
  };
  test('refuses another token than MXNB where MXNB is known, whatever its decimals', async () => {
    await expect(onArbitrumOne(here.contracts.token)).rejects.toThrow('MXNB on chain 42161 is 0xF197');
  });
  /** Another code at the address of the contract for a while, behind which the right bytes stand without ever being run. */
  const disguised = async (front: Hex) => {
    const { client } = here.anvil;
    const slot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';
    const word = await client.getStorageAt({ address: live.address, slot });
    const address: Address = `0x${word?.slice(-40)}`;
    const code = (await client.getCode({ address })) ?? '0x';
    await client.setCode({ address, bytecode: `${front}${code.slice(2)}` });
    return () => client.setCode({ address, bytecode: code });
  };
  test('refuses a contract that answers whatever it is asked, with the right code as dead bytes behind', async () => {
    // The address of the bridge wallet, to every call.
    const undo = await disguised(`0x73${BRIDGE.address.slice(2).toLowerCase()}5f5260205ff3`);
    await expect(check()).rejects.toThrow('answers calls that version');
    await undo();
    await check();
  });
  test('refuses in our own words a contract whose answers do not fit', async () => {
    const mismatch = { name: 'EscrowMismatchError', message: expect.stringContaining('does not say its owner') };
    const reader = kustodiaEscrowV2(
      createPublicClient({
        transport: custom({
          request: async ({ method, params }) => {
            const isAsked = method === 'eth_call' && params?.[0]?.data === toFunctionSelector('owner()');
            return isAsked ? '0x' : http(here.anvil.url)({}).request({ method, params });
          },
        }),
      }),
      { escrow: live.address, token: here.contracts.token, version },
    );
    await expect(reader.check(BRIDGE.address as Address)).rejects.toMatchObject(mismatch);
  });
  test('says whom an escrow would pay if it ended now', async () => {
    const { escrow } = doorOf();
    await live.create(here.contracts.token, 5n, `0x${'a'.repeat(64)}`);
    const [id = '0'] = Object.keys(await live.statuses()).toReversed();
    const bridge = BRIDGE.address.toLowerCase();
    expect(await escrow.paysTo(BigInt(id))).toBe(bridge);
    // Version 2 pays its bridge wallet of the moment, the other the payee of the escrow's making.
    await live.setBridge(STRANGER.address);
    expect(await escrow.paysTo(BigInt(id))).toBe(version === 'v2' ? STRANGER.address.toLowerCase() : bridge);
    await live.setBridge(BRIDGE.address);
  });
  test('is another contract once its code, its owner or a wallet changed, with an event or without', async () => {
    const identity = async () => (await check()).identity;
    const first = await identity();
    expect(await identity()).toBe(first);
    await live.act(version === 'v2' ? 'setPlatformWallet' : 'updatePlatformWallet', [STRANGER.address]);
    const second = await identity();
    expect(second).not.toBe(first);
    await live.upgrade();
    const third = await identity();
    expect(third).not.toBe(second);
    // The same address, other code behind it.
    const slot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';
    const word = await here.anvil.client.getStorageAt({ address: live.address, slot });
    const implementation = `0x${word?.slice(-40)}` as const;
    const code = await here.anvil.client.getCode({ address: implementation });
    await here.anvil.client.setCode({ address: implementation, bytecode: `${code ?? '0x'}00` });
    expect(await identity()).not.toBe(third);
  });
  test('starts against it once, and then only as it was', async () => {
    const db = await openTestDatabase(await here.postgres.createDatabase());
    const settings = { bridge: BRIDGE.address.toLowerCase() as Address, chainId: 31337 };
    expect(await checkContracts(db, doorOf(), settings)).toEqual([]);
    expect(await checkContracts(db, doorOf(), settings)).toEqual([]);
    await live.upgrade();
    await expect(checkContracts(db, doorOf(), settings)).rejects.toThrow('its code, its owner or its wallets changed');
    await db.$client.end();
  });
});

test('a pause is told, and no reason not to start', async () => {
  const live = await deployLive(here.anvil, 'v2-pausable');
  await live.act('pause');
  const db = await openTestDatabase(await here.postgres.createDatabase());
  const door = openChain({
    ...{ chainId: 31337, rpcUrl: here.anvil.url, escrow: live.address, token: here.contracts.token },
    escrowVersion: 'v2-pausable',
  });
  const settings = { bridge: BRIDGE.address.toLowerCase() as Address, chainId: 31337 };
  expect((await checkContracts(db, door, settings)).map(({ address }) => address)).toEqual([live.address]);
  await db.$client.end();
});

test('a contract that holds a payment under way must be named, and is looked at too', async () => {
  const live = await deployLive(here.anvil, 'v2');
  const db = await openTestDatabase(await here.postgres.createDatabase());
  await givePayment(db);
  await db.update(leg).set({ escrowContract: live.address });
  const ours = { chainId: 31337, rpcUrl: here.anvil.url, escrow: here.contracts.escrow, token: here.contracts.token };
  await expect(drivenContracts(db, openChain(ours))).rejects.toThrow('Add it to ESCROW_CONTRACTS_ALSO');
  const also = [{ address: live.address, version: 'v2' as const }];
  const driven = await drivenContracts(db, openChain({ ...ours, escrowsAlso: also }));
  expect(driven.map(({ version }) => version)).toEqual(['v3', 'v2']);
  const settings = { bridge: BRIDGE.address.toLowerCase() as Address, chainId: 31337 };
  const door = openChain({ ...ours, escrowsAlso: also });
  await checkContracts(db, door, settings);
  await live.act('setPlatformWallet', [STRANGER.address]);
  await expect(checkContracts(db, door, settings)).rejects.toThrow(`accept-contract ${live.address}`);
  await live.setBridge(STRANGER.address);
  await expect(checkContracts(db, door, settings)).rejects.toThrow(live.address);
  await db.$client.end();
});

test('the contract that is live is refused once its code is none that this release knows', async () => {
  const escrow: Address = '0x82fE581F39B1701b6E7Bd0247AFD2aF08ce04c40';
  const given = { escrow, version: 'v2-pausable' as const, chainId: 42_161, code: '0x' as Hex };
  const trouble = (implementation: Address | null) => codeTrouble(here.anvil.client, { ...given, implementation });
  expect(await trouble(STRANGER.address)).toContain('its owner has replaced it');
  expect(await trouble(null)).toContain('its owner has replaced it');
  // With no code at all it is another fault.
  expect(await trouble('0xbd1ecFC0b016d399b1C8CEf6AaAF9787e91F4128')).toContain('has no createEscrow');
});
