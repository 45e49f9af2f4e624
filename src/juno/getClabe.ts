import { z } from 'zod';
import type { Clabe } from '../money/clabe.ts';
import { clabeSchema } from './clabe.ts';
import type { JunoClient } from './client.ts';
import type { LookErrorType } from './errors.ts';
import type { JunoClabe } from './types.ts';

export type GetClabeParameters = Readonly<{ clabe: Clabe }>;
export type GetClabeReturnType = JunoClabe & Readonly<{ raw: string }>;
export type GetClabeErrorType = LookErrorType;

/** The answer about another CLABE would say of this one what is not so. */
const schemaOf = (clabe: Clabe) =>
  z.object({ payload: clabeSchema.refine((item) => item.clabe === clabe, 'is another CLABE') });

/** One of our CLABEs, with whether it is enabled (J/retrieve-clabe-details). */
export async function getClabe(client: JunoClient, { clabe }: GetClabeParameters): Promise<GetClabeReturnType> {
  const { value, raw } = await client.call(
    { kind: 'look', method: 'GET', route: '/spei/v1/clabes/:clabe', path: `/spei/v1/clabes/${clabe}` },
    schemaOf(clabe),
  );
  return { ...value.payload, raw };
}
