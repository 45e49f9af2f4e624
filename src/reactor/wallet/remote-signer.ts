import { type Hex, isHex, numberToHex, type TransactionSerializableEIP1559 } from 'viem';
import { z } from 'zod';
import { exchange, TransportError } from '../../juno/transport.ts';
import { type Signer, SignerError } from './signer.ts';

/** An answer is one signed transaction; anything much larger is none. */
const MOST_BYTES = 256 * 1024;

const raw = z.string().refine((text): text is Hex => isHex(text));
/** Web3Signer and anvil answer with the bytes, geth and clef with the bytes and what is in them. */
const SIGNED = z.union([raw, z.object({ raw }).transform((answer) => answer.raw)]);
const ACCOUNTS = z.array(z.string()).max(10_000);
const ANSWER = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string() }) }),
  z.object({ result: z.unknown() }),
]);

export type RemoteSignerParameters = Readonly<{
  /** JSON-RPC over HTTP or HTTPS; shown in no error. */
  url: string;
  address: `0x${string}`;
  /** What it asks of whoever asks it; shown in no error. */
  token?: string | undefined;
  /** For connecting and the whole answer. */
  timeout_ms: number;
}>;

/**
 * A signer that holds the key elsewhere, so that a KMS or HSM can: `eth_signTransaction`, as Web3Signer serves it. One call a
 * signature and no retry: the lane comes back by itself. Nothing it answers is believed before `signAllowed` compared it.
 */
export function remoteSigner(parameters: RemoteSignerParameters): Signer {
  return {
    address: parameters.address,
    sign: async (transaction) => {
      const signed = SIGNED.safeParse(
        await ask(parameters, 'eth_signTransaction', [asked(parameters.address, transaction)]),
      );
      if (signed.success) return signed.data;
      throw new SignerError(
        'signer_differs',
        'The signer answered something that is no signed transaction. Nothing was sent.',
      );
    },
  };
}

/** The wallets that a remote signer says it has keys of, in lower case. Throws a SignerError. */
export async function remoteAccounts(parameters: Omit<RemoteSignerParameters, 'address'>): Promise<string[]> {
  const accounts = ACCOUNTS.safeParse(await ask(parameters, 'eth_accounts', []));
  if (accounts.success) return accounts.data.map((account) => account.toLowerCase());
  throw new SignerError('signer_differs', 'The signer answered eth_accounts with something that is no list.');
}

const asked = (from: string, transaction: TransactionSerializableEIP1559) => ({
  type: '0x2',
  from,
  to: transaction.to,
  data: transaction.data ?? '0x',
  value: numberToHex(transaction.value ?? 0n),
  nonce: numberToHex(transaction.nonce ?? 0),
  gas: numberToHex(transaction.gas ?? 0n),
  maxFeePerGas: numberToHex(transaction.maxFeePerGas ?? 0n),
  maxPriorityFeePerGas: numberToHex(transaction.maxPriorityFeePerGas ?? 0n),
  chainId: numberToHex(transaction.chainId),
});

const ask = (parameters: Omit<RemoteSignerParameters, 'address'>, method: string, params: readonly unknown[]) =>
  askSigner({ ...parameters, setting: 'ESCROW_SIGNER_URL' }, method, params);

/** One question to a remote signer, under the name of the setting that says where it is. Throws a SignerError. */
export async function askSigner(
  { url, token, timeout_ms, setting }: Omit<RemoteSignerParameters, 'address'> & Readonly<{ setting: string }>,
  method: string,
  params: readonly unknown[],
): Promise<unknown> {
  const origin = new URL(url);
  const answer = await exchange({
    origin,
    method: 'POST',
    path: `${origin.pathname}${origin.search}`,
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })),
    timeout_ms,
    mostBytes: MOST_BYTES,
    agent: false,
  }).catch((error: unknown) => {
    if (!(error instanceof TransportError)) throw error;
    throw new SignerError(
      'signer_away',
      `The signer of ${setting} gave no answer (${error.message}). Nothing was signed; it is asked again by itself.`,
      { cause: error },
    );
  });
  const parsed = ANSWER.safeParse(jsonOf(answer.text));
  if (parsed.success && 'error' in parsed.data)
    throw new SignerError(
      'signer_refused',
      `The signer refuses ${method} (code ${parsed.data.error.code}: ${parsed.data.error.message.slice(0, 200)}). Nothing was sent. Look at its log and at the keys it has loaded.`,
    );
  if (answer.httpStatus === 200 && parsed.success) return (parsed.data as { result: unknown }).result;
  throw new SignerError(
    'signer_away',
    `The signer of ${setting} answered with HTTP status ${answer.httpStatus} and no JSON-RPC. Nothing was signed; it is asked again by itself.`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
