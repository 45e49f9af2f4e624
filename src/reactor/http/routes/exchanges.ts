import { z } from 'zod';
import { ROLES } from '../../people/roles.ts';
import { question } from './declare.ts';
import { TIME } from './shapes.ts';

export const LIST_EXCHANGES = question({
  ...{ id: 'listExchanges', method: 'get', path: '/payments/{id}/exchanges', tag: 'Payments', roles: ROLES },
  summary:
    'What was asked of Juno, Bitso and the chain for a payment, what they said, which webhooks named it and who was told, oldest first',
  answer: z.strictObject({
    lines: z.array(
      z.strictObject({
        at: TIME,
        source: z.enum(['request', 'answer', 'webhook_in', 'webhook_out']),
        about: z.string().meta({
          description: 'The kind of effect, the resource that was read, who sent the webhook, or the type of event.',
        }),
        status: z.string().nullable(),
        detail: z.record(z.string(), z.unknown()).meta({
          description: 'Names and whole CLABEs for those who may give commands; never a secret.',
        }),
      }),
    ),
    isAll: z.boolean(),
  }),
});
