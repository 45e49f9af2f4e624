import { z } from 'zod';
import type { Money } from '../money/money.ts';
import { type AmountAs, amountField } from './amount.ts';
import type { JunoClient } from './client.ts';
import { JunoNotSentError, type SendErrorType } from './errors.ts';

export type CreateMockDepositParameters = Readonly<{
  /** From 100 MXN on it is issued as MXNB; less is deposited, and its issuance fails. */
  amount: Money<'MXN'>;
  /** A CLABE of ours. */
  receiverClabe: string;
  /** Both names must be the account's registered business name on stage (J/create-mock-deposits). */
  senderName: string;
  receiverName: string;
  /** Where it comes from; one of Juno's choice if left out. */
  senderClabe?: string;
  /**
   * Makes it a payout that comes back, of this SPEI kind. Bitso's page lists the kinds and has lost the name of the field
   * (user_clabe_deposit_creation), which is taken to be `refund_type`: a Juno that does not know it makes an ordinary deposit.
   */
  refundType?: 0 | 16 | 17 | 18 | 23 | 24;
  /** Text if left out, as the page says. */
  amountAs?: AmountAs;
}>;
export type CreateMockDepositReturnType = Readonly<{ raw: string }>;
export type CreateMockDepositErrorType = SendErrorType;

const ROUTE = '/spei/test/deposits';
const STAGE = 'stage.buildwithjuno.com';

/** Makes believe that a SPEI deposit came in. Stage and a sandbox on this machine only: nothing is sent anywhere else. */
export async function createMockDeposit(
  client: JunoClient,
  {
    amount,
    receiverClabe,
    senderName,
    receiverName,
    senderClabe,
    refundType,
    amountAs = 'text',
  }: CreateMockDepositParameters,
): Promise<CreateMockDepositReturnType> {
  if (!isForTests(client.baseUrl)) {
    throw new JunoNotSentError('a mock deposit is refused: this is neither stage nor this machine', {
      endpoint: `POST ${ROUTE}`,
    });
  }
  const rest = JSON.stringify({
    receiver_clabe: receiverClabe,
    receiver_name: receiverName,
    sender_name: senderName,
    sender_clabe: senderClabe,
    refund_type: refundType,
  });
  const body = `{${amountField(amount, amountAs)},${rest.slice(1)}`;
  const { raw } = await client.call({ kind: 'send', method: 'POST', route: ROUTE, body }, z.unknown());
  return { raw };
}

/** Stage and this machine: anything else could stand before production. */
function isForTests(baseUrl: string): boolean {
  const host = new URL(baseUrl).hostname.replace(/\.$/, '');
  return host === STAGE || host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}
