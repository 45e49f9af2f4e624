/** Every story, by theme. */
import type { Row, Theme } from './row.ts';
import { APPROVALS } from './table/approvals.ts';
import { DEPOSITS } from './table/deposits.ts';
import { DISPUTES } from './table/disputes.ts';
import { GUARDS } from './table/guards.ts';
import { HOLDS } from './table/holds.ts';
import { PAYOUTS } from './table/payouts.ts';
import { PEOPLE } from './table/people.ts';
import { REFUNDS } from './table/refunds.ts';
import { TERMS } from './table/terms.ts';

export const THEMES: readonly Theme[] = [TERMS, APPROVALS, DISPUTES, REFUNDS, PAYOUTS, DEPOSITS, GUARDS, HOLDS, PEOPLE];
export const ROWS: readonly Row[] = THEMES.flatMap(({ rows }) => rows);
