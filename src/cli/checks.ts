import { readdir } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { formatEther } from 'viem';
import type { ChainDoor } from '../chain/door.ts';
import { readCheckpoint } from '../chain/indexed/readCheckpoint.ts';
import type { JunoClient } from '../juno/client.ts';
import { listBalances } from '../juno/listBalances.ts';
import { WEBHOOK_SOURCES } from '../juno/webhook-sources.ts';
import { formatMoney, mxnbUnits } from '../money/money.ts';
import type { Db } from '../reactor/db/client.ts';
import { leftDatabases } from '../reactor/drill/scratch.ts';
import { secretFingerprint } from '../reactor/effects/key.ts';
import { describeRow } from '../reactor/finality/read-policy.ts';
import { readDepositAddress } from '../reactor/probe/trust.ts';
import { recoveryNeeded } from '../reactor/recovery/state.ts';
import type { Settings } from '../reactor/settings.ts';
import { remoteAccounts } from '../reactor/wallet/remote-signer.ts';
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
      name: 'webhooks',
      look: async () => {
        const { keys, sources } = settings.junoWebhook;
        if (keys.length > 0) return `their signature is checked with ${keys.length} keys`;
        if (sources) return 'no signature is checked; only listed addresses are let in';
        // Nothing that they say is believed without a look, so that this is no fault.
        if (settings.junoEnv === 'sandbox') return 'anybody may send them; each is only a hint to look';
        const known = WEBHOOK_SOURCES[settings.junoEnv].join(',');
        return `anybody may send them; each is only a hint to look. Bitso’s come from ${known} (P/webhook-best-practices); Juno’s page names no address: once its webhooks were seen to come from these, set JUNO_WEBHOOK_SOURCES`;
      },
      fix: 'Mend JUNO_WEBHOOK_KEYS or JUNO_WEBHOOK_SOURCES.',
    },
    {
      name: 'proxies',
      look: async () => {
        const { trustedHops } = settings.junoWebhook;
        // The reactor itself serves no TLS.
        if (trustedHops === 0 && reactorUrl.startsWith('https:'))
          throw new Error(
            'KUSTODIA_URL is https, so a proxy stands before the reactor, and JUNO_WEBHOOK_TRUSTED_HOPS counts none',
          );
        return trustedHops === 0
          ? 'none is counted: X-Forwarded-For is not read, and who comes by a proxy has its address'
          : `the last ${trustedHops} of X-Forwarded-For are believed, which proxies of ours wrote`;
      },
      fix: 'Set JUNO_WEBHOOK_TRUSTED_HOPS to how many proxies of ours append to X-Forwarded-For: else all strangers share what one address may ask.',
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
      name: 'drills',
      look: async () => {
        const left = await leftDatabases(db.$client);
        if (left.length > 0)
          throw new Error(`a drill that was killed left ${left.join(', ')}: a copy of this database`);
        return 'none has left a database behind';
      },
      fix: 'The next kustodia drill drops it.',
    },
    {
      name: 'bridge key',
      look: async () => {
        const { bridge, bridgeSigner } = settings;
        if ('key' in bridgeSigner) return `it is the key of ${localSigner(bridgeSigner.key, bridge).address}`;
        if ((await remoteAccounts(bridgeSigner)).includes(bridge)) return `the remote signer has the key of ${bridge}`;
        throw new Error(`the remote signer answers, but has no key of ${bridge}`);
      },
      fix: 'Let ESCROW_BRIDGE_WALLET name the wallet of ESCROW_PRIVATE_KEY or ESCROW_PRIVATE_KEY_FILE, or one that the signer of ESCROW_SIGNER_URL has loaded.',
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
        const id = await chain.witnesses.first.chainId();
        if (id !== settings.chainId) throw new Error(`the RPC serves chain ${id}, CHAIN_ID says ${settings.chainId}`);
        return String(id);
      },
      fix: 'Let ETH_RPC_URL and CHAIN_ID name the same chain.',
    },
    {
      name: 'second RPC',
      look: () => secondRpc(settings, chain),
      fix: 'Let ETH_RPC_URL_2 serve the same chain at another provider, or leave it empty: then only ETH_RPC_URL is asked.',
    },
    {
      name: 'finality',
      look: () => finality(settings, chain),
      fix: 'Use nodes that know the tag “finalized”, or mend FINALITY_POLICY: payments of those amounts wait.',
    },
    {
      name: 'escrow, token and bridge role',
      look: async () => {
        const { isPaused } = await chain.escrow.check(settings.bridge);
        if (isPaused) throw new Error(`the escrow contract ${settings.escrow} is paused: no money goes into it`);
        return `${settings.escrow} is as set, allows MXNB (6 decimals), knows the bridge wallet and pays it`;
      },
      fix: 'Mend ESCROW_CONTRACT_ADDRESS or MXNB_CONTRACT_ADDRESS, or have the escrow’s admin grant BRIDGE_ROLE to the wallet and make it the settlement address.',
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
        const balance = await chain.balance(settings.bridge);
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
        const { isProved, sentence } = await readDepositAddress({ db, settings });
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

async function secondRpc({ rpcUrl2, chainId }: Settings, { witnesses: { first, second } }: ChainDoor): Promise<string> {
  if (rpcUrl2 === null || !second)
    return 'not set, and may be: where FINALITY_POLICY says both, only the first is asked';
  const id = await second.chainId();
  if (id !== chainId) throw new Error(`it serves chain ${id}, CHAIN_ID says ${chainId}`);
  const [ours, its] = await Promise.all([first.blockHash(0n), second.blockHash(0n)]);
  if (ours !== its) throw new Error('it serves another chain than ETH_RPC_URL: their first blocks differ');
  return `it serves chain ${id} as well`;
}

/** The whole table, and whether the nodes can say what it asks. */
async function finality(
  { finality: { rows } }: Settings,
  { witnesses: { first, second } }: ChainDoor,
): Promise<string> {
  const table = rows.map(describeRow).join('; ');
  if (!rows.some(({ redemption }) => redemption.finalized)) return table;
  for (const [name, one] of Object.entries({ ETH_RPC_URL: first, ETH_RPC_URL_2: second })) {
    const number = await one?.finalized();
    if (number === null)
      throw new Error(`${name} does not know the tag “finalized”, which the table asks for: ${table}`);
  }
  return table;
}

/** The body of a success. Throws with the status, or with why nobody answered. */
async function read(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response.text();
}
