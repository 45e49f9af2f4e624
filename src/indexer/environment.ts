import { z } from 'zod';

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address')
  .transform((v) => v.toLowerCase());

const ENVIRONMENT = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  CHAIN_ID: z.coerce.number().int().positive(),
  ETH_RPC_URL: z.url({ protocol: /^https?$/ }),
  ETH_WS_URL: z.url({ protocol: /^wss?$/ }).optional(),
  ESCROW_CONTRACT_ADDRESS: address,
  MXNB_CONTRACT_ADDRESS: address,
  ESCROW_BRIDGE_WALLET: address,
  JUNO_DEPOSIT_ADDRESS: address,
  ESCROW_START_BLOCK: z.coerce.number().int().min(0).default(0),
  INDEXER_HOST: z.string().default('127.0.0.1'),
  INDEXER_PORT: z.coerce.number().int().min(1).max(65_535).default(42_069),
});

export type IndexerEnvironment = z.output<typeof ENVIRONMENT>;

export class IndexerStartError extends Error {
  override readonly name = 'IndexerStartError';
}

/** Reads what the indexer needs. Throws an IndexerStartError with one line for each setting that is missing or wrong. */
export function readEnvironment(environment: NodeJS.ProcessEnv): IndexerEnvironment {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const {
    POSTGRES_HOST: host,
    POSTGRES_PORT: port = '5432',
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password = '',
    POSTGRES_DB: name,
  } = given;
  if (!given['DATABASE_URL'] && host && user && name)
    given['DATABASE_URL'] =
      `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${name}`;
  if (!given['MXNB_CONTRACT_ADDRESS'] && given['MOCK_ERC20_ADDRESS'])
    given['MXNB_CONTRACT_ADDRESS'] = given['MOCK_ERC20_ADDRESS'];
  const parsed = ENVIRONMENT.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new IndexerStartError(
    `These settings are missing or wrong:\n${lines.join('\n')}\nSee .env.example for what each is.`,
  );
}
