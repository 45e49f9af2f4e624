import type { BlockList } from 'node:net';
import { z } from 'zod';
import {
  ESCROW_VERSIONS,
  ESCROWS_ALSO,
  type EscrowContract,
  type EscrowVersion,
  readEscrowsAlso,
} from '../chain/escrow-versions.ts';
import type { AmountAs } from '../juno/amount.ts';
import type { WebhookKey } from '../juno/listWebhookKeys.ts';
import type { SignedPath } from '../juno/sign.ts';
import { MOST_CELL } from './cell.ts';
import type { FinalityPolicy } from './finality/policy.ts';
import { DEFAULT_POLICY, readFinalityPolicy } from './finality/read-policy.ts';
import { type CapName, type Limit, parseLimit, parseUdiRate, type UdiRate } from './guards/limit.ts';
import { readWebhookKeys } from './http/webhook-keys.ts';
import { readSources } from './http/webhook-source.ts';
import { withEarlierNames } from './settings-earlier.ts';
import { address, pesos, read, whole } from './settings-kinds.ts';
import { OPERATED, type OperateSettings, operateOf } from './settings-operate.ts';
import { RECONCILE_ENVIRONMENT, type ReconcileSettings, reconcileOf } from './settings-reconcile.ts';
import {
  type ApproverSettings,
  approverOf,
  assertApart,
  KEY_FILE,
  PRIVATE_KEY,
  SettingsError,
  SIGNER_TOKEN,
  SIGNER_URL,
  type SignerPlace,
  signerOf,
} from './settings-signers.ts';

export { SettingsError } from './settings-signers.ts';

/** Each setting once, with what it is for. `.env.example` is checked against this list. */
const ENVIRONMENT = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('Postgres, the only server a user must run'),
  CHAIN_ID: z.coerce.number().int().positive().describe('42161, 421614, or 31337 for a local chain'),
  ETH_RPC_URL: z.url({ protocol: /^https?$/ }).describe('JSON-RPC of the chain'),
  ETH_RPC_URL_2: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('JSON-RPC of the same chain at another provider, asked as well where FINALITY_POLICY says bothRpcs'),
  ESCROW_CONTRACT_ADDRESS: address('the escrow contract'),
  ESCROW_CONTRACT_VERSION: z.enum(ESCROW_VERSIONS).default('v3').describe('which adapter drives it'),
  ESCROW_CONTRACTS_ALSO: read(ESCROWS_ALSO, readEscrowsAlso),
  MXNB_CONTRACT_ADDRESS: address('the MXNB token'),
  ESCROW_BRIDGE_WALLET: address('the wallet that funds and releases escrows'),
  ESCROW_BRIDGE_WALLETS_BEFORE: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
    .pipe(z.array(address('a wallet')).max(20))
    .describe('the bridge wallets before that one, with commas between them'),
  ESCROW_PRIVATE_KEY: PRIVATE_KEY.optional().describe('the key of the bridge wallet, where this process holds it'),
  ESCROW_PRIVATE_KEY_FILE: KEY_FILE.optional().describe('a file with that key, instead'),
  ESCROW_SIGNER_URL: SIGNER_URL.optional().describe(
    'a remote signer of eth_signTransaction that holds that key, instead',
  ),
  ESCROW_SIGNER_TIMEOUT_MS: whole('for connecting to the remote signer and the whole answer', 5_000, 100, 10_000),
  ESCROW_APPROVER: address('an account')
    .optional()
    .describe(
      'whose signature ends an escrow before its date, another than the bridge wallet; without it none ends so',
    ),
  ESCROW_APPROVER_KEY: PRIVATE_KEY.optional().describe('its key, where this process holds it'),
  ESCROW_APPROVER_KEY_FILE: KEY_FILE.optional().describe('a file with that key, instead'),
  ESCROW_APPROVER_SIGNER_URL: SIGNER_URL.optional().describe(
    'a remote signer of eth_signTypedData that holds that key, instead; answers within ESCROW_SIGNER_TIMEOUT_MS',
  ),
  ESCROW_APPROVER_SIGNER_TOKEN: SIGNER_TOKEN.optional().describe('what that signer asks of whoever asks it'),
  WALLET_MAX_FEE_GWEI: whole('gwei that a unit of gas may cost; above it a person is told', 100, 1, 100_000),
  WALLET_MAX_GAS: whole('gas that one transaction may use', 5_000_000, 21_000, 30_000_000),
  JUNO_DEPOSIT_ADDRESS: address('where MXNB goes back to Juno'),
  JUNO_ENV: z.enum(['sandbox', 'stage', 'production']).describe('which Juno'),
  JUNO_BASE_URL: z.url().optional().describe('overrides the address of Juno; required for the sandbox'),
  BITSO_BASE_URL: z
    .url()
    .optional()
    .describe('address of Bitso, for the rails that pay from the Bitso balance; without it those rails wait'),
  JUNO_STAGE_API_KEY: z.string().min(1).optional().describe('API key of Juno stage, or of the sandbox'),
  JUNO_STAGE_API_SECRET: z.string().min(1).optional().describe('API secret of Juno stage, or of the sandbox'),
  JUNO_API_KEY: z.string().min(1).optional().describe('API key of Juno production'),
  JUNO_API_SECRET: z.string().min(1).optional().describe('API secret of Juno production'),
  JUNO_RATE_PER_MINUTE: whole(
    'calls to Juno in a window, all processes together: 80 % of what Juno allows, which is 300 a minute',
    240,
    1,
  ),
  JUNO_RATE_WINDOW_S: whole('seconds of that window; anything but 60 is for tests', 60, 1),
  JUNO_REPLAY_WINDOW_S: whole('how long a send may be repeated with the same key', 3600),
  JUNO_MOVEMENT_PATIENCE_S: whole(
    'how long money that only a movement of Juno shows waits for a list to say what it is, before it goes to suspense',
    120,
    1,
  ),
  JUNO_ISSUANCE_PATIENCE_S: whole('how long an ISSUANCE waits for a deposit before it counts as a return’s', 600, 1),
  JUNO_CREDIT_BOUND_S: whole('how long Juno may take to credit a return before a person asks its support', 7200, 1),
  DISPUTE_APPEAL_S: whole('how long the decision of a dispute can be appealed against', 259_200, 1),
  JUNO_SIGNED_PATH: z
    .enum(['with_query', 'without_query'])
    .default('with_query')
    .describe('whether signatures cover the query; kustodia juno check finds out'),
  JUNO_NONCE: z
    .enum(['v2', 'v1'])
    .default('v2')
    .describe('v2: any order; v1, where Juno takes no other: each greater than the last, so one call at a time'),
  JUNO_AMOUNTS: z.enum(['text', 'number']).default('text').describe('how amounts stand in what is sent to Juno'),
  JUNO_TIMEOUT_MS: whole('for connecting to Juno or Bitso and the whole answer', 10_000, 100, 60_000),
  JUNO_WEBHOOK_URL: z.url().optional().describe('where Juno reaches /webhooks/juno; registered at start when set'),
  BITSO_WEBHOOK_URL: z.url().optional().describe('where Bitso reaches /webhooks/bitso; registered at start when set'),
  JUNO_WEBHOOK_KEYS: read(
    'public keys of webhooks: JSON or the file that holds it, an object of key id and Base64 DER SPKI; none: not checked',
    readWebhookKeys,
  ),
  JUNO_WEBHOOK_SOURCES: read(
    'addresses and networks that webhooks may come from, separated by commas; none: any',
    readSources,
  ),
  JUNO_WEBHOOK_TRUSTED_HOPS: whole('proxies of ours before the reactor, each of which appends to X-Forwarded-For', 0),
  JUNO_WEBHOOK_RATE_PER_MINUTE: whole('unsigned webhooks a minute of one address; of all, twice as many', 12_000, 1),
  JUNO_WEBHOOK_UNVERIFIED_PER_HOUR: whole('webhooks kept in an hour that no signature vouches for', 1_000, 1),
  KUSTODIA_KEY_SECRET: z
    .string()
    .min(32)
    .describe(
      'the stable secret that idempotency keys and references are derived from; at least 32 characters; never changes',
    ),
  DAILY_PAYOUT_CAP_MXN: pesos('pesos that may leave a day (UTC), until kustodia guard cap changes it', '5000000'),
  PAYMENT_CAP: read('the most that one payment may be, likewise: in pesos, or as “600000 UDI”', parseLimit, '5000000'),
  USER_DAILY_CAP: read('what may leave a day to the accounts of one user, likewise', parseLimit, '5000000'),
  MXN_PER_UDI: read(
    'pesos a UDI, as Banco de México publishes it: the one rate of all limits that are in UDIs; without it those are closed',
    (text) => (text === '' ? null : parseUdiRate(text)),
  ),
  APPROVAL_VALID_DAYS: whole(
    'days that the approval of a release counts, from the end of the custody or from when it was given, whichever is later',
    30,
    1,
    3_650,
  ),
  APPROVAL_LINK_HOURS: whole('hours within which a link to approve a release can be used', 168, 1, 8_760),
  RELEASE_FOUR_EYES: read(
    'two people let a release of more than this out of its custody: in pesos, or as “60000 UDI”; none: nobody is asked',
    (text) => (text === '' ? null : parseLimit(text)),
  ),
  SCREENING_VALID_DAYS: whole('days after which a screening of a user counts as none', 90, 1, 3_650),
  API_RATE_PER_MINUTE: whole(
    'requests that one API key may make in a minute, in each reactor; so many may come at once',
    6_000,
    1,
    1_000_000,
  ),
  STRANGER_RATE_PER_MINUTE: whole('requests a minute of one address before it is known who asks', 300, 1, 1_000_000),
  STRANGERS_RATE_PER_MINUTE: whole('the same of all addresses together', 3_000, 1, 1_000_000),
  CONSOLE_IDLE_MINUTES: whole('minutes without a touch after which the console asks for the key again', 30, 1, 720),
  FINALITY_POLICY: read(
    'how deep an event must lie on the chain before what follows from it, by amount and by step: JSON, see .env.example',
    readFinalityPolicy,
    DEFAULT_POLICY,
  ),
  INDEXER_LAG_BOUND_S: whole('how far the indexer may be behind the RPC before money stops', 15, 1),
  ...OPERATED,
  ...RECONCILE_ENVIRONMENT,
  REACTOR_HOST: z.string().default('127.0.0.1').describe('address that the reactor listens on'),
  CELL: z
    .string()
    .regex(/^\d{1,3}$/, 'is not the number of a cell')
    .transform(Number)
    .pipe(z.int().max(MOST_CELL))
    .optional()
    .describe('the number of this deployment among others (0 to 255), which its ids begin with; never changed'),
  REACTOR_PORT: whole('port of the reactor; 0 takes a free one', 4000, 0, 65_535),
  DATABASE_POOL: whole('database connections of this process', 16, 4),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least important log line to print'),
});

/** Every setting of the reactor with what it is for. */
export const SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENVIRONMENT.shape).map(([name, schema]) => [name, schema.description ?? '']),
);

/** Which chains each Juno may be driven with; every other pair refuses to boot. */
const ALLOWED_CHAINS = { production: [42161], stage: [421614], sandbox: [31337] } as const satisfies Record<
  string,
  readonly number[]
>;
const JUNO_URLS = { production: 'https://buildwithjuno.com', stage: 'https://stage.buildwithjuno.com' } as const;

/** P/mxn-withdrawals. */
const BITSO_URLS = { production: 'https://api.bitso.com', stage: 'https://api-stage.bitso.com' } as const;

export type Settings = Readonly<{
  databaseUrl: string;
  databasePool: number;
  chainId: number;
  rpcUrl: string;
  /** Null: there is no second RPC to ask. */
  rpcUrl2: string | null;
  /** The contract in which new escrows are made. */
  escrow: `0x${string}`;
  escrowVersion: EscrowVersion;
  /** Those that may hold earlier ones. */
  escrowsAlso: readonly EscrowContract[];
  token: `0x${string}`;
  bridge: `0x${string}`;
  /** The bridge wallets before that one: payments may stand on what they did, and escrows may still pay them. */
  bridgesBefore: readonly `0x${string}`[];
  /** Who signs for the bridge wallet: this process itself, or a signer that it asks. */
  bridgeSigner: SignerPlace;
  /** Who signs for the early end of an escrow, and with what; null: nobody does. */
  approver: ApproverSettings | null;
  /** Wei a gas, and gas, that the wallet never goes beyond. */
  wallet: Readonly<{ maxFeePerGas: bigint; maxGas: bigint }>;
  junoDepositAddress: `0x${string}`;
  junoEnv: 'sandbox' | 'stage' | 'production';
  junoBaseUrl: string;
  /** Null: the rails over the Bitso balance are not available. */
  bitsoBaseUrl: string | null;
  junoApiKey: string;
  junoApiSecret: string;
  junoRatePerMinute: number;
  junoRateWindow_s: number;
  junoReplayWindow_ms: number;
  /** Waits for Juno's lists: before what nothing explains is put in suspense, before an ISSUANCE is taken to be a return's. */
  junoMovementPatience_s: number;
  junoIssuancePatience_s: number;
  junoCreditBound_ms: number;
  /** How long either side may appeal against the decision of a dispute. */
  disputeAppeal_s: number;
  /** What Juno’s pages leave open and only asking it tells. */
  juno: Readonly<{ signedPath: SignedPath; nonce: 'v1' | 'v2'; amountAs: AmountAs; timeout_ms: number }>;
  junoWebhookUrl: string | undefined;
  bitsoWebhookUrl: string | undefined;
  junoWebhook: Readonly<{
    /** None: signatures are not checked. */
    keys: readonly WebhookKey[];
    /** Null: any. */
    sources: BlockList | null;
    trustedHops: number;
    ratePerMinute: number;
    mostUnverifiedPerHour: number;
  }>;
  keySecret: string;
  /** What a new database begins with; people change it. */
  caps: Readonly<Record<CapName, Limit>>;
  /** Null: what is in UDIs is closed. */
  mxnPerUdi: UdiRate | null;
  approval: Readonly<{ valid_s: number; link_s: number }>;
  /** Null: no release needs two people. */
  releaseFourEyes: Limit | null;
  apiRatePerMinute: number;
  strangerRatePerMinute: number;
  strangersRatePerMinute: number;
  consoleIdle_s: number;
  screeningValid_days: number;
  finality: FinalityPolicy;
  indexerLagBound_s: number;
  operate: OperateSettings;
  reconcile: ReconcileSettings;
  /** Which of several deployments this is. */
  cell: number | undefined;
  host: string;
  port: number;
  logLevel: string;
}>;

/**
 * Reads and checks the environment. Throws a SettingsError that lists every wrong setting by name, never by value.
 * The earlier names `MOCK_ERC20_ADDRESS` and `POSTGRES_*` are read too.
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const parsed = ENVIRONMENT.safeParse(withEarlierNames(environment));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new SettingsError(
      `These settings are missing or wrong:\n${lines.join('\n')}\nSee .env.example for what each is.`,
    );
  }
  const env = parsed.data;
  assertPair(env.JUNO_ENV, env.CHAIN_ID);
  if (env.ESCROW_CONTRACTS_ALSO.some(({ address }) => address === env.ESCROW_CONTRACT_ADDRESS))
    throw new SettingsError('ESCROW_CONTRACTS_ALSO names the contract of ESCROW_CONTRACT_ADDRESS: leave it out there.');
  if (env.ESCROW_BRIDGE_WALLETS_BEFORE.includes(env.ESCROW_BRIDGE_WALLET))
    throw new SettingsError(
      'ESCROW_BRIDGE_WALLETS_BEFORE names the wallet of ESCROW_BRIDGE_WALLET: leave it out there.',
    );
  const isProduction = env.JUNO_ENV === 'production';
  const apiKey = isProduction ? env.JUNO_API_KEY : env.JUNO_STAGE_API_KEY;
  const apiSecret = isProduction ? env.JUNO_API_SECRET : env.JUNO_STAGE_API_SECRET;
  const prefix = isProduction ? 'JUNO_API' : 'JUNO_STAGE_API';
  if (!apiKey || !apiSecret)
    throw new SettingsError(`JUNO_ENV=${env.JUNO_ENV} needs ${prefix}_KEY and ${prefix}_SECRET.`);
  const junoBaseUrl = env.JUNO_BASE_URL ?? (env.JUNO_ENV === 'sandbox' ? undefined : JUNO_URLS[env.JUNO_ENV]);
  if (!junoBaseUrl) throw new SettingsError('JUNO_ENV=sandbox needs JUNO_BASE_URL.');
  assertHost('JUNO_BASE_URL', env.JUNO_ENV, junoBaseUrl, JUNO_URLS);
  if (env.BITSO_BASE_URL) assertHost('BITSO_BASE_URL', env.JUNO_ENV, env.BITSO_BASE_URL, BITSO_URLS);
  const approver = approverOf(env);
  assertApart(env.JUNO_ENV, approver);
  return {
    databaseUrl: env.DATABASE_URL,
    databasePool: env.DATABASE_POOL,
    chainId: env.CHAIN_ID,
    rpcUrl: env.ETH_RPC_URL,
    rpcUrl2: env.ETH_RPC_URL_2 ?? null,
    escrow: env.ESCROW_CONTRACT_ADDRESS,
    escrowVersion: env.ESCROW_CONTRACT_VERSION,
    escrowsAlso: env.ESCROW_CONTRACTS_ALSO,
    token: env.MXNB_CONTRACT_ADDRESS,
    bridge: env.ESCROW_BRIDGE_WALLET,
    bridgesBefore: env.ESCROW_BRIDGE_WALLETS_BEFORE,
    bridgeSigner: signerOf(env),
    approver,
    wallet: { maxFeePerGas: BigInt(env.WALLET_MAX_FEE_GWEI) * 10n ** 9n, maxGas: BigInt(env.WALLET_MAX_GAS) },
    junoDepositAddress: env.JUNO_DEPOSIT_ADDRESS,
    junoEnv: env.JUNO_ENV,
    junoBaseUrl,
    bitsoBaseUrl: env.BITSO_BASE_URL ?? null,
    junoApiKey: apiKey,
    junoApiSecret: apiSecret,
    junoRatePerMinute: env.JUNO_RATE_PER_MINUTE,
    junoRateWindow_s: env.JUNO_RATE_WINDOW_S,
    junoReplayWindow_ms: env.JUNO_REPLAY_WINDOW_S * 1000,
    junoMovementPatience_s: env.JUNO_MOVEMENT_PATIENCE_S,
    junoIssuancePatience_s: env.JUNO_ISSUANCE_PATIENCE_S,
    junoCreditBound_ms: env.JUNO_CREDIT_BOUND_S * 1000,
    disputeAppeal_s: env.DISPUTE_APPEAL_S,
    juno: {
      signedPath: env.JUNO_SIGNED_PATH,
      nonce: env.JUNO_NONCE,
      amountAs: env.JUNO_AMOUNTS,
      timeout_ms: env.JUNO_TIMEOUT_MS,
    },
    junoWebhookUrl: env.JUNO_WEBHOOK_URL,
    bitsoWebhookUrl: env.BITSO_WEBHOOK_URL,
    junoWebhook: {
      keys: env.JUNO_WEBHOOK_KEYS,
      sources: env.JUNO_WEBHOOK_SOURCES,
      trustedHops: env.JUNO_WEBHOOK_TRUSTED_HOPS,
      ratePerMinute: env.JUNO_WEBHOOK_RATE_PER_MINUTE,
      mostUnverifiedPerHour: env.JUNO_WEBHOOK_UNVERIFIED_PER_HOUR,
    },
    keySecret: env.KUSTODIA_KEY_SECRET,
    caps: {
      day: { hundredths: env.DAILY_PAYOUT_CAP_MXN.units, unit: 'MXN' },
      payment: env.PAYMENT_CAP,
      user_day: env.USER_DAILY_CAP,
    },
    mxnPerUdi: env.MXN_PER_UDI,
    approval: { valid_s: env.APPROVAL_VALID_DAYS * 86_400, link_s: env.APPROVAL_LINK_HOURS * 3_600 },
    releaseFourEyes: env.RELEASE_FOUR_EYES,
    screeningValid_days: env.SCREENING_VALID_DAYS,
    apiRatePerMinute: env.API_RATE_PER_MINUTE,
    strangerRatePerMinute: env.STRANGER_RATE_PER_MINUTE,
    strangersRatePerMinute: env.STRANGERS_RATE_PER_MINUTE,
    consoleIdle_s: env.CONSOLE_IDLE_MINUTES * 60,
    finality: env.FINALITY_POLICY,
    indexerLagBound_s: env.INDEXER_LAG_BOUND_S,
    operate: operateOf(env),
    reconcile: reconcileOf(env),
    cell: env.CELL,
    host: env.REACTOR_HOST,
    port: env.REACTOR_PORT,
    logLevel: env.LOG_LEVEL,
  };
}

/** Throws a SettingsError where this Juno may not be driven with this chain. */
export function assertPair(junoEnv: keyof typeof ALLOWED_CHAINS, chainId: number): void {
  const allowed: readonly number[] = ALLOWED_CHAINS[junoEnv];
  if (allowed.includes(chainId)) return;
  throw new SettingsError(
    `JUNO_ENV=${junoEnv} may only be driven with chain ${allowed.join(' or ')}, not with CHAIN_ID=${chainId}. Test money and real money never meet; nothing was started.`,
  );
}

/** Each environment has its own address, and the sandbox is on this machine: test money and real money never meet. */
function assertHost(
  name: string,
  environment: 'sandbox' | 'stage' | 'production',
  url: string,
  known: Readonly<Record<'stage' | 'production', string>>,
): void {
  const isRight =
    environment === 'sandbox'
      ? /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname)
      : new URL(url).href === new URL(known[environment]).href;
  if (isRight) return;
  const wanted = environment === 'sandbox' ? 'an address of this machine (127.0.0.1)' : known[environment];
  throw new SettingsError(
    `${name} of JUNO_ENV=${environment} can only be ${wanted}. Test money and real money never meet; nothing was started.`,
  );
}
