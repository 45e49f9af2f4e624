/** Who signs, and where their keys are. */
import { readFileSync } from 'node:fs';
import { isHex } from 'viem';
import { z } from 'zod';

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Where a key is: in this process itself, or with a signer that it asks. */
export type SignerPlace =
  | Readonly<{ key: `0x${string}` }>
  | Readonly<{ url: string; timeout_ms: number; token?: string | undefined }>;
export type ApproverSettings = Readonly<{ address: `0x${string}`; signer: SignerPlace }>;

type SignerSettings = Readonly<{
  ESCROW_BRIDGE_WALLET: `0x${string}`;
  ESCROW_PRIVATE_KEY?: string | undefined;
  ESCROW_PRIVATE_KEY_FILE?: string | undefined;
  ESCROW_SIGNER_URL?: string | undefined;
  ESCROW_SIGNER_TIMEOUT_MS: number;
  ESCROW_APPROVER?: `0x${string}` | undefined;
  ESCROW_APPROVER_KEY?: string | undefined;
  ESCROW_APPROVER_KEY_FILE?: string | undefined;
  ESCROW_APPROVER_SIGNER_URL?: string | undefined;
  ESCROW_APPROVER_SIGNER_TOKEN?: string | undefined;
}>;

export const PRIVATE_KEY = z.string().refine((v) => isHex(v) && v.length === 66, 'is not a 32-byte hex key');

/** The key in a file. What the variable holds is not repeated: it may be the key itself, put in the wrong place. */
export const KEY_FILE = z.string().transform((path, issues): string => {
  try {
    const key = PRIVATE_KEY.safeParse(readFileSync(path, 'utf8').trim());
    if (key.success) return key.data;
    issues.addIssue({ code: 'custom', message: 'holds no 32-byte hex key' });
  } catch {
    issues.addIssue({ code: 'custom', message: 'names no file that can be read' });
  }
  return z.NEVER;
});

export const SIGNER_URL = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !URL.parse(url)?.username, 'must not carry a name or password');

export const SIGNER_TOKEN = z.string().regex(/^[\x21-\x7e]{32,200}$/, 'is not 32 to 200 characters without a space');

/** One place for the key and no other, so that nobody believes it to be where it is not. */
export function signerOf(env: SignerSettings): SignerPlace {
  const keys = [env.ESCROW_PRIVATE_KEY, env.ESCROW_PRIVATE_KEY_FILE].filter((key) => key !== undefined);
  const [key] = keys;
  if (keys.length + (env.ESCROW_SIGNER_URL ? 1 : 0) !== 1)
    throw new SettingsError(
      'The key of the bridge wallet is in exactly one place: set one of ESCROW_PRIVATE_KEY, ESCROW_PRIVATE_KEY_FILE and ESCROW_SIGNER_URL.',
    );
  return env.ESCROW_SIGNER_URL
    ? { url: env.ESCROW_SIGNER_URL, timeout_ms: env.ESCROW_SIGNER_TIMEOUT_MS }
    : { key: key as `0x${string}` };
}

/** Another key than the bridge wallet's, in one place: the contract refuses an approver that is the bridge, and so does this. */
export function approverOf(env: Omit<SignerSettings, 'ESCROW_PRIVATE_KEY'>): ApproverSettings | null {
  const { ESCROW_APPROVER: address, ESCROW_APPROVER_SIGNER_URL: url, ESCROW_SIGNER_TIMEOUT_MS: timeout_ms } = env;
  const [key, ...more] = [env.ESCROW_APPROVER_KEY, env.ESCROW_APPROVER_KEY_FILE].filter((one) => one !== undefined);
  const places = more.length + (key ? 1 : 0) + (url ? 1 : 0);
  if (!address && places === 0) return null;
  if (!address || places !== 1)
    throw new SettingsError(
      'The approver has its address in ESCROW_APPROVER, and its key in exactly one place: set one of ESCROW_APPROVER_KEY, ESCROW_APPROVER_KEY_FILE and ESCROW_APPROVER_SIGNER_URL, or none of the four.',
    );
  if (address === env.ESCROW_BRIDGE_WALLET)
    throw new SettingsError(
      'ESCROW_APPROVER is the bridge wallet. Who releases an escrow must not be who lets it end before its date: give the approver a key of its own.',
    );
  const token = env.ESCROW_APPROVER_SIGNER_TOKEN;
  return { address, signer: url ? { url, timeout_ms, ...(token ? { token } : {}) } : { key: key as `0x${string}` } };
}

/** Where money is real the reactor asks the approver's own process: whoever had its host would have both keys otherwise. */
export function assertApart(environment: string, approver: ApproverSettings | null): void {
  if (environment !== 'production' || approver === null) return;
  if ('url' in approver.signer && approver.signer.token) return;
  throw new SettingsError(
    'JUNO_ENV=production refuses ESCROW_APPROVER_KEY and ESCROW_APPROVER_KEY_FILE in a reactor, and a signer that asks for no token: whoever had this host would have the keys of bridge and approver. Run the approver elsewhere (npm run approver), set ESCROW_APPROVER_SIGNER_URL and ESCROW_APPROVER_SIGNER_TOKEN here, and take the key off this host. Nothing was started.',
  );
}
