/** What a reactor looks at before anything of it begins: the chain, the secret, and the contract that it would sign against. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  type Address,
  createPublicClient,
  custom,
  encodeAbiParameters,
  http,
  toFunctionSelector,
  zeroAddress,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import { kustodiaEscrowV3 } from '../../src/chain/escrow-v3.ts';
import { assertPins } from '../../src/reactor/guards/pins.ts';
import { readSettings } from '../../src/reactor/settings.ts';
import { BRIDGE, deployEscrows, STRANGER, type TestEscrows } from '../indexer/escrows.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let anvil: TestAnvil;
let postgres: TestPostgres;
let contracts: TestEscrows;
beforeAll(async () => {
  [postgres, anvil] = await Promise.all([startPostgres(), startAnvil()]);
  contracts = await deployEscrows(anvil);
}, 240_000);
afterAll(async () => {
  await anvil?.stop();
  await postgres?.stop();
});

describe('the contract check', () => {
  type Answers = Readonly<{ token?: Address; bridge?: Address; version?: string }>;
  /** The check against the real contracts; the node answers another version where one is named. */
  const check = ({ token = contracts.token, bridge = BRIDGE.address, version }: Answers = {}) => {
    const node = http(anvil.url)({});
    const client = createPublicClient({
      transport: custom({
        request: async ({ method, params }) =>
          version !== undefined && params?.[0]?.data === toFunctionSelector('VERSION()')
            ? encodeAbiParameters([{ type: 'string' }], [version])
            : node.request({ method, params }),
      }),
    });
    return kustodiaEscrowV3(client, { escrow: contracts.escrow, token }).check(bridge);
  };

  test('lets pass what is as the settings say', async () => {
    await check();
  });
  test('refuses another version of the contract', async () => {
    await expect(check({ version: 'KustodiaEscrow/4' })).rejects.toThrow('is “KustodiaEscrow/4”');
  });
  test('refuses a token that the contract does not allow', async () => {
    const token: Address = `0x${'7'.repeat(40)}`;
    const code = await anvil.client.getCode({ address: contracts.token });
    await anvil.client.setCode({ address: token, bytecode: code ?? '0x' });
    await expect(check({ token })).rejects.toThrow('does not allow the token');
  });
  test('refuses a wallet without the bridge’s role', async () => {
    await expect(check({ bridge: STRANGER.address })).rejects.toThrow('does not have the bridge role');
  });
  test('refuses a token of other decimals', async () => {
    const code = await anvil.client.getCode({ address: contracts.token });
    // It answers 18 to whatever it is asked.
    await anvil.client.setCode({ address: contracts.token, bytecode: '0x60125f5260205ff3' });
    await expect(check()).rejects.toThrow('has 18 decimals');
    await anvil.client.setCode({ address: contracts.token, bytecode: code ?? '0x' });
  });
});

describe('the process', () => {
  const key = generatePrivateKey();
  const environment = (databaseUrl: string) => ({
    DATABASE_URL: databaseUrl,
    CHAIN_ID: '31337',
    ETH_RPC_URL: anvil.url,
    ESCROW_CONTRACT_ADDRESS: `0x${'1'.repeat(40)}`,
    MXNB_CONTRACT_ADDRESS: contracts.token,
    ESCROW_BRIDGE_WALLET: privateKeyToAccount(key).address,
    ESCROW_PRIVATE_KEY: key,
    JUNO_DEPOSIT_ADDRESS: `0x${'5'.repeat(40)}`,
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: 'http://127.0.0.1:9',
    JUNO_STAGE_API_KEY: 'unused',
    JUNO_STAGE_API_SECRET: 'unused',
    KUSTODIA_KEY_SECRET: KEY_SECRET,
    REACTOR_PORT: '0',
  });
  /** What it logs until it ends, or until it listens. */
  async function start(given: Readonly<Record<string, string>>): Promise<string> {
    const child = spawn(process.execPath, ['src/reactor/main.ts'], {
      env: { PATH: process.env['PATH'], ...given },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let logged = '';
    for await (const chunk of child.stdout) {
      logged += chunk;
      if (logged.includes('"listening"')) break;
    }
    child.kill('SIGKILL');
    await ended;
    return logged;
  }

  test('does not start where no contract, or another one, stands at the address of the settings', async () => {
    const logged = await start(environment(await postgres.createDatabase()));
    expect(logged).toContain('There is no contract at ESCROW_CONTRACT_ADDRESS');
    expect(logged).toContain('the reactor did not start; nothing was sent');
  }, 60_000);

  test('does not start on a database that belongs to another secret', async () => {
    const url = await postgres.createDatabase();
    const db = await openTestDatabase(url);
    const settings = readSettings({ ...environment(url), KUSTODIA_KEY_SECRET: `${KEY_SECRET}!` });
    await assertPins(db, openChain({ ...settings, escrow: zeroAddress }), settings);
    await db.$client.end();
    expect(await start(environment(url))).toContain('KUSTODIA_KEY_SECRET is not the one');
  }, 60_000);
});
