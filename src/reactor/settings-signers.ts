/** Who signs, and where their keys are. */

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Where a key is: in this process itself, or with a signer that it asks. */
export type SignerPlace = Readonly<{ key: `0x${string}` }> | Readonly<{ url: string; timeout_ms: number }>;
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
}>;

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
export function approverOf(env: SignerSettings): ApproverSettings | null {
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
  return { address, signer: url ? { url, timeout_ms } : { key: key as `0x${string}` } };
}
