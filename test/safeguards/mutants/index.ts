import type { Mutant } from '../mutant.ts';
import { DATABASE } from './database.ts';

/** What is checked, by subject, in the order of docs/safeguards.md. */
export const SUBJECTS: Readonly<Record<string, readonly Mutant[]>> = {
  'What the database itself refuses': DATABASE,
};

export const MUTANTS: readonly Mutant[] = Object.values(SUBJECTS).flat();
