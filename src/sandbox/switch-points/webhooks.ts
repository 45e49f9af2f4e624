import { choice, whole } from './point.ts';

/** Webhooks out. */
export const WEBHOOK_POINTS = {
  webhookCreatedStatus: choice('J/webhooks', 'the HTTP status of the answer', 201, 200),
  webhookDuplicate: choice(
    'P/managing-webhook-subscriptions',
    'a second one; that page refuses one of the same event type',
    'refuse_same_url',
    'refuse_same_event',
    'allow',
  ),
  webhooksListBody: choice('P/managing-webhook-subscriptions', 'the body of the list', 'webhooks', 'payload'),
  webhookShape: choice(
    'J/webhooks',
    'the payload example is cut; clients expect one of these three',
    'event_payload',
    'type_data',
    'funding_withdrawal',
  ),
  webhookEvent: choice('J/webhooks', 'the case of `event`', 'TRANSACTION', 'transaction'),
  webhookSigned: choice('J/webhooks', 'whether Juno signs as P/webhook-event-signatures says', false, true),
  webhookKeysBody: choice(
    'P/webhook-event-signatures',
    'whether the array of keys is in an envelope',
    'bare',
    'payload',
  ),
  webhookAttempts: whole('P/webhooks-overview', 'how often it is tried', [1, 20], 5, 1),
  webhookBackoff_ms: whole('P/webhooks-overview', 'the pause before the second try', [1, 600_000], 250, 1_000),
};
