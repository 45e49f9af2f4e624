import { z } from 'zod';
import type { Clabe } from '../money/clabe.ts';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';
import { optionalText } from './json.ts';
import { idOf } from './page.ts';

export type CreateBankAccountParameters = Readonly<{
  /** The exact bytes, from `encodeBankAccount`. */
  body: string;
  /** Called with the connection open, as the last thing before the request is written; when it throws, nothing is. */
  guard: () => void | Promise<void>;
}>;
export type CreateBankAccountReturnType = Readonly<{
  id: string;
  /** As Juno says it; null where its answer, which is not documented, leaves it out. Read it back from the list. */
  clabe: string | null;
  legalName: string | null;
  raw: string;
}>;
export type CreateBankAccountErrorType = SendErrorType;

/** What create and update answer with: not documented beyond the id. */
export const BANK_ACCOUNT_ANSWER = z.object({
  payload: z.object({ id: idOf, clabe: optionalText, recipient_legal_name: optionalText }),
});

export type EncodeBankAccountParameters = Readonly<{ clabe: Clabe; legalName: string; tag: string }>;
/** The exact bytes to send, the same ones each time. */
export type EncodeBankAccountReturnType = string;
export type EncodeBankAccountErrorType = never;

/** The body that registers somebody else's account as a place to pay to (JR/createbankaccount). */
export const encodeBankAccount = (account: EncodeBankAccountParameters): EncodeBankAccountReturnType =>
  JSON.stringify({
    tag: account.tag,
    recipient_legal_name: account.legalName,
    clabe: account.clabe,
    ownership: 'THIRD_PARTY',
  });

/** Registers a bank account. No idempotency is documented: never repeat an unknown one, look for it in the list. */
export async function createBankAccount(
  client: JunoClient,
  { body, guard }: CreateBankAccountParameters,
): Promise<CreateBankAccountReturnType> {
  const route = '/mint_platform/v1/accounts/banks';
  const { value, raw } = await client.call({ kind: 'send', method: 'POST', route, body, guard }, BANK_ACCOUNT_ANSWER);
  const { id, clabe, recipient_legal_name: legalName } = value.payload;
  return { id, clabe, legalName, raw };
}
