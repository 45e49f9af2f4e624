import { z } from 'zod';
import { CHANGE_ENDPOINT, CREATE_ENDPOINT } from '../../webhooks-out/endpoints.ts';
import { command, question } from '../route.ts';
import { TIME } from './shapes.ts';

const tag = 'Webhooks out';
/** Who is told and by which secret is an administrator's. */
const ADMINS = ['admin'] as const;
const READERS = ['operator', 'admin'] as const;
const ENDPOINT = z
  .strictObject({
    id: z.uuid(),
    url: z.string(),
    createdBy: z.string(),
    createdAt: TIME,
    previousUntil: TIME.nullable(),
  })
  .meta({ id: 'WebhookEndpoint' });
const SECRET = z
  .string()
  .nullable()
  .meta({ description: 'Shown now and never again; null where a request is repeated.' });
const DELIVERY = z.strictObject({
  eventId: z.uuid(),
  type: z.string(),
  paymentId: z.uuid().nullable(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  tries: z.int(),
  error: z.string().nullable(),
  createdAt: TIME,
});

export const LIST_ENDPOINTS = question({
  ...{ id: 'listWebhookEndpoints', method: 'get', path: '/webhook-endpoints', tag, roles: READERS },
  summary: 'Who is told of payments',
  answer: z.strictObject({ endpoints: z.array(ENDPOINT) }),
});
export const LIST_DELIVERIES = question({
  ...{ id: 'listWebhookDeliveries', method: 'get', path: '/webhook-endpoints/{id}/deliveries', tag, roles: READERS },
  summary: 'What was told to one of them, newest first',
  answer: z.strictObject({ deliveries: z.array(DELIVERY) }),
});
export const MAKE_ENDPOINT = command({
  ...{ id: 'createWebhookEndpoint', method: 'post', path: '/webhook-endpoints', tag, roles: ADMINS, status: 201 },
  summary: 'Tell an address of payments from now on',
  body: CREATE_ENDPOINT,
  answer: ENDPOINT.extend({ secret: SECRET }).meta({ id: 'NewWebhookEndpoint' }),
  plan: ['url'],
});
export const ROTATE_ENDPOINT = command({
  ...{
    id: 'rotateWebhookEndpoint',
    method: 'post',
    path: '/webhook-endpoints/{id}/rotate',
    tag,
    roles: ADMINS,
    status: 200,
  },
  summary: 'Give an endpoint another secret; the one before signs as well for a day',
  body: CHANGE_ENDPOINT,
  answer: ENDPOINT.extend({ secret: SECRET }).meta({ id: 'RotatedWebhookEndpoint' }),
  plan: ['id', 'url'],
});
export const TEST_ENDPOINT = command({
  ...{
    id: 'testWebhookEndpoint',
    method: 'post',
    path: '/webhook-endpoints/{id}/test',
    tag,
    roles: ADMINS,
    status: 201,
  },
  summary: 'Send an endpoint an event that tells of nothing',
  body: CHANGE_ENDPOINT,
  answer: z.strictObject({ id: z.uuid(), eventId: z.uuid() }),
  plan: ['id'],
});
export const REMOVE_ENDPOINT = command({
  ...{
    id: 'removeWebhookEndpoint',
    method: 'delete',
    path: '/webhook-endpoints/{id}',
    tag,
    roles: ADMINS,
    status: 200,
  },
  summary: 'Tell an endpoint nothing more',
  body: CHANGE_ENDPOINT,
  answer: z.strictObject({ id: z.uuid() }),
  plan: ['id'],
});
export const RESEND_EVENT = command({
  ...{
    id: 'resendWebhookEvent',
    method: 'post',
    path: '/webhook-events/{id}/resend',
    tag,
    roles: READERS,
    status: 200,
  },
  summary: 'Send one event again, under the same id',
  body: CHANGE_ENDPOINT,
  answer: z.strictObject({ endpoints: z.int() }),
  plan: ['endpoints'],
});
