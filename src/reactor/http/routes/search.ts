import { z } from 'zod';
import { ROLES } from '../../people/roles.ts';
import { question } from './declare.ts';
import { PAYMENT } from './payments.ts';
import { PESOS_TEXT, TIME } from './shapes.ts';
import { USER_LINE } from './users.ts';

/** By what of it a payment was found. */
export const FOUND_BY = [
  'id',
  'number',
  'clabe',
  'amount',
  'part',
  'email',
  'transaction',
  'reference',
  'tracking_key',
  'juno',
  'concept',
] as const;

export const SEARCH = question({
  ...{ id: 'search', method: 'get', path: '/search', tag: 'Payments', roles: ROLES },
  summary:
    'Payments by whatever is known of them: id (or its first eight digits), number, CLABE or its last 4 to 8 digits, amount (of it or of a part), e-mail, transaction hash, tracking key, Juno’s ids, words of its concept; deposits in suspense by the same; people by id, name, e-mail or CLABE',
  query: z.strictObject({
    q: z.string('is missing').trim().min(1, 'is empty').max(120, 'has more than 120 characters'),
  }),
  answer: z.strictObject({
    found: z.array(z.strictObject({ by: z.enum(FOUND_BY), payment: PAYMENT })).meta({
      description:
        'At most 20, the newest. Names, e-mails and more of a CLABE than its last four digits find something for those who may read them.',
    }),
    suspense: z
      .array(
        z.strictObject({
          by: z.enum(FOUND_BY),
          id: z.string(),
          amount: PESOS_TEXT,
          reason: z.string(),
          depositClabe: z.string(),
          openedAt: TIME,
        }),
      )
      .meta({ description: 'At most 10 of those that wait, the newest.' }),
    people: z.array(USER_LINE).meta({ description: 'At most 10, the newest.' }),
  }),
});
