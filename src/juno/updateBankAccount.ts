import type { JunoClient } from './client.ts';
import { BANK_ACCOUNT_ANSWER, type CreateBankAccountReturnType } from './createBankAccount.ts';
import type { SendErrorType } from './errors.ts';

export type UpdateBankAccountParameters = Readonly<{
  id: string;
  /** The exact bytes, from `encodeBankAccount`: the whole account, not what changes. */
  body: string;
  /** Called with the connection open, as the last thing before the request is written; when it throws, nothing is. */
  guard: () => void | Promise<void>;
}>;
export type UpdateBankAccountReturnType = CreateBankAccountReturnType;
export type UpdateBankAccountErrorType = SendErrorType;

/**
 * Changes a registered bank account (PUT, of which the reference shows no more than that it exists). What is redeemed to the id
 * afterwards goes elsewhere, so a destination that a payment knows is never changed: a correction is a new account. This is for
 * names and tags.
 */
export async function updateBankAccount(
  client: JunoClient,
  { id, body, guard }: UpdateBankAccountParameters,
): Promise<UpdateBankAccountReturnType> {
  const route = '/mint_platform/v1/accounts/banks/:id';
  const path = route.replace(':id', () => encodeURIComponent(id));
  const { value, raw } = await client.call(
    { kind: 'send', method: 'PUT', route, path, body, guard },
    BANK_ACCOUNT_ANSWER,
  );
  const { clabe, recipient_legal_name: legalName } = value.payload;
  return { id: value.payload.id, clabe, legalName, raw };
}
