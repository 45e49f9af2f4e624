import { type Address, isAddress } from 'viem';
import { z } from 'zod';
import type { AuditChainParameters } from './chain.ts';
import type { AuditJunoParameters } from './juno.ts';

const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'is not an address')
  .transform((text) => text.toLowerCase() as Address);
/** The same list that the indexer and the reactor are given; here only where the contracts are, and since when. */
const ALSO = z
  .string()
  .transform((text, issues) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      issues.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.array(z.object({ address, startBlock: z.int().min(0) })).max(50));
const JUNO_URLS = { production: 'https://buildwithjuno.com', stage: 'https://stage.buildwithjuno.com' } as const;

const ENVIRONMENT = z.object({
  AUDIT_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('a login that is a member of kustodia_auditor'),
  ETH_RPC_URL: z
    .url({ protocol: /^https?$/ })
    .describe('JSON-RPC of the chain; best another provider’s than the reactor’s'),
  ESCROW_CONTRACT_ADDRESS: address,
  ESCROW_CONTRACTS_ALSO: ALSO.default([]),
  MXNB_CONTRACT_ADDRESS: address,
  ESCROW_BRIDGE_WALLET: address,
  ESCROW_BRIDGE_WALLETS_BEFORE: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
    .pipe(z.array(address).max(20)),
  JUNO_DEPOSIT_ADDRESS: address,
  ESCROW_START_BLOCK: z.coerce.bigint().default(0n),
  JUNO_ENV: z.enum(['sandbox', 'stage', 'production']),
  JUNO_BASE_URL: z.url().optional(),
  BITSO_BASE_URL: z.url().optional(),
  JUNO_SIGNED_PATH: z.enum(['with_query', 'without_query']).default('with_query'),
  AUDIT_JUNO_API_KEY: z.string().min(1).describe('a key with the permission “View account information” alone'),
  AUDIT_JUNO_API_SECRET: z.string().min(1),
  AUDIT_RATE_PER_MINUTE: z.coerce.number().int().min(1).max(100_000).default(30),
});

export type AuditSettings = Readonly<{
  databaseUrl: string;
  chain: AuditChainParameters;
  juno: AuditJunoParameters;
}>;

export class AuditSettingsError extends Error {
  override readonly name = 'AuditSettingsError';
}

/**
 * Reads the auditor's settings. Where it has no login or key of its own it takes the reactor's, which it uses to read alone.
 * Throws an AuditSettingsError that names what is wrong and repeats no value.
 */
export function readAuditSettings(given: NodeJS.ProcessEnv): AuditSettings {
  const filled = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const own = filled['JUNO_ENV'] === 'production' ? 'JUNO' : 'JUNO_STAGE';
  const result = ENVIRONMENT.safeParse({
    AUDIT_DATABASE_URL: filled['DATABASE_URL'],
    AUDIT_JUNO_API_KEY: filled[`${own}_API_KEY`],
    AUDIT_JUNO_API_SECRET: filled[`${own}_API_SECRET`],
    MXNB_CONTRACT_ADDRESS: filled['MOCK_ERC20_ADDRESS'],
    ...filled,
  });
  const complaints = result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  const env = result.data;
  const junoUrl = env && (env.JUNO_BASE_URL ?? (env.JUNO_ENV === 'sandbox' ? undefined : JUNO_URLS[env.JUNO_ENV]));
  if (!env || !junoUrl)
    throw new AuditSettingsError(
      `The audit was not begun. ${complaints.join('; ') || 'JUNO_BASE_URL is needed for the sandbox'}. See .env.example.`,
    );
  return {
    databaseUrl: env.AUDIT_DATABASE_URL,
    chain: {
      rpcUrl: env.ETH_RPC_URL,
      token: env.MXNB_CONTRACT_ADDRESS,
      escrows: [env.ESCROW_CONTRACT_ADDRESS, ...env.ESCROW_CONTRACTS_ALSO.map((one) => one.address)],
      bridge: env.ESCROW_BRIDGE_WALLET,
      bridgesBefore: env.ESCROW_BRIDGE_WALLETS_BEFORE,
      junoAddress: env.JUNO_DEPOSIT_ADDRESS,
      startBlock: env.ESCROW_CONTRACTS_ALSO.reduce(
        (first, { startBlock }) => (BigInt(startBlock) < first ? BigInt(startBlock) : first),
        env.ESCROW_START_BLOCK,
      ),
    },
    juno: {
      junoUrl,
      bitsoUrl: env.BITSO_BASE_URL,
      apiKey: env.AUDIT_JUNO_API_KEY,
      apiSecret: env.AUDIT_JUNO_API_SECRET,
      ratePerMinute: env.AUDIT_RATE_PER_MINUTE,
      signedPath: env.JUNO_SIGNED_PATH,
    },
  };
}
