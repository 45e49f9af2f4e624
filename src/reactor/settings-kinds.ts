/** What settings are: each is checked, and described for who sets it. */
import { isAddress } from 'viem';
import { z } from 'zod';
import { parseDecimal } from '../money/money.ts';

export const address = (what: string) =>
  z
    .string()
    .refine((v) => isAddress(v, { strict: false }), 'is not an address')
    .transform((v) => v.toLowerCase() as `0x${string}`)
    .describe(what);
export const whole = (what: string, fallback: number, min = 0, max = 1_000_000_000) =>
  z.coerce.number().int().min(min).max(max).default(fallback).describe(what);

export const pesos = (what: string, fallback: string) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,14})(\.\d{1,2})?$/, 'is not an amount of pesos such as 5000000 or 1500.50')
    .default(fallback)
    .transform((text) => parseDecimal('MXN', text))
    .describe(what);

/** A setting that a function reads; what it throws becomes the complaint. */
export const read = <T>(what: string, parse: (text: string) => T, fallback = '') =>
  z
    .string()
    .default(fallback)
    .transform((text, issues) => {
      try {
        return parse(text);
      } catch (error) {
        const message = error instanceof SyntaxError ? 'is not JSON' : `cannot be read: ${(error as Error).message}`;
        issues.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    })
    .describe(what);
