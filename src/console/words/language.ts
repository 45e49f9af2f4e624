import type { en } from './en.ts';

export type Language = 'es' | 'en';
/** What has words. */
export type Key = keyof typeof en;
