import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { textual } from './json.ts';

export type ListBitsoBanksParameters = Readonly<{
  /** The page's own `/api/v3/banks/mx` if left out, which it prints with the older host stage.bitso.com. */
  route?: '/api/v3/banks/mx' | '/v3/banks/mx';
}>;
export type ListBitsoBanksReturnType = Readonly<{
  /** `code` is the institution's: as SPEI's 5 digits or as the 3 that begin a CLABE. */
  items: { code: string; name: string }[];
  raw: string;
}>;
export type ListBitsoBanksErrorType = LookErrorType;

/** Neither the layout nor the names of an item's fields are documented: a code, and a name. */
const BANK = z.object({ code: textual, name: textual }).transform(({ code, name }) => ({ code, name }));
const LIST = z.array(BANK);
const SCHEMA = z.object({ payload: z.union([LIST, z.object({ banks: LIST }).transform(({ banks }) => banks)]) });

/** The banks that Bitso pays to (P/create-an-account). */
export async function listBitsoBanks(
  client: JunoClient,
  { route = '/api/v3/banks/mx' }: ListBitsoBanksParameters = {},
): Promise<ListBitsoBanksReturnType> {
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route }, SCHEMA);
  return { items: value.payload, raw };
}
