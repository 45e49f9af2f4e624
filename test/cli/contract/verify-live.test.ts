import { type Address, encodeFunctionData, getAddress, parseAbi, zeroAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readArtifact } from '../../../contracts/scripts/build.ts';
import { KNOWN_MXNB } from '../../../src/chain/known-mxnb.ts';
import { ADMIN, BRIDGE } from '../../../src/local/anvil.ts';
import { type ContractWorld, KINDS, kustodia, NEW_BRIDGE, openContractWorld, PAUSER, STRANGER } from './support.ts';

const OWNERS = parseAbi([
  'function addPauser(address account)',
  'function removePauser(address account)',
  'function pause()',
  'function initialize(address bridgeWallet, address platformWallet)',
]);

describe.each(KINDS)('contract verify of a contract of the predecessor, on %s', (kind) => {
  let world: ContractWorld;
  beforeAll(async () => {
    world = await openContractWorld(kind);
    const { client } = world.anvil;
    const known = KNOWN_MXNB[world.chainId];
    if (known)
      await client.setCode({ address: known, bytecode: (await client.getCode({ address: world.token })) ?? '0x' });
  });
  afterAll(() => world?.stop());

  const deploy = async (name: Parameters<typeof readArtifact>[0], args: readonly unknown[]): Promise<Address> => {
    const { client } = world.anvil;
    const { abi, bytecode } = readArtifact(name);
    const hash = await client.deployContract({ account: ADMIN, abi, bytecode, args });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    if (!contractAddress) throw new Error(`${name} was not deployed`);
    return getAddress(contractAddress);
  };
  /** A double behind a proxy, as the live ones are. */
  const double = async (name: 'EscrowV2Double' | 'EscrowV2PausableDouble', bridge: Address, proxyAdmin: Address) => {
    const implementation = await deploy(name, []);
    const initialize = encodeFunctionData({
      abi: OWNERS,
      functionName: 'initialize',
      args: [bridge, STRANGER.address],
    });
    return { implementation, escrow: await deploy('EscrowProxyDouble', [implementation, proxyAdmin, initialize]) };
  };
  const verify = (escrow: Address, change: NodeJS.ProcessEnv = {}) =>
    kustodia(['contract', 'verify', escrow, '--json'], { ...world.environment, ...mxnb(), ...change });
  /** On the chain of MXNB itself only that will do. */
  const mxnb = (): NodeJS.ProcessEnv => {
    const known = KNOWN_MXNB[world.chainId];
    return known ? { MXNB_CONTRACT_ADDRESS: known } : {};
  };

  test('code that answers whatever it is asked, and a token that is none', async () => {
    const { escrow, implementation } = await double('EscrowV2Double', BRIDGE.address, zeroAddress);
    const code = (await world.anvil.client.getCode({ address: implementation })) ?? '0x';
    // The address of the bridge wallet, to every call; the right code stands behind and is never run.
    const front = `73${BRIDGE.address.slice(2).toLowerCase()}5f5260205ff3`;
    await world.anvil.client.setCode({ address: implementation, bytecode: `0x${front}${code.slice(2)}` });
    const found = await verify(escrow, { MXNB_CONTRACT_ADDRESS: STRANGER.address });
    expect([found.code, found.last()['mismatches']]).toEqual([
      1,
      expect.arrayContaining([
        expect.stringContaining('answers calls that version'),
        expect.stringContaining('There is no token at MXNB_CONTRACT_ADDRESS'),
      ]),
    ]);
  });

  test('version 2 pausable: owner, wallets, pausers, the code behind the proxy, and the pause', async () => {
    const { escrow, implementation } = await double('EscrowV2PausableDouble', BRIDGE.address, zeroAddress);
    const { client } = world.anvil;
    const act = async (functionName: 'addPauser' | 'removePauser' | 'pause', args: [Address] | [] = []) =>
      client.waitForTransactionReceipt({
        hash: await client.writeContract({
          ...{ address: escrow, abi: OWNERS, account: ADMIN, functionName, args },
        } as never),
      });
    for (const { address } of [PAUSER, NEW_BRIDGE]) await act('addPauser', [address]);
    await act('removePauser', [NEW_BRIDGE.address]);

    const found = await verify(escrow);
    expect([found.code, found.err]).toEqual([0, '']);
    expect(found.last()).toMatchObject({
      ...{ ok: true, version: 'v2-pausable', contract: escrow, owner: ADMIN.address, bridgeWallet: BRIDGE.address },
      ...{
        platformWallet: STRANGER.address,
        pausers: [ADMIN.address, PAUSER.address],
        paused: false,
        nextEscrowId: '0',
      },
      ...{ implementation, proxyAdmin: null },
    });
    expect(found.out).toContain(`by ${ADMIN.address}; what is true of it today`);

    await act('pause');
    expect((await verify(escrow)).last()).toMatchObject({
      paused: true,
      notes: expect.arrayContaining([expect.stringMatching(/^It is paused: nothing moves/)]),
    });
    const other = await verify(escrow, { ESCROW_BRIDGE_WALLET: NEW_BRIDGE.address });
    expect([other.code, other.last()['mismatches']]).toEqual([
      1,
      [expect.stringMatching(`^Its bridge wallet is ${BRIDGE.address}, not ESCROW_BRIDGE_WALLET`)],
    ]);
  });

  test('one key for owner and bridge wallet, as the live one had, is said', async () => {
    const { escrow } = await double('EscrowV2PausableDouble', ADMIN.address, zeroAddress);
    const found = await verify(escrow, { ESCROW_BRIDGE_WALLET: ADMIN.address });
    expect([found.code, found.last()['mismatches']]).toEqual([
      1,
      [`Its owner ${ADMIN.address} is the bridge wallet too: whoever has that one key has all that is in escrow.`],
    ]);
  });

  test('version 2 has no pause; its proxy has an admin of its own; no command administers it', async () => {
    const { escrow, implementation } = await double('EscrowV2Double', BRIDGE.address, PAUSER.address);
    const found = await verify(escrow);
    expect([found.code, found.last()]).toMatchObject([
      0,
      { version: 'v2', paused: null, pausers: [], nextEscrowId: '1', implementation, proxyAdmin: PAUSER.address },
    ]);
    expect(found.out).toContain(`can be replaced at any time, without a delay, by ${PAUSER.address}`);
    const pause = await kustodia(['contract', 'pause', '--reason', 'for a test', '--dry-run'], {
      ...world.environment,
      ESCROW_CONTRACT_ADDRESS: escrow,
    });
    expect([pause.code, pause.err]).toEqual([1, expect.stringContaining('these commands administer no other')]);
  });
});
