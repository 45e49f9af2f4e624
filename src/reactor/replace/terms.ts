/** What people ask of a leg that is to be paid otherwise. */
import { z } from 'zod';

/** As MXNB in Juno's pool, or as pesos in the Bitso balance. */
export const PLACES = ['juno', 'bitso'] as const;

export type Place = (typeof PLACES)[number];

export const NAME_TRANSFER_HOW = z.strictObject({
  txHash: z
    .string('is the hash of a transaction')
    .trim()
    .toLowerCase()
    .regex(/^0x[0-9a-f]{64}$/, 'is the hash of a transaction: 0x and 64 digits'),
  logIndex: z.int('is the number of a log in its block').min(0),
});

export const REFUND_WHAT = ['full', 'custody'] as const;

export type RefundWhat = (typeof REFUND_WHAT)[number];

export const SETTLE_HOW = z.strictObject({
  trackingKey: z
    .string('is SPEI’s clave de rastreo')
    .trim()
    .toUpperCase()
    .regex(/^[A-Z0-9]{1,30}$/, 'is not a clave de rastreo: 1 to 30 letters and digits'),
  cepLink: z
    .string('is the link to Banxico’s receipt')
    .max(1_000, 'is too long')
    .regex(
      /^https:\/\/www\.banxico\.org\.mx\/cep\/[\w./-]*([?#]\S*)?$/,
      'is not a link to Banxico’s CEP (https://www.banxico.org.mx/cep/…)',
    ),
  moneyAt: z.enum(PLACES).optional(),
});
