import { CHAIN_ID, type LocalAnvil, privateKeyOf } from './anvil.ts';
import type { LocalContracts } from './contracts.ts';
import type { Ports } from './ports.ts';

type Environment = Readonly<Record<string, string>>;

/** The sandbox's own, and the reactors' share of it. */
const RATE_PER_MINUTE = 300;
const REACTORS_SHARE = 0.8;

export type SandboxOptions = Readonly<{
  /** How long each step of the rail takes, in milliseconds; the sandbox's own times unless told. */
  delays?: Readonly<{ issuance?: number; withdrawal?: number; credit?: number; redemption?: number; bitso?: number }>;
  /** Answers to what Juno's documents leave open, by the names in src/sandbox/switches.ts. */
  switches?: Readonly<Record<string, string | number | boolean>>;
  /** Calls a minute before the sandbox locks the key out, as Juno does; the reactors keep to 80 % of it. */
  ratePerMinute?: number;
  /** The window in which they are counted, in seconds; a minute unless told. */
  rateWindow_s?: number;
}>;

/** Drawn for one world and known to nobody else. */
export type Secrets = Readonly<{
  apiKey: string;
  apiSecret: string;
  adminToken: string;
  keySecret: string;
  approverToken: string;
}>;

export type EnvironmentsOfParameters = Readonly<{
  ports: Ports;
  urls: Readonly<{ reactor: string; sandbox: string }>;
  /** Of each process: the address of the database, with its own login. */
  logins: Readonly<{ indexer: string; reactor: string; approver: string }>;
  anvil: LocalAnvil;
  contracts: LocalContracts;
  secrets: Secrets;
  options: SandboxOptions;
  settings: Environment;
  /** Where the approver listens, and where its journal is. */
  approver: Readonly<{ port: number; journal: string }>;
}>;

/** What each process of the world is told: the same settings that a production machine would give it (.env.example). */
export function environmentsOf({
  ports,
  urls,
  logins,
  anvil,
  contracts,
  secrets,
  options,
  settings,
  approver: { port: approverPort, journal },
}: EnvironmentsOfParameters): {
  sandbox: Environment;
  /** Null where no contract of the world ends an escrow by a signature. */
  approver: Environment | null;
  indexer: Environment;
  reactor: (port: number) => Environment;
} {
  const { delays = {}, ratePerMinute, switches } = options;
  const { bridge, juno, approver } = anvil.actors;
  const chain = {
    CHAIN_ID: String(CHAIN_ID),
    ETH_RPC_URL: anvil.url,
    MXNB_CONTRACT_ADDRESS: contracts.token,
  };
  const custody = {
    ...chain,
    ESCROW_CONTRACT_ADDRESS: contracts.escrow,
    ESCROW_CONTRACT_VERSION: contracts.version,
    ESCROW_CONTRACTS_ALSO: JSON.stringify(contracts.also),
    ESCROW_START_BLOCK: String(contracts.startBlock),
    ESCROW_BRIDGE_WALLET: bridge.address,
    JUNO_DEPOSIT_ADDRESS: juno.address,
    KUSTODIA_PARENT_PIPE: '1',
  };
  /** One collector for all parts. */
  const traced = pick(settings, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const endsEarly = [contracts.version, ...contracts.also.map(({ version }) => version)].includes('v3');
  return {
    approver: endsEarly
      ? {
          CHAIN_ID: chain.CHAIN_ID,
          ETH_RPC_URL: chain.ETH_RPC_URL,
          ESCROW_CONTRACT_ADDRESS: custody.ESCROW_CONTRACT_ADDRESS,
          ESCROW_CONTRACT_VERSION: custody.ESCROW_CONTRACT_VERSION,
          ESCROW_CONTRACTS_ALSO: custody.ESCROW_CONTRACTS_ALSO,
          ESCROW_BRIDGE_WALLET: bridge.address,
          ESCROW_APPROVER: approver.address,
          ESCROW_APPROVER_KEY: privateKeyOf(approver),
          APPROVER_DATABASE_URL: logins.approver,
          APPROVER_TOKEN: secrets.approverToken,
          APPROVER_PORT: String(approverPort),
          APPROVER_JOURNAL: journal,
          ...traced,
          KUSTODIA_PARENT_PIPE: '1',
        }
      : null,
    sandbox: {
      ...chain,
      SANDBOX_PORT: String(ports.sandbox),
      SANDBOX_API_KEY: secrets.apiKey,
      SANDBOX_API_SECRET: secrets.apiSecret,
      SANDBOX_ADMIN_TOKEN: secrets.adminToken,
      SANDBOX_PRIVATE_KEY: privateKeyOf(juno),
      ...given('SANDBOX_RATE_PER_MINUTE', ratePerMinute),
      ...given('SANDBOX_RATE_WINDOW_S', options.rateWindow_s),
      ...given('SANDBOX_ISSUANCE_DELAY_MS', delays.issuance),
      ...given('SANDBOX_WITHDRAWAL_DELAY_MS', delays.withdrawal),
      ...given('SANDBOX_CREDIT_DELAY_MS', delays.credit),
      ...given('SANDBOX_REDEMPTION_DELAY_MS', delays.redemption),
      ...given('SANDBOX_BITSO_DELAY_MS', delays.bitso),
      ...(switches && { SANDBOX_SWITCHES: JSON.stringify(switches) }),
    },
    indexer: {
      ...custody,
      DATABASE_URL: logins.indexer,
      ETH_WS_URL: anvil.wsUrl,
      INDEXER_HOST: '127.0.0.1',
      INDEXER_PORT: String(ports.indexer),
      PONDER_TELEMETRY_DISABLED: 'true',
      ...traced,
    },
    reactor: (port) => ({
      ...custody,
      DATABASE_URL: logins.reactor,
      ESCROW_PRIVATE_KEY: privateKeyOf(bridge),
      ...(endsEarly && {
        ESCROW_APPROVER: approver.address,
        ESCROW_APPROVER_SIGNER_URL: `http://127.0.0.1:${approverPort}`,
        ESCROW_APPROVER_SIGNER_TOKEN: secrets.approverToken,
      }),
      JUNO_ENV: 'sandbox',
      JUNO_BASE_URL: urls.sandbox,
      BITSO_BASE_URL: urls.sandbox,
      JUNO_STAGE_API_KEY: secrets.apiKey,
      JUNO_STAGE_API_SECRET: secrets.apiSecret,
      ...given('JUNO_RATE_WINDOW_S', options.rateWindow_s),
      ...given(
        'JUNO_RATE_PER_MINUTE',
        ratePerMinute === undefined ? undefined : Math.floor(ratePerMinute * REACTORS_SHARE),
      ),
      JUNO_WEBHOOK_URL: `http://127.0.0.1:${port}/webhooks/juno`,
      KUSTODIA_KEY_SECRET: secrets.keySecret,
      REACTOR_HOST: '127.0.0.1',
      REACTOR_PORT: String(port),
      ...settings,
    }),
  };
}

/** Juno's calls a minute that the reactors leave to others, as the auditor. */
export const callsLeft = ({ ratePerMinute = RATE_PER_MINUTE, rateWindow_s = 60 }: SandboxOptions): number =>
  Math.floor((ratePerMinute * (1 - REACTORS_SHARE) * 60) / rateWindow_s);

const pick = (settings: Environment, name: string): Environment =>
  settings[name] === undefined ? {} : { [name]: settings[name] };

const given = (name: string, value: number | undefined): Environment =>
  value === undefined ? {} : { [name]: String(value) };
