import { z } from 'zod';
import { type JunoClient, readAnswer } from './client.ts';
import type {
  JunoNotSentError,
  JunoRejectedError,
  JunoThrottledError,
  JunoUnauthorisedError,
  JunoUnknownError,
} from './errors.ts';
import { textual } from './json.ts';
import { type JunoStatus, readStatus } from './status.ts';

/** A send: the exact bytes, the key under which a repeat is the same, and the last check before the wire. */
export type SendParameters = Readonly<{ body: string; idempotencyKey: string; guard: () => void }>;
export type SendReturnType = Readonly<{ id: string; status: JunoStatus; raw: string }>;
export type SendErrorType =
  | JunoRejectedError
  | JunoThrottledError
  | JunoUnauthorisedError
  | JunoNotSentError
  | JunoUnknownError;

const SCHEMA = z.object({
  payload: z
    .object({
      id: textual.optional(),
      transaction_id: textual.optional(),
      summary_status: textual.optional(),
      status: textual.optional(),
    })
    .refine((p) => p.id ?? p.transaction_id),
});

/** Posts the bytes to an endpoint that answers with a transaction. */
export async function send(
  client: JunoClient,
  path: string,
  { body, idempotencyKey, guard }: SendParameters,
): Promise<SendReturnType> {
  const raw = await client.request({ kind: 'send', method: 'POST', path, body, idempotencyKey, guard });
  const { payload } = readAnswer('send', `POST ${path}`, SCHEMA, raw);
  return {
    id: payload.id ?? payload.transaction_id ?? '',
    status: readStatus(payload.summary_status ?? payload.status ?? ''),
    raw,
  };
}
