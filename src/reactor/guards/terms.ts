/** What people ask of the guards. */
import { z } from 'zod';
import type { Role } from '../people/roles.ts';
import { GIVEN_REASON } from '../people/words.ts';
import { parseLimit } from './limit.ts';

/** Whose a hold may be, and which keys act for them. */
export const HOLD_OWNERS = {
  operations: ['operator', 'admin'],
  compliance: ['approver', 'admin'],
  engineering: ['admin'],
} as const satisfies Record<string, readonly Role[]>;

export type HoldOwner = keyof typeof HOLD_OWNERS;

export const OPEN_HOLD = z.strictObject({
  /** `payment:<id or number>`, `user:<id>`, `rail:<name>`. */
  on: z
    .string('is missing')
    .regex(/^(payment|user|rail):[A-Za-z0-9_-]{1,40}$/, 'is payment:, user: or rail: and which'),
  reasonCode: z.string('is missing').regex(/^[a-z][a-z0-9_]{2,39}$/, 'is a word such as fraud_report'),
  sentence: GIVEN_REASON,
  owner: z.enum(
    Object.keys(HOLD_OWNERS) as [HoldOwner, ...HoldOwner[]],
    `is one of ${Object.keys(HOLD_OWNERS).join(', ')}`,
  ),
});

export const CLOSE_HOLD = z.strictObject({ reason: GIVEN_REASON });

const LIMIT_TEXT = z.string('is missing').transform((text, issues) => {
  try {
    return parseLimit(text);
  } catch (error) {
    issues.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

export const CHANGE_CAP = z.strictObject({ limit: LIMIT_TEXT });
