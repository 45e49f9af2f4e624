import { formatDecimal, type Money } from '../money/money.ts';
import type { JunoClient } from './client.ts';
import { type SendErrorType, type SendParameters, type SendReturnType, send } from './sent.ts';

export type CreateRedemptionParameters = SendParameters;
export type CreateRedemptionReturnType = SendReturnType;
export type CreateRedemptionErrorType = SendErrorType;

/** The body of a redemption: with a bank account id it is itself the SPEI payout (Juno, “Redeem your MXNB tokens”). */
export const encodeRedemption = ({ amount, bankAccountId }: { amount: Money<'MXN'>; bankAccountId: string }): string =>
  JSON.stringify({ amount: formatDecimal(amount), asset: 'MXN', destination_bank_account_id: bankAccountId });

/** Burns MXNB and pays the pesos by SPEI. */
export const createRedemption = (
  client: JunoClient,
  parameters: CreateRedemptionParameters,
): Promise<CreateRedemptionReturnType> => send(client, '/mint_platform/v1/redemptions', parameters);
