import { z } from 'zod';
import { type Clabe, ClabeError, parseClabe } from '../money/clabe.ts';
import type { JunoClient } from './client.ts';
import type { SendErrorType } from './errors.ts';
import { textual } from './json.ts';

export type CreateClabeParameters = Readonly<{
  /** Called with the connection open, as the last thing before the request is written; when it throws, nothing is. */
  guard: () => void | Promise<void>;
}>;
export type CreateClabeReturnType = Readonly<{ clabe: Clabe; raw: string }>;
export type CreateClabeErrorType = SendErrorType;

const CLABE = textual.transform((text, ctx) => {
  try {
    return parseClabe(text);
  } catch (error) {
    if (!(error instanceof ClabeError)) throw error;
    ctx.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});
const SCHEMA = z.object({ payload: z.object({ clabe: CLABE }) });

/**
 * Makes one more AUTO_PAYMENT CLABE, for one user and never for a payment (J/create-clabes). No idempotency is documented:
 * never repeat an unknown one, look for it in the list.
 */
export async function createClabe(
  client: JunoClient,
  { guard }: CreateClabeParameters,
): Promise<CreateClabeReturnType> {
  const route = '/mint_platform/v1/clabes';
  const { value, raw } = await client.call({ kind: 'send', method: 'POST', route, body: '{}', guard }, SCHEMA);
  return { clabe: value.payload.clabe, raw };
}
