import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';

export type DeleteBankAccountParameters = Readonly<{ id: string }>;
export type DeleteBankAccountReturnType = Readonly<{ raw: string }>;
export type DeleteBankAccountErrorType = SendErrorType;

/** Forgets a registered bank account (DELETE, of which the reference shows no more than that it exists). A repeat does no harm. */
export async function deleteBankAccount(
  client: JunoClient,
  { id }: DeleteBankAccountParameters,
): Promise<DeleteBankAccountReturnType> {
  const route = '/mint_platform/v1/accounts/banks/:id';
  const path = route.replace(':id', () => encodeURIComponent(id));
  const { raw } = await client.call({ kind: 'send', method: 'DELETE', route, path, mayBeEmpty: true }, z.unknown());
  return { raw };
}
