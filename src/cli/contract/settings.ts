import { readFileSync } from 'node:fs';
import { type Address, getAddress, type Hex, isAddress, isHex } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import { assertPair, SettingsError } from '../../reactor/settings.ts';
import { CliError, EXIT } from '../output.ts';

const address = (what: string) =>
  z
    .string()
    .refine((text) => isAddress(text, { strict: false }), 'is not an address')
    .transform((text) => getAddress(text))
    .describe(what);
/** "0x…,0x…": each an address. */
const addresses = (what: string) =>
  z
    .string()
    .default('')
    .transform((text) => text.split(',').map((one) => one.trim()))
    .transform((all) => all.filter((one) => one !== ''))
    .refine((all) => all.every((one) => isAddress(one, { strict: false })), 'is not a list of addresses, with commas')
    .transform((all) => all.map((one) => getAddress(one)))
    .describe(what);
const isKey = (text: string): text is Hex => isHex(text) && text.length === 66;

const ENVIRONMENT = z.object({
  JUNO_ENV: z.enum(['sandbox', 'stage', 'production']).describe('which world the chain belongs to'),
  CHAIN_ID: z.coerce.number().int().positive().describe('42161, 421614, or 31337 for a local chain'),
  ETH_RPC_URL: z.url({ protocol: /^https?$/ }).describe('JSON-RPC of the chain'),
  ESCROW_CONTRACT_ADDRESS: address('the escrow contract').optional(),
  ESCROW_START_BLOCK: z.coerce.bigint().min(0n).default(0n).describe('the block of its deployment'),
  MXNB_CONTRACT_ADDRESS: address('the MXNB token'),
  ESCROW_BRIDGE_WALLET: address('the wallet that funds and releases escrows'),
  ESCROW_APPROVER: address('the approver of the reactor').optional(),
  ESCROW_APPROVERS: addresses('every account that may have the approver role; ESCROW_APPROVER alone unless told'),
  ESCROW_PAUSERS: addresses('every account that may have the pauser role, besides the admin'),
  WALLET_MAX_FEE_GWEI: z.coerce.number().int().min(1).default(100).describe('gwei that a unit of gas may cost'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('where the audit log is; only what signs needs it'),
  ESCROW_ADMIN_PRIVATE_KEY: z
    .string()
    .refine(isKey, 'is not a 32-byte hex key')
    .optional()
    .describe('the key of whoever administers the contract; for contract commands alone, never for a server'),
});

/** Every setting of the contract commands with what it is for. */
export const CONTRACT_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENVIRONMENT.shape).map(([name, schema]) => [name, schema.description ?? '']),
);

export type ContractSettings = Readonly<{
  junoEnv: 'sandbox' | 'stage' | 'production';
  chainId: number;
  rpcUrl: string;
  escrow: Address | null;
  startBlock: bigint;
  token: Address;
  bridge: Address;
  /** Who may have these roles; the admin may always pause. */
  approvers: readonly Address[];
  pausers: readonly Address[];
  /** Wei a unit of gas that is never gone beyond. */
  maxFeePerGas: bigint;
  databaseUrl: string | null;
  /** Null: nothing can be signed here. */
  signer: PrivateKeyAccount | null;
}>;

/**
 * What the contract commands need of the environment (.env.example); the rest of the reactor's settings may be missing, for the
 * contract comes first. The key is in the environment or in the file of `--key-file`, never both. Throws a CliError that names what
 * is wrong and repeats no value.
 */
export function readContractSettings(environment: NodeJS.ProcessEnv, keyFile?: string): ContractSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { data: env, error } = ENVIRONMENT.safeParse({
    MXNB_CONTRACT_ADDRESS: given['MOCK_ERC20_ADDRESS'],
    DATABASE_URL: databaseUrlOf(given),
    ...given,
  });
  if (!env) {
    const lines = error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw wrong(`These settings are missing or wrong:\n${lines.join('\n')}\nSee .env.example for what each is.`);
  }
  try {
    assertPair(env.JUNO_ENV, env.CHAIN_ID);
  } catch (cause) {
    if (cause instanceof SettingsError) throw wrong(cause.message);
    throw cause;
  }
  const { ESCROW_APPROVER: approver, ESCROW_APPROVERS: approvers } = env;
  if (approver !== undefined && approvers.length > 0 && !approvers.includes(approver))
    throw wrong('ESCROW_APPROVERS does not name ESCROW_APPROVER, the approver of the reactor: put it there as well.');
  if (keyFile !== undefined && env.ESCROW_ADMIN_PRIVATE_KEY !== undefined)
    throw wrong('The key is in exactly one place: give --key-file or set ESCROW_ADMIN_PRIVATE_KEY, not both.');
  const key = keyFile === undefined ? env.ESCROW_ADMIN_PRIVATE_KEY : keyIn(keyFile);
  return {
    junoEnv: env.JUNO_ENV,
    chainId: env.CHAIN_ID,
    rpcUrl: env.ETH_RPC_URL,
    escrow: env.ESCROW_CONTRACT_ADDRESS ?? null,
    startBlock: env.ESCROW_START_BLOCK,
    token: env.MXNB_CONTRACT_ADDRESS,
    bridge: env.ESCROW_BRIDGE_WALLET,
    approvers: approvers.length === 0 && approver !== undefined ? [approver] : approvers,
    pausers: env.ESCROW_PAUSERS,
    maxFeePerGas: BigInt(env.WALLET_MAX_FEE_GWEI) * 10n ** 9n,
    databaseUrl: env.DATABASE_URL ?? null,
    signer: key === undefined ? null : privateKeyToAccount(key),
  };
}

/** What the option holds is not repeated: it may be the key itself, put in the wrong place. */
function keyIn(path: string): Hex {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch {
    throw wrong('--key-file names no file that can be read. It takes the path of a file, never the key.');
  }
  if (!isKey(text)) throw wrong('The file of --key-file holds no 32-byte hex key (0x and 64 digits).');
  return text;
}

function databaseUrlOf(given: NodeJS.ProcessEnv): string | undefined {
  const { POSTGRES_HOST: host, POSTGRES_PORT: port = '5432', POSTGRES_USER: user, POSTGRES_DB: name } = given;
  if (!host || !user || !name) return undefined;
  const password = encodeURIComponent(given['POSTGRES_PASSWORD'] ?? '');
  return `postgresql://${encodeURIComponent(user)}:${password}@${host}:${port}/${name}`;
}

const wrong = (message: string) => new CliError(message, EXIT.usage, { code: 'settings' });
