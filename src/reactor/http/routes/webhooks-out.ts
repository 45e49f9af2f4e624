import { z } from 'zod';
import { ADMINISTRATORS, COMMANDERS } from '../../people/roles.ts';
import { CREATE_ENDPOINT, ROTATE } from '../../webhooks-out/terms.ts';
import { command, question } from './declare.ts';
import { ID, limitOf, NEXT_IF, numbered, TIME, WORD } from './shapes.ts';

const tag = 'Webhooks out';
const ENDPOINT = z
  .strictObject({
    id: ID,
    url: z.string(),
    createdBy: z.string(),
    createdAt: TIME,
    previousUntil: TIME.nullable().meta({ description: 'Until when the secret before signs as well.' }),
  })
  .meta({ id: 'WebhookEndpoint' });
const SECRET = z
  .string()
  .nullable()
  .meta({ description: 'Shown now and never again; null where a request is repeated.' });
const STATE = z.enum(['waiting', 'delivered', 'failed'], 'is waiting, delivered or failed');
const DELIVERY = z.strictObject({
  eventId: ID,
  type: z.string(),
  paymentId: ID.nullable(),
  state: STATE,
  tries: z.int(),
  error: z.string().nullable(),
  createdAt: TIME,
});

const MADE = ENDPOINT.extend({ secret: SECRET }).meta({ id: 'NewWebhookEndpoint' });
const SENT = z.strictObject({ id: ID, eventId: ID });
const REMOVED = z.strictObject({ id: ID });
const RESENT = z.strictObject({ endpoints: z.int() });

export const LIST_ENDPOINTS = question({
  ...{ id: 'listWebhookEndpoints', method: 'get', path: '/webhook-endpoints', tag, roles: COMMANDERS },
  summary: 'Who is told of payments',
  answer: z.strictObject({ endpoints: z.array(ENDPOINT) }),
});
export const LIST_DELIVERIES = question({
  ...{ id: 'listWebhookDeliveries', method: 'get', path: '/webhook-endpoints/{id}/deliveries', tag, roles: COMMANDERS },
  summary: 'What was told to one of them, newest first',
  query: z.strictObject({ state: STATE.optional(), limit: limitOf(100, 200), cursor: numbered('d').optional() }),
  answer: z.strictObject({ deliveries: z.array(DELIVERY), nextCursor: NEXT_IF }),
});
export const MAKE_ENDPOINT = command({
  ...{
    id: 'createWebhookEndpoint',
    method: 'post',
    path: '/webhook-endpoints',
    tag,
    roles: ADMINISTRATORS,
    status: 201,
  },
  summary: 'Tell an address of payments from now on',
  body: CREATE_ENDPOINT,
  answer: MADE,
  plan: MADE.pick({ url: true }),
});
export const ROTATE_ENDPOINT = command({
  ...{
    id: 'rotateWebhookEndpoint',
    method: 'post',
    path: '/webhook-endpoints/{id}/rotate',
    tag,
    roles: ADMINISTRATORS,
    status: 200,
  },
  summary: 'Give an endpoint another secret; the one before signs as well for a day, or with `now` no more',
  body: ROTATE,
  answer: MADE,
  plan: MADE.pick({ id: true, url: true, previousUntil: true }),
});
export const TEST_ENDPOINT = command({
  ...{
    id: 'testWebhookEndpoint',
    method: 'post',
    path: '/webhook-endpoints/{id}/test',
    tag,
    roles: ADMINISTRATORS,
    status: 201,
  },
  summary: 'Send an endpoint an event that tells of nothing',
  body: WORD,
  answer: SENT,
  plan: SENT.pick({ id: true }),
});
export const REMOVE_ENDPOINT = command({
  ...{
    id: 'removeWebhookEndpoint',
    method: 'delete',
    path: '/webhook-endpoints/{id}',
    tag,
    roles: ADMINISTRATORS,
    status: 200,
  },
  summary: 'Tell an endpoint nothing more',
  body: WORD,
  answer: REMOVED,
  plan: REMOVED,
});
export const RESEND_EVENT = command({
  ...{
    id: 'resendWebhookEvent',
    method: 'post',
    path: '/webhook-events/{id}/resend',
    tag,
    roles: COMMANDERS,
    status: 200,
  },
  summary: 'Send one event again, under the same id',
  body: WORD,
  answer: RESENT,
  plan: RESENT,
});
