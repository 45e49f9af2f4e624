/** Of the local chain that it is. */
export const CHAIN_ID = 31_337;
/** When every world begins. */
export const START_MS = Date.parse('2026-01-05T12:00:00Z');
/** Its chain is that much older. */
export const GENESIS_S = START_MS / 1000 - 1_000;
