/** What the decision saw is no longer so. Nothing was written; the next look decides anew. */
export class StaleViewError extends Error {
  override readonly name = 'StaleViewError';
}
