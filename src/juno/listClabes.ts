import { z } from 'zod';
import { type JunoClient, readAnswer } from './client.ts';
import type { JunoMalformedError, JunoUnavailableError } from './errors.ts';
import { textual } from './json.ts';

export type ListClabesParameters = Readonly<{ page?: number }>;
export type ListClabesReturnType = Readonly<{
  items: { clabe: string; status: string }[];
  isLast: boolean;
  raw: string;
}>;
export type ListClabesErrorType = JunoUnavailableError | JunoMalformedError;

const SCHEMA = z.object({
  payload: z.object({ total_pages: textual, response: z.array(z.object({ clabe: textual, status: textual })) }),
});

/** One page of our AUTO_PAYMENT CLABEs; pages count from 1 (Juno, “List created CLABEs”). */
export async function listClabes(
  client: JunoClient,
  { page = 1 }: ListClabesParameters = {},
): Promise<ListClabesReturnType> {
  const query = new URLSearchParams({ clabe_type: 'AUTO_PAYMENT', page: String(page), page_size: '100' });
  const raw = await client.request({ kind: 'look', method: 'GET', path: `/spei/v1/clabes?${query}` });
  const { response, total_pages } = readAnswer('look', 'GET /spei/v1/clabes', SCHEMA, raw).payload;
  return { items: response, isLast: page >= Number(total_pages), raw };
}
