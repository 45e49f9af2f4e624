/** What people say of an effect. */
import { z } from 'zod';

export const RESOLVE_HOW = z.discriminatedUnion('as', [
  z.strictObject({
    as: z.literal('happened'),
    externalId: z.string('is Juno’s or Bitso’s id of it').trim().min(1, 'is empty').max(100, 'is too long'),
  }),
  z.strictObject({ as: z.literal('not_happened') }),
]);
