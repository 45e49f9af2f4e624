import { z } from 'zod';
import type { JunoClient } from './client.ts';
import { textual } from './json.ts';
import { idOf } from './page.ts';
import { type JunoStatus, readStatus } from './status.ts';

/** A send of money. */
export type SendParameters = Readonly<{
  /** The exact bytes, from `encode…`: a repeat must be the same, byte for byte. */
  body: string;
  /** A UUID; a repeat with the same one is answered for the original (J/withdrawals-under-the-travel-rule-threshold). */
  idempotencyKey: string;
  /** Called with the connection open, as the last thing before the request is written; when it throws, nothing is. */
  guard: () => void | Promise<void>;
}>;

export type SendReturnType = Readonly<{
  /** The transaction's id, for `getTransaction`. */
  id: string;
  status: JunoStatus;
  statusText: string;
  /** The answer as it came. */
  raw: string;
}>;

const ANSWER = z.object({
  payload: z
    .object({
      id: idOf.optional(),
      transaction_id: idOf.optional(),
      summary_status: textual.optional(),
      status: textual.optional(),
    })
    .transform((payload, ctx) => {
      const id = payload.id ?? payload.transaction_id;
      if (id !== undefined) return { id, statusText: payload.summary_status ?? payload.status ?? '' };
      ctx.addIssue({ code: 'custom', message: 'has no id' });
      return z.NEVER;
    }),
});

/** Posts the bytes to an endpoint that answers with a transaction, in either of its vocabularies. */
export async function send(client: JunoClient, route: string, parameters: SendParameters): Promise<SendReturnType> {
  const { value, raw } = await client.call({ kind: 'send', method: 'POST', route, ...parameters }, ANSWER);
  const { id, statusText } = value.payload;
  return { id, status: readStatus(statusText), statusText, raw };
}
