import { z } from 'zod';
import { ROLES, SCREENERS } from '../../people/roles.ts';
import { BLACKLIST_STATES, KYC_STATES } from '../../people/screening-states.ts';
import { SCREENING } from '../../people/terms.ts';
import { command, question } from './declare.ts';
import { CURSOR_OF_ID, ID, limitOf, NEXT_IF, TIME } from './shapes.ts';

const tag = 'Screenings';
const path = '/users/{id}/screening';

export const GET_SCREENING = question({
  ...{ id: 'getScreening', method: 'get', path, tag, roles: ROLES },
  summary: 'Whether a user is cleared, and what was last found',
  answer: z.strictObject({
    userId: ID,
    isCleared: z.boolean(),
    newest: z
      .strictObject({
        kyc: z.enum(KYC_STATES),
        blacklist: z.enum(BLACKLIST_STATES),
        checkedAt: TIME,
        validUntil: TIME,
        reference: z.string(),
        source: z.string(),
      })
      .nullable(),
  }),
});
export const SCREEN_USER = command({
  ...{ id: 'screenUser', method: 'put', path, tag, roles: SCREENERS, status: 200 },
  summary: 'Say what the outside source found of a user',
  body: SCREENING,
  answer: z.strictObject({ userId: ID, isCleared: z.boolean(), validUntil: TIME }),
});
export const LIST_UNSCREENED = question({
  ...{ id: 'listUnscreened', method: 'get', path: '/screenings', tag, roles: ROLES },
  summary: 'Users whose open payments wait for a screening, or will soon; those that come next first',
  query: z.strictObject({
    withinDays: z.coerce
      .number('is a number')
      .int('is a whole number')
      .min(0, 'is at least 0')
      .max(365, 'is at most 365')
      .default(7),
    limit: limitOf(100, 100),
    cursor: CURSOR_OF_ID.optional(),
  }),
  answer: z.strictObject({
    users: z.array(z.strictObject({ userId: ID, validUntil: TIME.nullable() })),
    nextCursor: NEXT_IF,
  }),
});
