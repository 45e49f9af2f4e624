import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { textual } from './json.ts';
import { idOf, pageOf } from './page.ts';
import { readEach, type UnreadableItem } from './unreadable.ts';

/** None: it takes the client alone. */
export type ListBankAccountsParameters = Readonly<Record<string, never>>;
export type ListBankAccountsReturnType = Readonly<{
  items: { id: string; clabe: string; legalName: string }[];
  /** Accounts that could not be read; they hide no other. */
  unreadable: UnreadableItem[];
  raw: string;
}>;
export type ListBankAccountsErrorType = LookErrorType;

const ACCOUNT = z
  .object({ id: idOf, clabe: textual, recipient_legal_name: textual })
  .transform(({ id, clabe, recipient_legal_name }) => ({ id, clabe, legalName: recipient_legal_name }));
const SCHEMA = pageOf(z.unknown());

/** The registered bank accounts (J/redeem-your-mxnb-tokens). No paging is documented, and a new one may be missing for a while. */
export async function listBankAccounts(client: JunoClient): Promise<ListBankAccountsReturnType> {
  const route = '/mint_platform/v1/accounts/banks';
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route }, SCHEMA);
  const { items, unreadable } = readEach(ACCOUNT, value.payload.items, { endpoint: `GET ${route}`, raw });
  return { items, unreadable, raw };
}
