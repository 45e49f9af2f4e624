import { isAddress, isHex } from 'viem';
import { z } from 'zod';
import { switchesSchema } from './switches.ts';

const delay = (what: string, fallback: number) =>
  z.coerce.number().int().min(0).max(600_000).default(fallback).describe(what);

/** Each setting once, with what it is for. */
const ENVIRONMENT = z.object({
  SANDBOX_PORT: z.coerce.number().int().min(0).max(65_535).default(0).describe('port on 127.0.0.1; 0 takes a free one'),
  SANDBOX_API_KEY: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^:\s]+$/, 'may hold neither colon nor space')
    .describe('the one API key that is known'),
  SANDBOX_API_SECRET: z.string().min(8).describe('its secret'),
  SANDBOX_ADMIN_TOKEN: z.string().min(8).describe('what the header x-sandbox-admin must say on /sandbox/*'),
  SANDBOX_PRIVATE_KEY: z
    .string()
    .refine((v) => isHex(v) && v.length === 66, 'is not a 32-byte hex key')
    .transform((v) => v as `0x${string}`)
    .describe('the hot wallet: a minter of the token; its address is the deposit address'),
  SANDBOX_RATE_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .default(300)
    .describe('requests in a window before a lock-out'),
  SANDBOX_RATE_WINDOW_S: z.coerce.number().int().min(1).max(60).default(60).describe('seconds of that window'),
  SANDBOX_ISSUANCE_DELAY_MS: delay('from a deposit to the minting of its tokens', 300),
  SANDBOX_WITHDRAWAL_DELAY_MS: delay('from a withdrawal request to its transfer on the chain', 200),
  SANDBOX_CREDIT_DELAY_MS: delay('from a seen transfer to its credit', 200),
  SANDBOX_REDEMPTION_DELAY_MS: delay('from a redemption request to the burning', 300),
  SANDBOX_BITSO_DELAY_MS: delay('from a withdrawal at Bitso to its SPEI order', 300),
  SANDBOX_BUSINESS_NAME: z
    .string()
    .min(1)
    .max(200)
    .default('Kustodia')
    .describe('the registered name that mock deposits must repeat where their switch says so'),
  SANDBOX_SWITCHES: z
    .string()
    .default('{}')
    .transform((text, ctx): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        ctx.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(switchesSchema)
    .describe('answers to what the documents leave open, as {name: answer}'),
  SANDBOX_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('warn')
    .describe('least important log line on standard error'),
  ETH_RPC_URL: z.url({ protocol: /^https?$/ }).describe('JSON-RPC of the chain'),
  MXNB_CONTRACT_ADDRESS: z
    .string()
    .refine((v) => isAddress(v, { strict: false }), 'is not an address')
    .transform((v) => v.toLowerCase() as `0x${string}`)
    .describe('the token, which must offer mint(to, amount) and burn(amount)'),
});

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export type Settings = Readonly<z.output<typeof ENVIRONMENT>>;

/** Reads and checks the environment. Throws a SettingsError that lists every wrong setting by name, never by value. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const parsed = ENVIRONMENT.safeParse(environment);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new SettingsError(`The sandbox did not start. These settings are missing or wrong:\n${lines.join('\n')}`);
}
