import type { Address, Hex } from 'viem';
import { buildContracts, readArtifact } from '../../../contracts/scripts/build.ts';
import { run } from '../../../src/cli/run.ts';
import { ADMIN, account, BRIDGE, privateKeyOf } from '../../../src/local/anvil.ts';
import { openDatabase } from '../../../src/reactor/db/client.ts';
import { auditLog } from '../../../src/reactor/db/schema.ts';
import { startAnvil, type TestAnvil } from '../../support/anvil.ts';
import { startPostgres } from '../../support/postgres.ts';

export const NEW_ADMIN = account(4);
export const NEW_BRIDGE = account(5);
export const PAUSER = account(6);
export const STRANGER = account(7);
export const ADMIN_KEY = privateKeyOf(ADMIN);
export const DELAY_S = 172_800;

/** What a command printed, and its exit code. */
export type Printed = Readonly<{ code: number; out: string; err: string; last: () => Record<string, unknown> }>;

export async function kustodia(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Printed> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
  const last = () => JSON.parse(out.join('\n').split('\n').at(-1) ?? '');
  return { code, out: out.join('\n'), err: err.join('\n'), last };
}

/** `an anvil`, as a local chain; or `a fork` of another anvil, both with the chain id of Arbitrum One. */
export type Kind = 'an anvil' | 'a fork with chain id 42161';
/** The fork as well in the full run, which tries each command on both. */
export const KINDS: readonly Kind[] = [
  'an anvil',
  ...(process.env['KUSTODIA_TEST_FULL'] ? (['a fork with chain id 42161'] as const) : []),
];

/** A chain with a token on it, a Postgres with an empty database, and the environment of a person who administers. */
export async function openContractWorld(kind: Kind) {
  await buildContracts();
  const isFork = kind !== 'an anvil';
  const chainId = isFork ? 42_161 : 31_337;
  const first = await startAnvil({ chainId });
  const token = await deployToken(first);
  const fork = isFork ? await startAnvil({ chainId, args: ['--fork-url', first.url] }) : null;
  const anvil = fork ?? first;
  const postgres = await startPostgres();
  const databaseUrl = await postgres.createDatabase();
  const environment: NodeJS.ProcessEnv = {
    JUNO_ENV: isFork ? 'production' : 'sandbox',
    CHAIN_ID: String(chainId),
    ETH_RPC_URL: anvil.url,
    MXNB_CONTRACT_ADDRESS: token,
    ESCROW_BRIDGE_WALLET: BRIDGE.address,
    ESCROW_ADMIN_PRIVATE_KEY: ADMIN_KEY,
    DATABASE_URL: databaseUrl,
  };
  return {
    anvil,
    upstream: first,
    token,
    chainId,
    environment,
    postgres,
    /** Every row of the audit log, oldest first. */
    audited: async () => {
      const db = openDatabase(databaseUrl, { max: 1 });
      const rows = await db.select().from(auditLog).orderBy(auditLog.id);
      await db.$client.end();
      return rows.map((row) => ({ ...row, detail: row.detail as Record<string, string | number> }));
    },
    /** Moves the clock of the chain. */
    pass: async (seconds: number) => {
      await anvil.client.increaseTime({ seconds });
      await anvil.client.mine({ blocks: 1 });
    },
    stop: async () => {
      await fork?.stop();
      await first.stop();
      await postgres.stop();
    },
  };
}

export type ContractWorld = Awaited<ReturnType<typeof openContractWorld>>;

/** Deploys with the command itself, and answers the environment that names what it made. */
export async function deployed(world: ContractWorld, environment = world.environment): Promise<NodeJS.ProcessEnv> {
  const args = ['contract', 'deploy', '--admin', ADMIN.address, '--reason', 'for a test', '--yes', '--json'];
  const made = await kustodia(args, environment);
  if (made.code !== 0) throw new Error(`not deployed: ${made.err}`);
  const { address, startBlock } = made.last();
  return { ...environment, ESCROW_CONTRACT_ADDRESS: String(address), ESCROW_START_BLOCK: String(startBlock) };
}

export async function deployToken({ client }: TestAnvil): Promise<Address> {
  const { abi, bytecode } = readArtifact('MockMXNB');
  const args = [ADMIN.address, ADMIN.address, ADMIN.address];
  const hash = await client.deployContract({ account: ADMIN, abi, bytecode, args });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash });
  if (!contractAddress) throw new Error('no token was deployed');
  return contractAddress;
}

/** The hashes of everything that was ever signed. */
export const sent = (rows: Awaited<ReturnType<ContractWorld['audited']>>): Hex[] =>
  rows.filter(({ detail }) => detail['phase'] === 'intent').map(({ detail }) => detail['hash'] as Hex);
