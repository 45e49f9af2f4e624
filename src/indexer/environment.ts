import { isAddress } from 'viem';
import { z } from 'zod';
import { ESCROW_VERSIONS, ESCROWS_ALSO, readEscrowsAlso } from '../chain/escrow-versions.ts';

/** Anvil's usual chain id: of a chain that may be born anew under the same database. */
export const LOCAL_CHAIN_ID = 31_337;

const address = (what: string) =>
  z
    .string()
    .refine((text) => isAddress(text, { strict: false }), 'is not an address')
    .transform((text) => text.toLowerCase() as `0x${string}`)
    .describe(what);

/** Each setting with what it is for. */
const ENVIRONMENT = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe('Postgres (or POSTGRES_HOST, _PORT, _USER, _PASSWORD, _DB)'),
  CHAIN_ID: z.coerce.number().int().positive().describe('42161, 421614, or 31337 for a local chain'),
  ETH_RPC_URL: z.url({ protocol: /^https?$/ }).describe('JSON-RPC of the chain'),
  ETH_WS_URL: z
    .url({ protocol: /^wss?$/ })
    .optional()
    .describe('websocket of the chain; not for one that mines only when asked to: its last blocks would wait'),
  ESCROW_CONTRACT_ADDRESS: address('the escrow contract'),
  ESCROW_CONTRACT_VERSION: z.enum(ESCROW_VERSIONS).default('v3').describe('which version it is'),
  ESCROW_CONTRACTS_ALSO: z
    .string()
    .default('')
    .transform((text, issues) => {
      try {
        return readEscrowsAlso(text);
      } catch (error) {
        const message = error instanceof SyntaxError ? 'is not JSON' : `cannot be read: ${(error as Error).message}`;
        issues.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    })
    .describe(ESCROWS_ALSO),
  MXNB_CONTRACT_ADDRESS: address('the MXNB token'),
  ESCROW_BRIDGE_WALLET: address('the wallet that funds and releases escrows'),
  ESCROW_BRIDGE_WALLETS_BEFORE: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
    .pipe(z.array(address('a wallet')).max(20))
    .describe('the bridge wallets before that one, with commas between them'),
  JUNO_DEPOSIT_ADDRESS: address('where MXNB goes back to Juno'),
  ESCROW_START_BLOCK: z.coerce.number().int().min(0).default(0).describe('the block that the escrow contract is in'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('a collector that takes traces as OTLP over HTTP: the events of each escrow are one trace there'),
  INDEXER_HOST: z.string().default('127.0.0.1').describe('address that the indexer listens on'),
  INDEXER_PORT: z.coerce.number().int().min(1).max(65_535).default(42_069).describe('port of the indexer'),
});

/** Every setting of the indexer with what it is for. */
export const INDEXER_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENVIRONMENT.shape).map(([name, schema]) => [name, schema.description ?? '']),
);

export type IndexerEnvironment = Readonly<z.output<typeof ENVIRONMENT>>;

/** The indexer cannot start as it is asked to; nothing runs. */
export class IndexerStartError extends Error {
  override readonly name = 'IndexerStartError';
}

/**
 * Reads what the indexer needs; addresses come back in lower case. The earlier names `MOCK_ERC20_ADDRESS` and `POSTGRES_*` are
 * read too. Throws an IndexerStartError with one line for each setting that is missing or wrong, never with its value.
 */
export function readEnvironment(environment: NodeJS.ProcessEnv): IndexerEnvironment {
  const given = withEarlierNames(environment);
  const parsed = ENVIRONMENT.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]) as keyof typeof ENVIRONMENT.shape;
    const what = given[name] === undefined ? 'is missing' : message;
    return `  ${name}: ${what} (${ENVIRONMENT.shape[name].description})`;
  });
  throw new IndexerStartError(
    `These settings are missing or wrong:\n${lines.join('\n')}\nSee .env.example for what each is. Nothing was started.`,
  );
}

function withEarlierNames(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // An empty setting is one that nobody made: .env files list them so.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const {
    POSTGRES_HOST: host,
    POSTGRES_PORT: port = '5432',
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password = '',
    POSTGRES_DB: name,
    MOCK_ERC20_ADDRESS: token,
  } = given;
  const login = `${encodeURIComponent(user ?? '')}:${encodeURIComponent(password)}`;
  return {
    ...(host && user && name ? { DATABASE_URL: `postgresql://${login}@${host}:${port}/${name}` } : {}),
    ...(token ? { MXNB_CONTRACT_ADDRESS: token } : {}),
    ...given,
  };
}
