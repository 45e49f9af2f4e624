import { readdir } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { formatEther } from 'viem';
import type { ChainDoor } from '../chain/door.ts';
import { readCheckpoint } from '../chain/indexed/readCheckpoint.ts';
import type { JunoClient } from '../juno/client.ts';
import { listBalances } from '../juno/listBalances.ts';
import { formatMoney, mxnbUnits } from '../money/money.ts';
import type { Db } from '../reactor/db/client.ts';
import { secretFingerprint } from '../reactor/effects/key.ts';
import { depositAddressView } from '../reactor/probe/trust.ts';
import { recoveryNeeded } from '../reactor/recovery/state.ts';
import type { Settings } from '../reactor/settings.ts';
import { localSigner } from '../reactor/wallet/signer.ts';

/** One thing that must be so. `look` answers with what it found or throws what is wrong; `fix` says what to do then. */
export type Check = Readonly<{ name: string; look: () => Promise<string>; fix: string }>;

export type ChecksParameters = Readonly<{
  settings: Settings;
  db: Db;
  chain: ChainDoor;
  juno: JunoClient;
  reactorUrl: string;
  indexerUrl: string;
}>;

const HTTP_TIMEOUT_MS = 5_000;
/** About a thousand releases on Arbitrum; less than this is refilled before it stops anything. */
const LEAST_GAS_WEI = 10n ** 15n;

/** Everything outside that the reactor needs, in the order in which one depends on the other. Nothing is changed. */
export function connectionChecks({ settings, db, chain, juno, reactorUrl, indexerUrl }: ChecksParameters): Check[] {
  return [
    {
      name: 'database',
      look: async () => {
        const { rows } = await db.execute<{ server_version: string }>(sql`SHOW server_version`);
        return `Postgres ${rows[0]?.server_version} answers`;
      },
      fix: 'Start Postgres, or mend DATABASE_URL.',
    },
    {
      name: 'migrations',
      look: async () => {
        const { rows } = await db.execute<{ n: number }>(
          sql`SELECT count(*)::int AS n FROM reactor_migrations.__drizzle_migrations`,
        );
        const files = await readdir(new URL('../reactor/db/migrations', import.meta.url));
        const known = files.filter((file) => file.endsWith('.sql')).length;
        if (rows[0]?.n !== known)
          throw new Error(`the database has ${rows[0]?.n} migrations, this release has ${known}`);
        return `all ${known} are applied`;
      },
      fix: 'Start the reactor of this release once: it applies them.',
    },
    {
      name: 'key secret',
      look: async () => {
        const { rows } = await db.execute<{ value: string }>(
          sql`SELECT value FROM reactor.setting_pin WHERE name = 'key_secret'`,
        );
        const [pin] = rows;
        if (pin && pin.value !== secretFingerprint(settings.keySecret))
          throw new Error('it is not the one that this database was born with');
        return pin ? 'it is the one that this database was born with' : 'this database has none yet';
      },
      fix: 'Put the old KUSTODIA_KEY_SECRET back: under another one Juno could be told to pay again.',
    },
    {
      name: 'recovery',
      look: async () => {
        const needed = await recoveryNeeded(db);
        if (needed !== null) throw new Error(needed);
        return 'nothing that this database lost is known outside';
      },
      fix: 'Look with kustodia recover --dry-run, then rebuild with kustodia recover --reason …; money is off until then.',
    },
    {
      name: 'bridge key',
      look: async () => {
        const { address } = localSigner(settings.bridgeKey, settings.bridge);
        return `it is the key of ${address}`;
      },
      fix: 'Let ESCROW_PRIVATE_KEY and ESCROW_BRIDGE_WALLET name the same wallet.',
    },
    {
      name: 'RPC',
      look: async () => {
        const { number, timestamp } = await chain.head();
        return `block ${number} of ${new Date(timestamp * 1000).toISOString()}`;
      },
      fix: 'Start the node, or mend ETH_RPC_URL.',
    },
    {
      name: 'chain id',
      look: async () => {
        const id = await chain.client.getChainId();
        if (id !== settings.chainId) throw new Error(`the RPC serves chain ${id}, CHAIN_ID says ${settings.chainId}`);
        return String(id);
      },
      fix: 'Let ETH_RPC_URL and CHAIN_ID name the same chain.',
    },
    {
      name: 'escrow, token and bridge role',
      look: async () => {
        await chain.escrow.check(settings.bridge);
        return `${settings.escrow} is as set, allows MXNB (6 decimals) and knows the bridge wallet`;
      },
      fix: 'Mend ESCROW_CONTRACT_ADDRESS or MXNB_CONTRACT_ADDRESS, or have the escrow’s admin grant BRIDGE_ROLE to the wallet.',
    },
    {
      name: 'allowance',
      look: async () => {
        const allowance = await chain.allowance(settings.bridge, settings.escrow);
        return allowance > 0n
          ? 'the escrow may take MXNB from the bridge wallet'
          : 'none yet: the reactor approves the escrow before it first funds one';
      },
      fix: 'See the line of the RPC and of the escrow.',
    },
    {
      name: 'bridge gas',
      look: async () => {
        const balance = await chain.client.getBalance({ address: settings.bridge });
        if (balance < LEAST_GAS_WEI) throw new Error(`${formatEther(balance)} ETH left`);
        return `${formatEther(balance)} ETH`;
      },
      fix: `Send ETH to the bridge wallet ${settings.bridge}.`,
    },
    {
      name: 'bridge MXNB',
      look: async () => formatMoney(mxnbUnits(await chain.tokenBalance(settings.bridge))),
      fix: 'See the line of the RPC.',
    },
    {
      name: 'Juno',
      look: async () => {
        const { items } = await listBalances(juno);
        return `${settings.junoEnv} answers signed requests; ${items.map((i) => formatMoney(i.available)).join(', ') || 'no MXNB'} available`;
      },
      fix: 'Look at JUNO_ENV, JUNO_BASE_URL and the API key, its permissions and its list of allowed addresses.',
    },
    {
      name: 'deposit address',
      look: async () => {
        const { isProved, sentence } = await depositAddressView({ db, settings });
        if (!isProved) throw new Error(`not proved yet: ${sentence}`);
        return `${settings.junoDepositAddress} was proved by a probe`;
      },
      fix: `The reactor proves it by itself from one MXNB of Kustodia’s own in the bridge wallet ${settings.bridge}; send it one.`,
    },
    {
      name: 'indexer ready',
      look: async () => {
        await read(`${indexerUrl}/ready`);
        return `${indexerUrl} is ready`;
      },
      fix: 'Start it (npm run indexer), or set INDEXER_URL.',
    },
    {
      name: 'indexer lag',
      look: async () => {
        const [checkpoint, head] = await Promise.all([readCheckpoint(db.$client), chain.head()]);
        const lag_s = head.timestamp - checkpoint.timestamp;
        if (lag_s > settings.indexerLagBound_s) throw new Error(`${lag_s} s behind the RPC; money waits`);
        return `block ${checkpoint.blockNumber}, ${lag_s} s behind the RPC`;
      },
      fix: 'Look at the indexer’s log; it must follow the chain of ETH_RPC_URL.',
    },
    {
      name: 'reactor',
      look: async () => {
        const health = await read(`${reactorUrl}/health`);
        return `${reactorUrl} is well (${health.slice(0, 40).match(/"status":"(\w+)"/)?.[1] ?? 'answers'})`;
      },
      fix: `Start it (npm run reactor), set KUSTODIA_URL, or read ${reactorUrl}/health.`,
    },
  ];
}

/** The body of a success. Throws with the status, or with why nobody answered. */
async function read(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response.text();
}
