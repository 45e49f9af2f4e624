import type { Money } from '../money/money.ts';
import { type AmountAs, amountField } from './amount.ts';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';
import { type SendParameters, type SendReturnType, send } from './send.ts';

export type CreateWithdrawalParameters = SendParameters;
export type CreateWithdrawalReturnType = SendReturnType;
export type CreateWithdrawalErrorType = SendErrorType;

export type EncodeWithdrawalParameters = Readonly<{
  amount: Money<'MXNB'>;
  address: string;
  /** Text if left out. */
  amountAs?: AmountAs;
}>;
/** The exact bytes to send, the same ones each time. */
export type EncodeWithdrawalReturnType = string;
export type EncodeWithdrawalErrorType = RangeError;

/**
 * The body of a withdrawal to a wallet of our own. The travel-rule object is always there, empty as for a self-custodial wallet,
 * because the threshold moves with the exchange rate (J/case-3-receiving-entity-is-a-non-custodial-wallet).
 */
export function encodeWithdrawal({
  amount,
  address,
  amountAs = 'text',
}: EncodeWithdrawalParameters): EncodeWithdrawalReturnType {
  if (!/^0x[0-9a-f]{40}$/i.test(address)) throw new RangeError('an address is 0x and 40 hexadecimal digits');
  const rest = JSON.stringify({ blockchain: 'ARBITRUM', asset: 'MXNB', address, compliance: { travel_rule: {} } });
  return `{${amountField(amount, amountAs)},${rest.slice(1)}`;
}

/**
 * Sends MXNB from Juno's balance to an address (JR/createcryptowithdrawal). A `JunoUnknownError` may have been processed: look
 * for it, or repeat the same body under the same key.
 *
 * @example
 * const body = encodeWithdrawal({ amount: toMxnb(centavos(150_000n)), address: bridge });
 * const { id, status } = await createWithdrawal(juno, { body, idempotencyKey, guard });
 */
export const createWithdrawal = (
  client: JunoClient,
  parameters: CreateWithdrawalParameters,
): Promise<CreateWithdrawalReturnType> => send(client, '/mint_platform/v1/withdrawals', parameters);
