/** `npm run fork`: what it makes of a chain that stands in for Arbitrum One, and that it only reads that chain. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Address } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import type { EscrowVersion } from '../../src/chain/escrow-versions.ts';
import { openEscrow } from '../../src/chain/openEscrow.ts';
import { type LocalAnvil, startAnvil } from '../../src/local/anvil.ts';
import { FLOAT_CENTAVOS, UNITS_PER_CENTAVO } from '../../src/local/contracts.ts';
import { settleOnFork } from '../../src/local/fork.ts';
import { type Keeper, startKeeper } from '../../src/local/keeper.ts';
import { freePort } from '../../src/local/ports.ts';
import { openReadOnly } from '../../src/local/read-only.ts';
import { openUpstream } from '../../src/local/upstream.ts';
import { ADMIN, BRIDGE, JUNO } from '../indexer/escrows.ts';
import { startAnvil as startTestAnvil } from '../support/anvil.ts';
import { ARBITRUM_ONE, startUpstream, type TestUpstream } from './upstream.ts';

const JOURNEY_TIMEOUT_MS = 180_000;
const NOBODY: Address = '0x00000000000000000000000000000000000000aa';
const upstreams = new Map<EscrowVersion, TestUpstream>();
const upstreamOf = (version: EscrowVersion) => {
  const found = upstreams.get(version);
  if (!found) throw new Error('there is no such upstream');
  return found;
};
beforeAll(async () => {
  for (const version of ['v2-pausable', 'v2', 'v3'] as const) upstreams.set(version, await startUpstream(version));
}, 240_000);
afterAll(() => Promise.all([...upstreams.values()].map((one) => one.stop())));

/** Runs the command to its end. */
async function fork(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const ports = { REACTOR_PORT: '0', INDEXER_PORT: '0', SANDBOX_PORT: '0', ANVIL_PORT: '0' };
  const child = spawn(process.execPath, ['src/local/fork-main.ts', ...args], {
    env: { ...process.env, ...ports, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { out: await text(child.stdout), err: await text(child.stderr), code: await code };
}

test('a payment journey on a fork with the live contract, and the forked chain is as it was', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const upstream = upstreamOf('v2-pausable');
  const before = await upstream.state();
  upstream.methods.clear();
  const named = ['--rpc', upstream.url, '--token', upstream.token, '--escrow', upstream.escrow];
  const { out, err, code } = await fork([...named, '--payments', '2', '--exit', '--json']);
  const report = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '');
  expect(report, err).toMatchObject({
    ...{ payments: 2, completed: 2, spei_payouts: 2, payouts_asked: 2, paid_twice: 0, lost_centavos: 0 },
    ...{ ledger_sum: 0, breaks: 0, audit_findings: 0 },
  });
  expect(code).toBe(0);
  expect(err).toContain(`escrow ${upstream.escrow} (v2-pausable)`);
  // The address of a node holds a key of somebody.
  expect(out + err).not.toContain('a-key-of-somebody');
  expect(await upstream.state()).toEqual(before);
  expect(
    [...upstream.methods].filter((method) => !/^eth_(get\w+|call|chainId|blockNumber|gasPrice)$/.test(method)),
  ).toEqual([]);
});

describe('what the fork is made into', () => {
  let keeper: Keeper | undefined;
  let anvil: LocalAnvil | undefined;
  afterEach(async () => {
    await anvil?.stop();
    await keeper?.close();
  });
  async function settle(version: EscrowVersion, escrow: Address | undefined) {
    const { url, token } = upstreamOf(version);
    const folder = mkdtempSync(join(tmpdir(), 'kustodia-test-'));
    keeper = startKeeper(folder);
    const upstream = await openUpstream({ rpcUrl: url, token, escrow });
    const started = await startAnvil({ port: await freePort(), folder, keeper, fork: upstream });
    anvil = started;
    const lines: string[] = [];
    const contracts = await settleOnFork(started, upstream, (line) => lines.push(line));
    return { ...started, contracts, lines, close: upstream.close };
  }

  test.each(['v2', 'v2-pausable', 'v3'] as const)(
    '%s is our bridge wallet’s, and holds nothing of others',
    async (version) => {
      const { escrow } = upstreamOf(version);
      const { client, actors, contracts, close } = await settle(version, escrow);
      const { token, startBlock, supplyBefore } = contracts;
      expect(contracts).toMatchObject({ escrow: escrow.toLowerCase(), version });
      // Whoever has the keys that everybody knows has a past on a real chain.
      expect(Object.values(actors).map(({ address }) => address)).not.toContain(BRIDGE.address);
      const adapter = openEscrow(client, { address: escrow, version, token });
      expect(await adapter.check(actors.bridge.address)).toMatchObject({ isPaused: false });
      const balanceOf = (of: Address) =>
        client.readContract({ address: token, abi: MXNB_ABI, functionName: 'balanceOf', args: [of] });
      expect(await balanceOf(escrow)).toBe(0n);
      expect(await balanceOf(actors.bridge.address)).toBe(FLOAT_CENTAVOS * UNITS_PER_CENTAVO);
      const transfers = await client.getContractEvents({
        ...{ address: token, abi: MXNB_ABI, eventName: 'Transfer' as const, fromBlock: startBlock },
      });
      expect(transfers.map(({ args }) => args.to)).toEqual([actors.bridge.address]);
      const supply = await client.readContract({ address: token, abi: MXNB_ABI, functionName: 'totalSupply' });
      expect(supply - supplyBefore).toBe(FLOAT_CENTAVOS * UNITS_PER_CENTAVO);
      const { timestamp } = await client.getBlock();
      expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
      await close();
    },
  );

  test.each([
    ['none is named', undefined, null],
    ['nothing is there', NOBODY, 'there is no code'],
    ['something else is there', 'the token', 'no escrow contract of a version that this release knows'],
  ] as const)('our own is deployed where %s', async (_, at, why) => {
    const escrow = at === 'the token' ? upstreamOf('v3').token : at;
    const { client, actors, contracts, lines, close } = await settle('v3', escrow);
    expect(contracts).toMatchObject({ version: 'v3', token: upstreamOf('v3').token });
    expect(contracts.escrow).not.toBe(escrow);
    const adapter = openEscrow(client, { address: contracts.escrow, version: 'v3', token: contracts.token });
    expect(await adapter.check(actors.bridge.address)).toMatchObject({ isPaused: false });
    expect(lines.join('\n')).toContain(why ?? 'our own, new');
    await close();
  });
});

describe('it refuses, and starts nothing', () => {
  const refused = (named: Partial<Parameters<typeof openUpstream>[0]>) => {
    const { url, token } = upstreamOf('v3');
    return openUpstream({ rpcUrl: url, token, ...named }).then(
      () => 'taken',
      (error: Error) => error.message,
    );
  };

  test('a node that does not answer', async () => {
    const { code, err } = await fork(['--rpc', `http://127.0.0.1:${await freePort()}/v2/a-key-of-somebody`, '--json']);
    expect([code, err]).toEqual([1, expect.stringMatching(/^The RPC of --rpc gave no answer.* Nothing was started\./)]);
    expect(err).not.toContain('a-key-of-somebody');
  });

  test('a chain that it does not know', async () => {
    const other = await startTestAnvil();
    expect(await refused({ rpcUrl: other.url })).toMatch(/^The RPC serves chain 31337, .* Nothing was started\.$/);
    await other.stop();
  });

  test('a token without code, and one that is not MXNB', async () => {
    expect(await refused({ token: undefined })).toMatch(
      /^There is no contract at 0xF197FFC28c23E0309B5559e7a166f2c6164C80aA on Arbitrum One/,
    );
    expect(await refused({ token: upstreamOf('v3').escrow })).toMatch(
      /on Arbitrum One has no decimals, so it is not MXNB/,
    );
  });

  test('a block that is not there', async () => {
    expect(await refused({ blockNumber: 1_000_000n })).toBe(
      'The RPC has no block 1000000 of Arbitrum One. Nothing was started.',
    );
  });

  test('options that it cannot read, without saying what they were', async () => {
    const { code, err } = await fork(['--rpc', 'ftp://key@here', '--block', 'latest', '--escrow', '0x12']);
    expect([code, err.trim().split('\n')]).toEqual([
      1,
      [
        '--rpc is not the http address of a node.',
        '--block is not the number of a block.',
        '--escrow is not an address.',
        'Nothing was started.',
      ],
    ]);
  });
});

describe('the door to the forked chain', () => {
  const send = (url: string, body: string) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const call = (method: string, params: unknown[] = []) => ({ jsonrpc: '2.0', id: 7, method, params });

  test('lets nothing through but questions', async () => {
    const { url, client, state, methods } = upstreamOf('v3');
    const raw = await ADMIN.signTransaction({
      ...{ type: 'eip1559', chainId: ARBITRUM_ONE, to: JUNO.address, value: 1n, gas: 21_000n },
      ...{ nonce: await client.getTransactionCount({ address: ADMIN.address }), maxFeePerGas: 10n ** 10n },
    });
    const transaction = call('eth_sendRawTransaction', [raw]);
    const before = await state();
    const door = await openReadOnly(url);
    methods.clear();
    const refusal = {
      jsonrpc: '2.0',
      id: 7,
      error: { code: -32_601, message: 'this chain is only read: eth_sendRawTransaction' },
    };
    expect(await (await send(door.url, JSON.stringify(transaction))).json()).toEqual(refusal);
    const batch = [call('eth_chainId'), transaction];
    expect(await (await send(door.url, JSON.stringify(batch))).json()).toContainEqual(refusal);
    for (const method of [
      'anvil_setBalance',
      'evm_mine',
      'debug_setHead',
      'personal_sign',
      'eth_sendTransaction',
      'eth_submitWork',
    ])
      expect(await (await send(door.url, JSON.stringify(call(method)))).json()).toMatchObject({
        error: { code: -32_601 },
      });
    expect((await send(door.url, 'no JSON')).status).toBe(400);
    expect([...methods]).toEqual([]);
    expect(await state()).toEqual(before);
    expect(await (await send(door.url, JSON.stringify(call('eth_chainId')))).json()).toMatchObject({
      id: 7,
      result: '0xa4b1',
    });
    await door.close();
  });
});
