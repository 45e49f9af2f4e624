import type { Money } from '../money/money.ts';
import { type AmountAs, amountField } from './amount.ts';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';
import { type SendParameters, type SendReturnType, send } from './send.ts';

export type CreateRedemptionParameters = SendParameters;
export type CreateRedemptionReturnType = SendReturnType;
export type CreateRedemptionErrorType = SendErrorType;

export type EncodeRedemptionParameters = Readonly<{
  amount: Money<'MXN'>;
  /** The id of a registered bank account. */
  bankAccountId: string;
  /** Text if left out. */
  amountAs?: AmountAs;
}>;
/** The exact bytes to send, the same ones each time. */
export type EncodeRedemptionReturnType = string;
export type EncodeRedemptionErrorType = RangeError;

/** The body of a redemption: with a bank account id it is itself the SPEI payout, of 100 MXN at least (J/redeem-your-mxnb-tokens). */
export function encodeRedemption({
  amount,
  bankAccountId,
  amountAs = 'text',
}: EncodeRedemptionParameters): EncodeRedemptionReturnType {
  // Without the id Juno credits a Bitso balance instead, and says so to nobody.
  if (bankAccountId === '') throw new RangeError('a redemption to a bank needs the id of a registered account');
  const rest = JSON.stringify({ asset: 'MXN', destination_bank_account_id: bankAccountId });
  return `{${amountField(amount, amountAs)},${rest.slice(1)}`;
}

export type EncodeBitsoRedemptionParameters = Omit<EncodeRedemptionParameters, 'bankAccountId'>;
/** The exact bytes to send, the same ones each time. */
export type EncodeBitsoRedemptionReturnType = string;
export type EncodeBitsoRedemptionErrorType = RangeError;

/**
 * The body of a redemption that names no bank account: the pesos go to the Bitso balance of the same business, no SPEI is made,
 * and nobody outside is paid (J/redeem-your-mxnb-tokens-to-a-bitso-account). Of 100 MXN at least.
 */
export function encodeBitsoRedemption({
  amount,
  amountAs = 'text',
}: EncodeBitsoRedemptionParameters): EncodeBitsoRedemptionReturnType {
  return `{${amountField(amount, amountAs)},"asset":"MXN"}`;
}

/** Burns MXNB and pays the pesos by SPEI, or into the Bitso balance, as the body says. A `JunoUnknownError` may have paid: look, or repeat the same body under the same key. */
export const createRedemption = (
  client: JunoClient,
  parameters: CreateRedemptionParameters,
): Promise<CreateRedemptionReturnType> => send(client, '/mint_platform/v1/redemptions', parameters);
