/** How far a transaction of Juno's is. `unknown` is a word we have never seen: not an end. */
export type JunoStatus = 'pending' | 'in_progress' | 'complete' | 'failed' | 'unknown';

const WORDS: Readonly<Record<string, JunoStatus>> = {
  pending: 'pending',
  in_progress: 'in_progress',
  processing: 'in_progress',
  complete: 'complete',
  completed: 'complete',
  failed: 'failed',
};

/** Reads a status whatever its case: COMPLETE, COMPLETED and complete are one (Juno, “Transaction status”; Bitso v3). */
export const readStatus = (text: string): JunoStatus => WORDS[text.trim().toLowerCase()] ?? 'unknown';
