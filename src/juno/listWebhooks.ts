import { z } from 'zod';
import { type JunoClient, readAnswer } from './client.ts';
import type { JunoMalformedError, JunoUnavailableError } from './errors.ts';
import { textual } from './json.ts';

export type ListWebhooksReturnType = Readonly<{ items: { callbackUrl: string }[]; raw: string }>;
export type ListWebhooksErrorType = JunoUnavailableError | JunoMalformedError;

const ITEMS = z.array(z.object({ callback_url: textual }));
const SCHEMA = z.union([
  z.object({ webhooks: ITEMS }).transform((a) => a.webhooks),
  z.object({ payload: ITEMS }).transform((a) => a.payload),
]);

/** The registered webhooks, in either envelope. */
export async function listWebhooks(client: JunoClient): Promise<ListWebhooksReturnType> {
  const raw = await client.request({ kind: 'look', method: 'GET', path: '/v4/webhooks' });
  return {
    items: readAnswer('look', 'GET /v4/webhooks', SCHEMA, raw).map(({ callback_url }) => ({
      callbackUrl: callback_url,
    })),
    raw,
  };
}
