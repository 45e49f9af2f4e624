import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Address, encodeFunctionData, parseAbi } from 'viem';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../../src/chain/abi/kustodiaEscrow.ts';
import { ADMIN, APPROVER, BRIDGE } from '../../../src/local/anvil.ts';
import {
  type ContractWorld,
  deployed,
  deployToken,
  KINDS,
  kustodia,
  NEW_BRIDGE,
  openContractWorld,
  STRANGER,
} from './support.ts';

describe.each(KINDS)('contract verify on %s', (kind) => {
  let world: ContractWorld;
  let environment: NodeJS.ProcessEnv;
  let escrow: Address;

  beforeAll(async () => {
    world = await openContractWorld(kind);
    environment = await deployed(world);
    escrow = environment['ESCROW_CONTRACT_ADDRESS'] as Address;
  });
  afterAll(() => world?.stop());

  const verify = (change: NodeJS.ProcessEnv = {}) =>
    // It needs neither a database nor a key.
    kustodia(['contract', 'verify', '--json'], {
      ...{ ...environment, DATABASE_URL: '', ESCROW_ADMIN_PRIVATE_KEY: '' },
      ...change,
    });
  const admin = async (functionName: string, args: readonly unknown[]) => {
    const data = encodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, functionName, args } as Parameters<
      typeof encodeFunctionData
    >[0]);
    const hash = await world.anvil.client.sendTransaction({ account: ADMIN, to: escrow, data });
    // What was accepted is not yet mined: a look that follows at once may still see the block before.
    const { status } = await world.anvil.client.waitForTransactionReceipt({ hash });
    expect([functionName, status]).toEqual([functionName, 'success']);
  };
  const act = (args: string) =>
    kustodia(['contract', ...args.split(' '), '--reason', 'for a test', '--yes'], environment);
  const mismatches = async (change?: NodeJS.ProcessEnv) => {
    const found = await verify(change);
    expect(found.code).toBe((found.last()['mismatches'] as string[]).length === 0 ? 0 : 1);
    return found.last()['mismatches'] as string[];
  };
  /** Does something to the chain, and undoes it when the test is over. */
  const meanwhile = async () => {
    const id = await world.anvil.client.snapshot();
    onTestFinished(() => world.anvil.client.revert({ id }));
  };

  test('what the command deployed is as the settings say, in a table and as one object', async () => {
    const found = await verify();
    expect([found.code, found.err]).toEqual([0, '']);
    expect(found.out).toContain('✓ The contract is what the settings say.');
    expect(found.last()).toMatchObject({
      ...{ ok: true, mismatches: [], contract: escrow, isThisRelease: true, paused: false, adminDelaySeconds: 172_800 },
      ...{ admin: ADMIN.address, pendingAdmin: null, settlement: BRIDGE.address, pendingSettlement: null },
      roles: { admin: [ADMIN.address], bridge: [BRIDGE.address], approver: [], pauser: [ADMIN.address] },
      token: { decimals: 6, symbol: 'MXNB', isAllowed: true, escrowed: '0', balance: '0' },
    });
    expect(found.last()['notes']).toContainEqual(expect.stringContaining('Nobody has the approver role'));
    const elsewhere = { ...environment, ESCROW_CONTRACT_ADDRESS: STRANGER.address };
    const named = await kustodia(['contract', 'verify', escrow, '--json'], elsewhere);
    expect([named.code, named.last()['contract']]).toEqual([0, escrow]);
  });

  test('who was granted and lost a role is not among its holders; each holder that nobody expects is named', async () => {
    await meanwhile();
    for (const args of [`grant approver ${APPROVER.address}`, `grant pauser ${STRANGER.address}`])
      expect((await act(args)).code).toBe(0);
    expect((await act(`revoke pauser ${STRANGER.address}`)).code).toBe(0);
    expect((await act(`grant bridge ${NEW_BRIDGE.address}`)).code).toBe(0);
    expect((await verify()).last()['roles']).toMatchObject({
      bridge: [BRIDGE.address, NEW_BRIDGE.address],
      approver: [APPROVER.address],
      pauser: [ADMIN.address],
    });
    expect(await mismatches({ ESCROW_APPROVER: APPROVER.address })).toEqual([
      expect.stringMatching(`^${NEW_BRIDGE.address} has the bridge role, and the`),
    ]);
  });

  test('settings that name another bridge wallet or token', async () => {
    expect(await mismatches({ ESCROW_BRIDGE_WALLET: STRANGER.address })).toEqual([
      `ESCROW_BRIDGE_WALLET ${STRANGER.address} has not the bridge role.`,
      expect.stringMatching(`^${BRIDGE.address} has the bridge role`),
      expect.stringMatching(`^New escrows pay ${BRIDGE.address}, not ESCROW_BRIDGE_WALLET`),
    ]);
    const other = await deployToken(world.anvil);
    const found = await mismatches({ MXNB_CONTRACT_ADDRESS: other });
    expect(found).toEqual([
      expect.stringMatching(/^New escrows may not hold the token of MXNB_CONTRACT_ADDRESS/),
      expect.stringContaining(`which the settings do not name`),
    ]);
    expect(await mismatches({ MXNB_CONTRACT_ADDRESS: STRANGER.address })).toContainEqual(
      expect.stringMatching(/^There is no token/),
    );
  });

  test('a second bridge wallet, a settlement address that is scheduled, a hand-over, a pause', async () => {
    await meanwhile();
    await admin('pause', []);
    await admin('grantRole', [
      await world.anvil.client.readContract({ address: escrow, abi: KUSTODIA_ESCROW_ABI, functionName: 'BRIDGE_ROLE' }),
      STRANGER.address,
    ]);
    await admin('scheduleSettlement', [STRANGER.address]);
    await admin('beginDefaultAdminTransfer', [STRANGER.address]);
    const found = await verify();
    expect(found.last()['mismatches']).toEqual([
      expect.stringMatching(`^${STRANGER.address} has the bridge role`),
      expect.stringMatching(`^The admin role is being handed to ${STRANGER.address}, who can accept from 20`),
      expect.stringMatching(`^${STRANGER.address}, which is not ESCROW_BRIDGE_WALLET, is to be paid`),
    ]);
    expect(found.last()['notes']).toContainEqual(expect.stringMatching('^It is paused'));
  });

  test('a hand-over is an alarm unless it is known; so is a delay that falls', async () => {
    await meanwhile();
    await admin('beginDefaultAdminTransfer', [NEW_BRIDGE.address]);
    const handed = await verify();
    expect([handed.code, handed.last()['mismatches']]).toEqual([
      1,
      [expect.stringMatching(`^The admin role is being handed to ${NEW_BRIDGE.address}`)],
    ]);
    const known = await kustodia(['contract', 'verify', '--json', '--handed-to', NEW_BRIDGE.address], environment);
    expect([known.code, known.last()['notes']]).toEqual([
      0,
      expect.arrayContaining([expect.stringContaining('as you know')]),
    ]);
    await admin('cancelDefaultAdminTransfer', []);

    await admin('changeDefaultAdminDelay', [0]);
    const falls = await verify();
    expect([falls.code, falls.last()['mismatches']]).toEqual([
      1,
      [expect.stringMatching('^The admin’s delay falls from 2 days to 0 seconds at 20')],
    ]);
    await admin('rollbackDefaultAdminDelay', []);
    expect((await verify()).code).toBe(0);
  });

  test('money that is missing, and money that no escrow holds', async () => {
    await meanwhile();
    const { client } = world.anvil;
    const mock = parseAbi([
      'function configureMinter(address, uint256)',
      'function mint(address, uint256)',
      'function approve(address, uint256)',
      'function transfer(address, uint256)',
    ]);
    const token = { address: world.token, abi: mock } as const;
    await client.writeContract({
      ...token,
      account: ADMIN,
      functionName: 'configureMinter',
      args: [ADMIN.address, 200_000_000n],
    });
    await client.writeContract({
      ...token,
      account: ADMIN,
      functionName: 'mint',
      args: [BRIDGE.address, 150_000_000n],
    });
    await client.writeContract({ ...token, account: ADMIN, functionName: 'mint', args: [escrow, 1_500_000n] });
    await client.writeContract({ ...token, account: BRIDGE, functionName: 'approve', args: [escrow, 150_000_000n] });
    await client.writeContract({
      ...{ address: escrow, abi: KUSTODIA_ESCROW_ABI, account: BRIDGE, functionName: 'createAndFund' },
      args: [`0x${'1'.repeat(64)}`, world.token, 150_000_000n, 60n],
    });
    const found = await verify();
    expect([found.code, found.last()['notes']]).toEqual([
      0,
      expect.arrayContaining([expect.stringMatching(/^1.5 MXNB in the contract belong to no escrow/)]),
    ]);
    await client.impersonateAccount({ address: escrow });
    await client.setBalance({ address: escrow, value: 10n ** 18n });
    await client.writeContract({
      ...token,
      account: escrow,
      functionName: 'transfer',
      args: [STRANGER.address, 2_000_000n],
    });
    expect(await mismatches()).toEqual([
      'MONEY IS MISSING: open escrows hold 150 MXNB, and the contract has 149.5 MXNB.',
    ]);
  });

  test('code that is another one, none at all, and a contract that is no escrow', async () => {
    await meanwhile();
    expect((await verify({ ESCROW_CONTRACT_ADDRESS: STRANGER.address })).err).toContain('There is no contract at');
    const other = await verify({ ESCROW_CONTRACT_ADDRESS: world.token });
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('calls itself nothing, not KustodiaEscrow/3')]);
    const code = await world.anvil.client.getCode({ address: escrow });
    await world.anvil.client.setCode({ address: escrow, bytecode: `${code ?? '0x'}00` });
    expect(await mismatches()).toEqual([expect.stringMatching(/^Its code is not that of this release/)]);

    const unpause = await act('token disallow');
    expect([unpause.code, unpause.err]).toEqual([1, expect.stringContaining('could be anything')]);
    const pause = await act('pause --dry-run');
    expect([pause.code, pause.out]).toEqual([0, expect.stringContaining('! This contract is not what it should be')]);
  });

  test('events that begin too late are no whole answer; a node with short pages is asked in shorter ones', async () => {
    await meanwhile();
    await world.anvil.client.mine({ blocks: 1_000 });
    const late = String(Number(environment['ESCROW_START_BLOCK']) + 1);
    expect(await mismatches({ ESCROW_START_BLOCK: late })).toContainEqual(
      expect.stringMatching(/^ESCROW_START_BLOCK is after the deployment/),
    );
    const short = await shortPages(world.anvil.url, 200);
    onTestFinished(short.close);
    const found = await verify({ ETH_RPC_URL: short.url, ESCROW_START_BLOCK: '0' });
    expect([found.code, found.last()['roles']]).toMatchObject([0, { bridge: [BRIDGE.address] }]);
    expect(short.refused()).toBeGreaterThan(0);
    const none = await shortPages(world.anvil.url, 0);
    onTestFinished(none.close);
    const unread = await verify({ ETH_RPC_URL: none.url });
    expect([unread.code, unread.err]).toEqual([1, expect.stringContaining('The node does not give the events')]);
  });
});

/** A node that refuses logs of more than so many blocks, as providers do. */
async function shortPages(upstream: string, most: number) {
  let refusals = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { method, id, params } = JSON.parse(body) as { method: string; id: number; params: never[] };
    const headers = { 'content-type': 'application/json' };
    const [range] = params ?? [];
    const { fromBlock = '0x0', toBlock = '0x0' } = (range ?? {}) as { fromBlock?: string; toBlock?: string };
    if (method === 'eth_getLogs' && Number(toBlock) - Number(fromBlock) >= most) {
      refusals++;
      const error = { code: -32_602, message: `at most ${most} blocks` };
      response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id, error }));
      return;
    }
    const answer = await fetch(upstream, { method: 'POST', headers, body });
    response.writeHead(answer.status, headers).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refusals,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
