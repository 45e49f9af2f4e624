import { isAddress } from 'viem';
import { z } from 'zod';
import { ESCROW_VERSIONS, ESCROWS_ALSO, readEscrowsAlso } from '../chain/escrow-versions.ts';
import { parseDecimal } from '../money/money.ts';
import { type Limit, parseLimit, parseUdiRate, type UdiRate } from '../reactor/guards/limit.ts';
import {
  type ApproverSettings,
  approverOf,
  KEY_FILE,
  PRIVATE_KEY,
  SettingsError,
  SIGNER_TOKEN,
  SIGNER_URL,
} from '../reactor/settings-signers.ts';

const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'is not an address')
  .transform((text) => text.toLowerCase() as `0x${string}`);
const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
/** What a function reads; what it throws becomes the complaint. */
const read = <T>(parse: (text: string) => T, fallback = '') =>
  z
    .string()
    .default(fallback)
    .transform((text, issues) => {
      try {
        return parse(text);
      } catch (error) {
        issues.addIssue({ code: 'custom', message: `cannot be read: ${(error as Error).message}` });
        return z.NEVER;
      }
    });

const ENVIRONMENT = z.object({
  APPROVER_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    // They would be taken in the place of those with which it becomes its role, and reads only.
    .refine((text) => !new URL(text).searchParams.has('options'), 'names options of its own')
    .describe('a login that is a member of the database role kustodia_approver, and of no other'),
  APPROVER_TOKEN: SIGNER_TOKEN.describe('what the reactors show: their ESCROW_APPROVER_SIGNER_TOKEN'),
  APPROVER_HOST: z.string().default('127.0.0.1').describe('address that the approver listens on'),
  APPROVER_PORT: whole(4020, 0, 65_535).describe('its port; 0 takes a free one'),
  APPROVER_JOURNAL: z.string().min(1).describe('the file in which each signature is written down before it is made'),
  APPROVER_DAILY_SIGNATURES: whole(1_000, 1, 100_000).describe('signatures that it makes in a day (UTC)'),
  APPROVER_DAILY_MXN: read((text) => parseDecimal('MXN', text).units, '5000000').describe(
    'pesos in the escrows that it signs for in a day (UTC), each once for a release and once for a cancellation',
  ),
  APPROVER_RATE_PER_MINUTE: whole(120, 1, 100_000).describe('questions that it takes in a minute'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('a collector that takes traces as OTLP over HTTP: what it is asked for is in the trace of the payment'),
  CHAIN_ID: z.coerce.number().int().positive(),
  ETH_RPC_URL: z
    .url({ protocol: /^https?$/ })
    .describe('JSON-RPC of the chain; best another provider’s than the reactor’s'),
  ESCROW_CONTRACT_ADDRESS: address,
  ESCROW_CONTRACT_VERSION: z.enum(ESCROW_VERSIONS).default('v3'),
  ESCROW_CONTRACTS_ALSO: read(readEscrowsAlso).describe(ESCROWS_ALSO),
  ESCROW_BRIDGE_WALLET: address.describe('the only address whose escrows it signs for'),
  ESCROW_APPROVER: address,
  ESCROW_APPROVER_KEY: PRIVATE_KEY.optional(),
  ESCROW_APPROVER_KEY_FILE: KEY_FILE.optional(),
  ESCROW_APPROVER_SIGNER_URL: SIGNER_URL.optional().describe('a signer behind it that holds the key, as Web3Signer'),
  ESCROW_APPROVER_SIGNER_TOKEN: SIGNER_TOKEN.optional(),
  ESCROW_SIGNER_TIMEOUT_MS: whole(2_000, 100, 10_000),
  RELEASE_FOUR_EYES: read((text) => (text === '' ? null : parseLimit(text))),
  MXN_PER_UDI: read((text) => (text === '' ? null : parseUdiRate(text))),
});

/** Every setting of the approver with what it is for, where that is not said of the reactor's. */
export const APPROVER_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENVIRONMENT.shape).map(([name, schema]) => [name, schema.description ?? '']),
);

export type ApproverProcessSettings = Readonly<{
  databaseUrl: string;
  token: string;
  host: string;
  port: number;
  journal: string;
  /** In a day (UTC). */
  most: Readonly<{ signatures: number; centavos: bigint }>;
  ratePerMinute: number;
  /** Where traces go; null: nowhere. */
  tracesTo: string | null;
  chainId: number;
  rpcUrl: string;
  /** Those whose escrows a signature can end, in lower case. */
  contracts: readonly `0x${string}`[];
  bridge: `0x${string}`;
  approver: ApproverSettings;
  /** Null: no release needs two people. */
  releaseFourEyes: Limit | null;
  mxnPerUdi: UdiRate | null;
}>;

/** Reads the approver's settings. Throws a SettingsError that names what is wrong and repeats no value. */
export function readApproverSettings(given: NodeJS.ProcessEnv): ApproverProcessSettings {
  const result = ENVIRONMENT.safeParse(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')));
  if (!result.success) {
    const complaints = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new SettingsError(`The approver was not started. ${complaints.join('; ')}. See .env.example.`);
  }
  const env = result.data;
  const inUse = { address: env.ESCROW_CONTRACT_ADDRESS, version: env.ESCROW_CONTRACT_VERSION };
  const contracts = [inUse, ...env.ESCROW_CONTRACTS_ALSO].filter(({ version }) => version === 'v3');
  const approver = approverOf(env);
  if (!approver || contracts.length === 0)
    throw new SettingsError('The approver was not started: none of its contracts lets an escrow out by a signature.');
  return {
    databaseUrl: env.APPROVER_DATABASE_URL,
    token: env.APPROVER_TOKEN,
    host: env.APPROVER_HOST,
    port: env.APPROVER_PORT,
    journal: env.APPROVER_JOURNAL,
    most: { signatures: env.APPROVER_DAILY_SIGNATURES, centavos: env.APPROVER_DAILY_MXN },
    ratePerMinute: env.APPROVER_RATE_PER_MINUTE,
    tracesTo: env.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    chainId: env.CHAIN_ID,
    rpcUrl: env.ETH_RPC_URL,
    contracts: contracts.map((one) => one.address),
    bridge: env.ESCROW_BRIDGE_WALLET,
    approver,
    releaseFourEyes: env.RELEASE_FOUR_EYES,
    mxnPerUdi: env.MXN_PER_UDI,
  };
}
