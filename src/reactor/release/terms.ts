/** What people ask of the release of a payment. */
import { z } from 'zod';
import { PARTIES } from '../payment/states.ts';
import { GIVEN_REASON, REASON } from '../people/words.ts';

export const PARTY = z.enum(PARTIES, 'is payer or recipient');

export const APPROVE = z.strictObject({
  party: PARTY,
  userId: z.uuid('is not the id of a user'),
  reason: REASON,
});

export const WITHDRAW = z.strictObject({ reason: GIVEN_REASON });

export const MAKE_LINK = z.strictObject({ party: PARTY, reason: REASON });

export const REVOKE_LINK = z.strictObject({ reason: GIVEN_REASON });

/** In a body and never in a path: what stands in a path stands in logs. */
export const USE_LINK = z.strictObject({ token: z.string('is missing').max(200, 'is no token of a link') });
