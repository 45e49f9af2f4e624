import { formatDecimal, type Money } from '../money/money.ts';
import type { JunoClient } from './client.ts';
import { type SendErrorType, type SendParameters, type SendReturnType, send } from './sent.ts';

export type CreateWithdrawalParameters = SendParameters;
export type CreateWithdrawalReturnType = SendReturnType;
export type CreateWithdrawalErrorType = SendErrorType;

/**
 * The body of a withdrawal to a wallet of our own. The travel-rule object is always there, empty as for a self-custodial wallet,
 * because the threshold moves with the exchange rate (Juno, “Case 3: non-custodial wallet”).
 */
export const encodeWithdrawal = ({ amount, address }: { amount: Money<'MXNB'>; address: string }): string =>
  JSON.stringify({
    blockchain: 'ARBITRUM',
    asset: 'MXNB',
    amount: formatDecimal(amount),
    address,
    compliance: { travel_rule: {} },
  });

/** Sends MXNB from Juno's balance to an address (Juno, “Create crypto withdrawal”). */
export const createWithdrawal = (
  client: JunoClient,
  parameters: CreateWithdrawalParameters,
): Promise<CreateWithdrawalReturnType> => send(client, '/mint_platform/v1/withdrawals', parameters);
