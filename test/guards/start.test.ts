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
import { describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { openChain } from '../../src/chain/door.ts';
import { kustodiaEscrowV3 } from '../../src/chain/escrow-v3.ts';
import { assertPins } from '../../src/reactor/guards/pins.ts';
import { readSettings } from '../../src/reactor/settings.ts';
import { ADMIN, BRIDGE, STRANGER } from '../indexer/escrows.ts';
import { useEscrows } from '../indexer/use-escrows.ts';
import { KEY_SECRET, openTestDatabase } from '../support/fixtures.ts';

const here = useEscrows();

describe('the contract check', () => {
  type Answers = Readonly<{ token?: Address; bridge?: Address; version?: string }>;
  /** The check against the real contracts; the node answers another version where one is named. */
  const check = ({ token = here.contracts.token, bridge = BRIDGE.address, version }: Answers = {}) => {
    const node = http(here.anvil.url)({});
    const client = createPublicClient({
      transport: custom({
        request: async ({ method, params }) =>
          version !== undefined && params?.[0]?.data === toFunctionSelector('VERSION()')
            ? encodeAbiParameters([{ type: 'string' }], [version])
            : node.request({ method, params }),
      }),
    });
    return kustodiaEscrowV3(client, { escrow: here.contracts.escrow, token }).check(bridge);
  };

  test('lets pass what is as the settings say', async () => {
    await check();
  });
  test('refuses another version of the contract', async () => {
    await expect(check({ version: 'KustodiaEscrow/4' })).rejects.toThrow('is “KustodiaEscrow/4”');
  });
  test('refuses a token that the contract does not allow', async () => {
    const token: Address = `0x${'7'.repeat(40)}`;
    const code = await here.anvil.client.getCode({ address: here.contracts.token });
    await here.anvil.client.setCode({ address: token, bytecode: code ?? '0x' });
    await expect(check({ token })).rejects.toThrow('does not allow the token');
  });
  test('refuses a wallet without the bridge’s role', async () => {
    await expect(check({ bridge: STRANGER.address })).rejects.toThrow('does not have the bridge role');
  });
  test('refuses a contract that pays another address than the wallet', async () => {
    const admin = { abi: KUSTODIA_ESCROW_ABI, address: here.contracts.escrow, account: ADMIN } as const;
    const pay = async (address: Address) => {
      await here.anvil.client.writeContract({ ...admin, functionName: 'scheduleSettlement', args: [address] });
      const hash = await here.anvil.client.writeContract({ ...admin, functionName: 'applySettlement' });
      await here.anvil.client.waitForTransactionReceipt({ hash });
    };
    await pay(STRANGER.address);
    await expect(check()).rejects.toThrow(`pays ${STRANGER.address} and not the wallet`);
    await pay(BRIDGE.address);
    await check();
  });
  test('refuses a token of other decimals', async () => {
    const code = await here.anvil.client.getCode({ address: here.contracts.token });
    // It answers 18 to whatever it is asked.
    await here.anvil.client.setCode({ address: here.contracts.token, bytecode: '0x60125f5260205ff3' });
    await expect(check()).rejects.toThrow('has 18 decimals');
    await here.anvil.client.setCode({ address: here.contracts.token, bytecode: code ?? '0x' });
  });
});

describe('the process', () => {
  const key = generatePrivateKey();
  const environment = (databaseUrl: string) => ({
    DATABASE_URL: databaseUrl,
    CHAIN_ID: '31337',
    ETH_RPC_URL: here.anvil.url,
    ESCROW_CONTRACT_ADDRESS: `0x${'1'.repeat(40)}`,
    MXNB_CONTRACT_ADDRESS: here.contracts.token,
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
    const logged = await start(environment(await here.postgres.createDatabase()));
    expect(logged).toContain('There is no contract at ESCROW_CONTRACT_ADDRESS');
    expect(logged).toContain('the reactor did not start; nothing was sent');
  }, 60_000);

  test('does not start on a database that belongs to another secret', async () => {
    const url = await here.postgres.createDatabase();
    const db = await openTestDatabase(url);
    const settings = readSettings({ ...environment(url), KUSTODIA_KEY_SECRET: `${KEY_SECRET}!` });
    await assertPins(db, openChain({ ...settings, escrow: zeroAddress }), settings);
    await db.$client.end();
    expect(await start(environment(url))).toContain('KUSTODIA_KEY_SECRET is not the one');
  }, 60_000);
});
