/** What people say when a backup was restored. */
import { z } from 'zod';
import { GIVEN_REASON } from '../people/words.ts';

export const RECOVER = z.strictObject({
  reason: GIVEN_REASON,
  notOurs: z
    .array(z.string().trim().min(1, 'is empty').max(100, 'is too long'))
    .max(100, 'are too many at once')
    .default([]),
  clabes: z
    .array(
      z.strictObject({ clabe: z.string().regex(/^\d{18}$/, 'has 18 digits'), userId: z.uuid('is the id of a user') }),
    )
    .max(100, 'are too many at once')
    .default([]),
});
