import { z } from 'zod';
import { optionalText, textual } from './json.ts';

export type JunoSubscription = Readonly<{
  id: string | null;
  callbackUrl: string;
  /** Lower case; null where the answer names none. */
  event: string | null;
}>;

const ITEMS = z.array(
  z.object({ id: optionalText, callback_url: textual, event: optionalText }).transform(
    ({ id, callback_url, event }): JunoSubscription => ({
      id,
      callbackUrl: callback_url,
      event: event?.toLowerCase() ?? null,
    }),
  ),
);

/** Subscriptions come in an envelope of their own, without `success` (J/webhooks); the usual one, and none, are read, too. */
export const subscriptionsSchema = z.union([
  z.object({ webhooks: ITEMS }).transform(({ webhooks }) => webhooks),
  z.object({ payload: ITEMS }).transform(({ payload }) => payload),
  ITEMS,
]);
