/** What the console’s page says with each request: that it is its own, and whether a person touched it in the last minute. */
export const SESSION_HEADER = 'x-kustodia-console';
export const TOUCHED = 'touched';
export const UNTOUCHED = 'untouched';
