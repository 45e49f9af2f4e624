import { z } from 'zod';
import { optionalText, printJson, textual } from './json.ts';
import { readMoment } from './moment.ts';
import { idOf } from './page.ts';
import { readStatus } from './status.ts';
import { wholeCentavos } from './transaction.ts';
import type { BitsoWithdrawal } from './types.ts';

/** The one address of a Bitso withdrawal of pesos, by SPEI and inside the house alike (P/mxn-withdrawals). */
export const BITSO_WITHDRAWALS = '/v3/withdrawals';

/** An empty text says as little as none. */
const filledText = optionalText.transform((text) => text || null);
const DETAILS = z.object({
  origin_id: filledText,
  clave_de_rastreo: filledText,
  cep_link: filledText,
  fail_reason: filledText,
  beneficiary_clabe: filledText,
  beneficiary_name: filledText,
});
const FIELDS = z.object({
  wid: idOf,
  status: textual,
  amount: textual,
  currency: textual,
  origin_id: filledText,
  created_at: optionalText,
  details: DETAILS.nullish(),
});

/** Reads a withdrawal as create, detail and list show it. Without wid, status, amount or currency it is malformed. */
export const bitsoWithdrawalSchema: z.ZodType<BitsoWithdrawal> = z
  .unknown()
  .transform((item) => ({ item, raw: printJson(item) }))
  .pipe(
    z.object({ item: FIELDS, raw: z.string() }).transform(({ item, raw }) => ({
      wid: item.wid,
      status: readStatus(item.status),
      statusText: item.status,
      amount: item.currency.toUpperCase() === 'MXN' ? wholeCentavos(item.amount) : null,
      originId: item.details?.origin_id ?? item.origin_id,
      trackingKey: item.details?.clave_de_rastreo ?? null,
      cepLink: item.details?.cep_link ?? null,
      failReason: item.details?.fail_reason ?? null,
      beneficiaryClabe: item.details?.beneficiary_clabe ?? null,
      beneficiaryName: item.details?.beneficiary_name ?? null,
      createdAt: readMoment(item.created_at),
      createdAtText: item.created_at,
      raw,
    })),
  );

const ORIGIN_ID = /^[A-Za-z0-9_-]{1,64}$/;
const CONCEPT = /^[A-Za-z0-9 ]{1,40}$/;
const NUMERIC_REFERENCE = /^\d{1,7}$/;

/** What both kinds of withdrawal carry of our own; null where all of it may be sent, otherwise the rule that it breaks. */
export function wrongReference(
  fields: Readonly<{ originId: string; concept?: string | undefined; numericReference?: string | undefined }>,
): string | null {
  const { originId, concept, numericReference } = fields;
  // A comma would make two of it where it is looked for.
  if (!ORIGIN_ID.test(originId)) return 'an origin id has 1 to 64 letters, digits, - or _';
  if (concept !== undefined && !CONCEPT.test(concept)) return 'a concept has at most 40 letters, digits and spaces';
  if (numericReference !== undefined && !NUMERIC_REFERENCE.test(numericReference))
    return 'a numeric reference has at most 7 digits';
  return null;
}
