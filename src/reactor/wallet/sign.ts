import {
  type Hex,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  serializeTransaction,
  type TransactionSerializableEIP1559,
  type TransactionSerializedEIP1559,
} from 'viem';
import { assertTransaction, type Purpose, type WalletPolicy } from './policy.ts';
import { type Signer, SignerError } from './signer.ts';

export type Signed = Readonly<{ hash: Hex; raw: Hex }>;

/**
 * The only way to a signature: the policy is asked before the key is touched, and what comes back must be exactly what was asked
 * for, signed by the wallet itself, before anybody may store it. Throws a PolicyRefusedError or a SignerError.
 */
export async function signAllowed(
  signer: Signer,
  policy: WalletPolicy,
  purpose: Purpose,
  transaction: TransactionSerializableEIP1559,
): Promise<Signed> {
  assertTransaction(policy, signer.address, purpose, transaction);
  const raw = await signer.sign(transaction);
  await assertAsAsked(raw, transaction, signer.address);
  return { hash: keccak256(raw), raw };
}

/** Every field by the bytes themselves, and the sender by the signature. */
async function assertAsAsked(raw: Hex, asked: TransactionSerializableEIP1559, wallet: string): Promise<void> {
  let sender: string;
  let unsigned: Hex;
  try {
    const { r, s, yParity, v, type, ...fields } = parseTransaction(raw as TransactionSerializedEIP1559);
    if (type !== 'eip1559' || !r || !s) throw new Error('it is not a signed transaction of EIP-1559');
    const signature = { r, s, ...(v === undefined ? { yParity: yParity ?? 0 } : { v, yParity: yParity ?? 0 }) };
    if (serializeTransaction({ type, ...fields }, signature) !== raw) throw new Error('its bytes are not canonical');
    unsigned = serializeTransaction({ type, ...fields });
    sender = (
      await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerializedEIP1559 })
    ).toLowerCase();
  } catch (error) {
    throw new SignerError(
      'signer_differs',
      'The signer’s answer is no signed transaction. It was not stored or sent.',
      {
        cause: error,
      },
    );
  }
  if (unsigned !== serializeTransaction({ ...asked, type: 'eip1559' }))
    throw new SignerError(
      'signer_differs',
      'The signer signed another transaction than it was asked to. It was not stored or sent. Look at the signer before anything else.',
    );
  if (sender !== wallet)
    throw new SignerError(
      'signer_differs',
      `The signer signed with the key of ${sender}, not of the bridge wallet ${wallet}. It was not stored or sent.`,
    );
}
