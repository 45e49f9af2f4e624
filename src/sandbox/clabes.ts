import { z } from 'zod';
import { notFound } from './errors.ts';
import { zonelessTime } from './time.ts';

/** CLABEs of Juno all begin with NVIO's bank and branch. */
const JUNO_PREFIX = '710969';
const WEIGHTS = [3, 7, 1] as const;

/** The control digit: weights 3-7-1 over the first 17 digits, each product modulo 10. */
function controlDigit(first17: string): string {
  const sum = [...first17].reduce((total, digit, i) => total + ((Number(digit) * (WEIGHTS[i % 3] ?? 0)) % 10), 0);
  return String((10 - (sum % 10)) % 10);
}

export const clabeSchema = z
  .string()
  .regex(/^\d{18}$/, 'must have 18 digits')
  .refine((clabe) => controlDigit(clabe.slice(0, 17)) === clabe[17], 'has a wrong control digit');

/** NVIO runs these; SPEI does not reach them from Juno. */
export const isNvio = (clabe: string): boolean => clabe.startsWith('710');

export type Clabe = Readonly<{ clabe: string; createdMs: number }>;

export type Clabes = Readonly<{
  create: () => Clabe;
  get: (clabe: string) => Clabe;
  has: (clabe: string) => boolean;
  list: () => readonly Clabe[];
}>;

/** The AUTO_PAYMENT CLABEs of the account. `randomAccount` gives 11 random digits, so that a restart repeats none. */
export function createClabes({ now, randomAccount }: { now: () => number; randomAccount: () => string }): Clabes {
  const all = new Map<string, Clabe>();
  return {
    create: () => {
      let first17: string;
      do first17 = JUNO_PREFIX + randomAccount();
      while (all.has(first17 + controlDigit(first17)));
      const created = { clabe: first17 + controlDigit(first17), createdMs: now() };
      all.set(created.clabe, created);
      return created;
    },
    get: (clabe) => {
      const found = all.get(clabe);
      if (!found) throw notFound('The CLABE');
      return found;
    },
    has: (clabe) => all.has(clabe),
    list: () => [...all.values()].reverse(),
  };
}

/** As juno/docs/retrieve-clabe-details shows it. */
export const clabeBody = ({ clabe, createdMs }: Clabe): object => ({
  clabe,
  type: 'AUTO_PAYMENT',
  status: 'ENABLED',
  deposit_minimum_amount: null,
  deposit_maximum_amounts: { operation: null, daily: null, weekly: null, monthly: null },
  created_at: zonelessTime(createdMs),
  updated_at: null,
});
