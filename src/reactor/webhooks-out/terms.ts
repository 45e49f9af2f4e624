/** What is asked of the endpoints that are told of payments. */
import { z } from 'zod';
import { GIVEN_REASON } from '../people/words.ts';

export const CREATE_ENDPOINT = z.strictObject({
  url: z.string('is missing').max(500, 'is too long'),
  reason: GIVEN_REASON,
});
