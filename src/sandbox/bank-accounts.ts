import { z } from 'zod';
import { clabeSchema, isNvio } from './clabes.ts';
import { invalid, notFound } from './errors.ts';
import type { Switches } from './switches.ts';

export const bankAccountSchema = z.object({
  tag: z.string().min(1).max(100),
  recipient_legal_name: z.string().min(1).max(200),
  // "NVIO-run CLABEs cannot be registered" (juno/docs/redeem-your-mxnb-tokens).
  clabe: clabeSchema.refine((clabe) => !isNvio(clabe), 'must not be a CLABE of NVIO (710)'),
  ownership: z.enum(['COMPANY_OWNED', 'THIRD_PARTY']),
});

type BankAccountInput = z.infer<typeof bankAccountSchema>;
export type BankAccount = BankAccountInput & Readonly<{ id: string }>;

export type BankAccounts = Readonly<{
  /** Those that the list shows by now. */
  list: () => readonly BankAccount[];
  find: (id: string) => BankAccount | undefined;
  create: (input: BankAccountInput) => BankAccount;
  replace: (id: string, input: BankAccountInput) => BankAccount;
  remove: (id: string) => void;
}>;

/** The registered destinations of redemptions. */
export function createBankAccounts(context: {
  now: () => number;
  newId: () => string;
  switches: Switches;
}): BankAccounts {
  const { now, newId, switches } = context;
  const all = new Map<string, { account: BankAccount; createdMs: number }>();
  const entry = (id: string) => {
    const found = all.get(id);
    if (!found) throw notFound('The bank account');
    return found;
  };
  return {
    list: () =>
      [...all.values()]
        .filter(({ createdMs }) => createdMs + switches.bank_account_list_lag_ms <= now())
        .map(({ account }) => account),
    find: (id) => all.get(id)?.account,
    create: (input) => {
      const isTaken = all.values().some(({ account }) => account.clabe === input.clabe);
      if (isTaken && switches.bank_account_same_clabe === 'refused') throw invalid(['clabe is registered already']);
      const account = { ...input, id: newId() };
      all.set(account.id, { account, createdMs: now() });
      return account;
    },
    replace: (id, input) => {
      const account = { ...input, id };
      all.set(id, { ...entry(id), account });
      return account;
    },
    remove: (id) => {
      entry(id);
      all.delete(id);
    },
  };
}
