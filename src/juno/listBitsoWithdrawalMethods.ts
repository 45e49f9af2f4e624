import { z } from 'zod';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import { optionalText, textual } from './json.ts';

/** None: it takes the client alone. */
export type ListBitsoWithdrawalMethodsParameters = Readonly<Record<string, never>>;
export type ListBitsoWithdrawalMethodsReturnType = Readonly<{
  items: { method: string; name: string | null; protocol: string | null; network: string | null }[];
  raw: string;
}>;
export type ListBitsoWithdrawalMethodsErrorType = LookErrorType;

const METHOD = z
  .object({
    method: textual,
    method_name: optionalText,
    name: optionalText,
    protocol: optionalText,
    network: optionalText,
  })
  .transform(({ method, method_name, name, protocol, network }) => ({
    method,
    name: name ?? method_name,
    protocol,
    network,
  }));
/** No page prints the layout. */
const LIST = z.array(METHOD);
const SCHEMA = z.object({
  payload: z.union([
    LIST,
    z.object({ withdrawal_methods: LIST }).transform(({ withdrawal_methods: methods }) => methods),
  ]),
});

/** The ways in which pesos leave the Bitso balance (P/create-an-account). */
export async function listBitsoWithdrawalMethods(client: JunoClient): Promise<ListBitsoWithdrawalMethodsReturnType> {
  const route = '/v3/withdrawal_methods/mxn';
  const { value, raw } = await client.call({ kind: 'look', method: 'GET', route }, SCHEMA);
  return { items: value.payload, raw };
}
