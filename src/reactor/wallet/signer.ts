import type { Hex, TransactionSerializableEIP1559 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

/** Signs for one wallet. The same transaction always gives the same bytes. */
export type Signer = Readonly<{
  address: `0x${string}`;
  sign: (transaction: TransactionSerializableEIP1559) => Promise<Hex>;
}>;

/** A signer over a private key from the environment. Throws when it is not the key of the wallet that the settings name. */
export function localSigner(key: Hex, expected: `0x${string}`): Signer {
  const account = privateKeyToAccount(key);
  const address = account.address.toLowerCase() as `0x${string}`;
  if (address !== expected)
    throw new Error(`ESCROW_PRIVATE_KEY is the key of ${address}, not of ESCROW_BRIDGE_WALLET ${expected}.`);
  return { address, sign: (transaction) => account.signTransaction(transaction) };
}
