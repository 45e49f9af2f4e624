/** How far a transaction or deposit of Juno's is. `unknown` is a word we have never seen: not an end. */
export type JunoStatus = 'pending' | 'in_progress' | 'complete' | 'failed' | 'unknown';

const WORDS: ReadonlyMap<string, JunoStatus> = new Map([
  ['pending', 'pending'],
  ['in_progress', 'in_progress'],
  ['processing', 'in_progress'],
  ['complete', 'complete'],
  ['completed', 'complete'],
  ['failed', 'failed'],
]);

/**
 * Reads a status whatever its case: COMPLETE (J/transaction-status), COMPLETED (J/list-financial-movements) and complete
 * (P/payload-withdrawal) are one. Total: a word that is not documented is `unknown`.
 */
export const readStatus = (text: string): JunoStatus => WORDS.get(text.trim().toLowerCase()) ?? 'unknown';
