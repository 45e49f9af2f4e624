import { z } from 'zod';
import { ADMINISTRATORS, ROLES } from '../../people/roles.ts';
import { RECOVER as RECOVERING } from '../../recovery/terms.ts';
import { command, question } from './declare.ts';
import { ID } from './shapes.ts';

const tag = 'Recovery';
const STATE = z.enum(['clear', 'needed']);
const REPORT = z
  .strictObject({
    state: STATE,
    sentence: z.string(),
    adopted: z.array(z.strictObject({ act: z.string(), what: z.string(), paymentId: ID.nullable(), kind: z.string() })),
    left: z.array(z.strictObject({ act: z.string(), what: z.string() })),
    waiting: z.int(),
    troubles: z.array(z.strictObject({ paymentId: ID, why: z.string() })),
    pending: z.int(),
  })
  .meta({ id: 'RecoveryReport' });

export const GET_RECOVERY = question({
  ...{ id: 'getRecovery', method: 'get', path: '/recovery', tag, roles: ROLES },
  summary: 'Whether money is off because the outside knows acts of ours that this database does not',
  answer: z.strictObject({ state: STATE, sentence: z.string() }),
});
export const RECOVER = command({
  ...{ id: 'recover', method: 'post', path: '/recovery', tag, roles: ADMINISTRATORS, status: 200 },
  summary: 'Rebuild what a restored backup lost; sends nothing, and its second run finds what the first left',
  body: RECOVERING,
  answer: REPORT,
  plan: REPORT,
});
