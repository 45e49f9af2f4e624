import { z } from 'zod';
import { ROLES } from '../../people/roles.ts';
import { question } from './declare.ts';
import { PAYMENT } from './payments.ts';

/** By what of it a payment was found. */
export const FOUND_BY = [
  'id',
  'number',
  'clabe',
  'amount',
  'email',
  'transaction',
  'reference',
  'tracking_key',
  'juno',
] as const;

export const SEARCH = question({
  ...{ id: 'search', method: 'get', path: '/search', tag: 'Payments', roles: ROLES },
  summary:
    'Payments by whatever is known of them: id, number, CLABE or its last four digits, amount, e-mail, transaction hash, tracking key, Juno’s id',
  query: z.strictObject({
    q: z.string('is missing').trim().min(1, 'is empty').max(120, 'has more than 120 characters'),
  }),
  answer: z.strictObject({
    found: z.array(z.strictObject({ by: z.enum(FOUND_BY), payment: PAYMENT })).meta({
      description: 'At most 20, the newest. Whole CLABEs and e-mails find something for those who may read them.',
    }),
  }),
});
