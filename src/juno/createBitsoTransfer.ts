import { type Clabe, isNvioClabe } from '../money/clabe.ts';
import type { Money } from '../money/money.ts';
import { printAmount } from './amount.ts';
import { wrongReference } from './bitso-withdrawal.ts';
import type { JunoClient } from './client.ts';
import {
  type CreateBitsoWithdrawalErrorType,
  type CreateBitsoWithdrawalParameters,
  type CreateBitsoWithdrawalReturnType,
  createBitsoWithdrawal,
} from './createBitsoWithdrawal.ts';

export type CreateBitsoTransferParameters = CreateBitsoWithdrawalParameters;
export type CreateBitsoTransferReturnType = CreateBitsoWithdrawalReturnType;
export type CreateBitsoTransferErrorType = CreateBitsoWithdrawalErrorType;

export type EncodeBitsoTransferParameters = Readonly<{
  amount: Money<'MXN'>;
  /** Of Nvio: prefix 710. */
  clabe: Clabe;
  /** Unique to this payout: the only way to find one whose answer was lost. */
  originId: string;
  /** What the recipient reads: at most 40 ASCII letters, digits and spaces. */
  concept?: string;
  /** At most 7 digits. */
  numericReference?: string;
}>;
/** The exact bytes to send, the same ones each time. */
export type EncodeBitsoTransferReturnType = string;
export type EncodeBitsoTransferErrorType = RangeError;

/** The body of a payout to a CLABE of Nvio, which does not go by SPEI (P/nvio-clabe-bitso-transfer). Throws a RangeError. */
export function encodeBitsoTransfer(parameters: EncodeBitsoTransferParameters): EncodeBitsoTransferReturnType {
  const { amount, clabe, originId, concept, numericReference } = parameters;
  const wrong = wrongReference(parameters);
  if (wrong) throw new RangeError(wrong);
  if (!isNvioClabe(clabe)) throw new RangeError('only a CLABE of prefix 710 is reached inside the house');
  return JSON.stringify({
    asset: 'mxn',
    currency: 'mxn',
    method: 'bt',
    network: 'bt',
    protocol: 'nvio-clabe',
    amount: printAmount(amount),
    clabe,
    origin_id: originId,
    notes: concept,
    numeric_ref: numericReference,
  });
}

/**
 * Pays pesos of the Bitso balance to a CLABE of the same house. It is a withdrawal like any other and has no idempotency key
 * either: after a `JunoUnknownError` never repeat it; ask `listBitsoWithdrawals` for its origin id.
 */
export const createBitsoTransfer = (
  client: JunoClient,
  parameters: CreateBitsoTransferParameters,
): Promise<CreateBitsoTransferReturnType> => createBitsoWithdrawal(client, parameters);
