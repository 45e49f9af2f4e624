import { z } from 'zod';
import { type JunoClient, readAnswer } from './client.ts';
import type { JunoMalformedError, JunoUnavailableError } from './errors.ts';
import { textual } from './json.ts';

export type ListBankAccountsReturnType = Readonly<{
  items: { id: string; clabe: string; legalName: string }[];
  raw: string;
}>;
export type ListBankAccountsErrorType = JunoUnavailableError | JunoMalformedError;

const ACCOUNT = z
  .object({ id: textual, clabe: textual, recipient_legal_name: textual })
  .transform(({ id, clabe, recipient_legal_name }) => ({ id, clabe, legalName: recipient_legal_name }));
const SCHEMA = z.object({ payload: z.array(ACCOUNT) });

/** All registered bank accounts (Juno, “Redeem your MXNB tokens”). */
export async function listBankAccounts(client: JunoClient): Promise<ListBankAccountsReturnType> {
  const path = '/mint_platform/v1/accounts/banks';
  const raw = await client.request({ kind: 'look', method: 'GET', path });
  return { items: readAnswer('look', `GET ${path}`, SCHEMA, raw).payload, raw };
}
