import { z } from 'zod';
import { type Clabe, parseClabe } from '../money/clabe.ts';
import { type JunoClient, readAnswer } from './client.ts';
import { textual } from './json.ts';
import type { SendErrorType } from './sent.ts';

export type CreateClabeParameters = Readonly<{ guard: () => void }>;
export type CreateClabeReturnType = Readonly<{ clabe: Clabe; raw: string }>;
export type CreateClabeErrorType = SendErrorType;

const SCHEMA = z.object({ payload: z.object({ clabe: textual.transform(parseClabe) }) });

/** Makes one more AUTO_PAYMENT CLABE. No idempotency is documented: never repeat it, look for it in the list (Juno, “Create CLABEs”). */
export async function createClabe(
  client: JunoClient,
  { guard }: CreateClabeParameters,
): Promise<CreateClabeReturnType> {
  const path = '/mint_platform/v1/clabes';
  const raw = await client.request({ kind: 'send', method: 'POST', path, body: '{}', guard });
  return { clabe: readAnswer('send', `POST ${path}`, SCHEMA, raw).payload.clabe, raw };
}
