import { z } from 'zod';
import type { Clabe } from '../money/clabe.ts';
import { type JunoClient, readAnswer } from './client.ts';
import { textual } from './json.ts';
import type { SendErrorType } from './sent.ts';

export type CreateBankAccountParameters = Readonly<{ body: string; guard: () => void }>;
export type CreateBankAccountReturnType = Readonly<{ id: string; raw: string }>;
export type CreateBankAccountErrorType = SendErrorType;

const SCHEMA = z.object({ payload: z.object({ id: textual }) });

/** The body that registers somebody else's account as a place to pay to (Juno reference, “createBankAccount”). */
export const encodeBankAccount = ({
  clabe,
  legalName,
  tag,
}: {
  clabe: Clabe;
  legalName: string;
  tag: string;
}): string => JSON.stringify({ tag, recipient_legal_name: legalName, clabe, ownership: 'THIRD_PARTY' });

/** Registers a bank account. No idempotency is documented: never repeat it, look for it in the list. */
export async function createBankAccount(
  client: JunoClient,
  { body, guard }: CreateBankAccountParameters,
): Promise<CreateBankAccountReturnType> {
  const path = '/mint_platform/v1/accounts/banks';
  const raw = await client.request({ kind: 'send', method: 'POST', path, body, guard });
  return { id: readAnswer('send', `POST ${path}`, SCHEMA, raw).payload.id, raw };
}
