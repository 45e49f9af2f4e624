/** "2025-01-31T17:58:57.350000000Z": transactions show nanoseconds. */
export const nanosecondTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000000Z');

/** "2025-02-05T18:25:33": what comes from SPEI carries no zone. It is UTC here. */
export const zonelessTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

/** "20250205" */
export const compactDate = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
