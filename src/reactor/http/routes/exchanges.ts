import { z } from 'zod';
import { LEG_KINDS } from '../../payment/states.ts';
import { ROLES } from '../../people/roles.ts';
import { question } from './declare.ts';
import { PESOS_TEXT, TIME } from './shapes.ts';

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

export const LIST_RECEIPTS = question({
  ...{ id: 'listReceipts', method: 'get', path: '/payments/{id}/receipts', tag: 'Payments', roles: ROLES },
  summary: 'The SPEI orders that a payment came by and was paid by: what Banxico’s receipt (CEP) is looked up with',
  answer: z.strictObject({
    receipts: z.array(
      z.strictObject({
        direction: z.enum(['in', 'out', 'returned']),
        by: z.enum(['juno', 'bitso', 'hand']),
        kind: z.enum(LEG_KINDS).nullable(),
        amount: PESOS_TEXT,
        at: TIME.nullable(),
        trackingKey: z.string().nullable(),
        sendingBank: z.string().nullable(),
        receivingBank: z.string().nullable(),
        account: z.string().meta({ description: 'Of whoever was paid: whole for those who may give commands.' }),
        legalName: z.string().nullable(),
        cepLink: z.string().nullable().meta({
          description: 'Banxico’s own link, where the provider named it: for those who may give commands.',
        }),
      }),
    ),
  }),
});
