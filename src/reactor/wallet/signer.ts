import type { Hex, TransactionSerializableEIP1559 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

/** Signs for one wallet. What it answers is not believed: see `signAllowed`. Throws a SignerError. */
export type Signer = Readonly<{
  address: `0x${string}`;
  sign: (transaction: TransactionSerializableEIP1559) => Promise<Hex>;
}>;

export type SignerFailure = 'signer_away' | 'signer_refused' | 'signer_differs';

/** There is no signature to use: the signer is away or slow, refuses, or answers something else. Nothing was stored or sent. */
export class SignerError extends Error {
  override readonly name = 'SignerError';
  readonly code: SignerFailure;
  constructor(code: SignerFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A signer over a private key from the environment or a file. Throws when it is not the key of the wallet that the settings name. */
export function localSigner(key: Hex, expected: `0x${string}`): Signer {
  const account = privateKeyToAccount(key);
  const address = account.address.toLowerCase() as `0x${string}`;
  if (address !== expected)
    throw new Error(
      `ESCROW_PRIVATE_KEY or ESCROW_PRIVATE_KEY_FILE is the key of ${address}, not of ESCROW_BRIDGE_WALLET ${expected}.`,
    );
  return { address, sign: (transaction) => account.signTransaction(transaction) };
}
