/** What is asked of the endpoints that are told of payments. */
import { z } from 'zod';
import { GIVEN_REASON } from '../people/words.ts';

export const CREATE_ENDPOINT = z.strictObject({
  url: z.string('is missing').max(500, 'is too long'),
  reason: GIVEN_REASON,
});

export const ROTATE = z.strictObject({
  now: z.boolean('is true or false').default(false).meta({
    description:
      'Whether the secret of until now signs nothing more from now on, as one that leaked; else it signs for a day.',
  }),
  reason: GIVEN_REASON,
});
