import { z } from 'zod';
import { CHANGE_CAP as CHANGING } from '../../guards/caps.ts';
import { CAP_NAMES } from '../../guards/limit.ts';
import { ROLES } from '../../people/roles.ts';
import { GIVEN_REASON } from '../../people/words.ts';
import { COMMANDERS, ON_DUTY } from '../auth.ts';
import { command, question } from '../route.ts';
import { NEEDS, PESOS_TEXT, TIME } from './shapes.ts';

const tag = 'Guards';
const WORD = z.strictObject({ reason: GIVEN_REASON });
const SWITCH = z
  .strictObject({
    name: z.string(),
    isStopped: z.boolean(),
    reason: z.string().nullable(),
    changedBy: z.string().nullable(),
    changedAt: TIME,
  })
  .meta({ id: 'Switch' });
const CAP = z
  .strictObject({
    name: z.enum(CAP_NAMES),
    limit: z.string(),
    limitPesos: PESOS_TEXT.nullable().meta({ description: 'Null where no rate says what it is: then it is closed.' }),
    usedToday: PESOS_TEXT.nullable(),
    usedByUser: z.array(z.strictObject({ userId: z.uuid(), usedToday: PESOS_TEXT })),
    changedBy: z.string().nullable(),
    changedAt: TIME.nullable(),
  })
  .meta({ id: 'Cap' });

export const LIST_GUARDS = question({
  ...{ id: 'listGuards', method: 'get', path: '/guards', tag, roles: ROLES },
  summary: 'Every kill switch, and each cap with what is used of it today',
  answer: z.strictObject({ switches: z.array(SWITCH), caps: z.array(CAP) }),
});
export const GET_SWITCH = question({
  ...{ id: 'getSwitch', method: 'get', path: '/guards/switches/{name}', tag, roles: ROLES },
  summary: 'One kill switch: all, recovery, rail:…, wallet:…, contract:… or user:…',
  answer: SWITCH,
});
export const STOP_SWITCH = command({
  ...{ id: 'stopSwitch', method: 'put', path: '/guards/switches/{name}/stop', tag, roles: ON_DUTY, status: 200 },
  summary: 'Throw a kill switch, at once',
  body: WORD,
  answer: z.strictObject({ name: z.string(), isStopped: z.literal(true) }),
  plan: ['name', 'isStopped'],
});
export const OPEN_SWITCH = command({
  ...{ id: 'openSwitch', method: 'post', path: '/guards/switches/{name}/open', tag, roles: COMMANDERS, status: 201 },
  summary: 'Propose to open a kill switch; a second person opens it',
  body: WORD,
  answer: z.strictObject({ name: z.string(), proposal: z.uuid(), needs: NEEDS }),
  plan: ['name', 'needs'],
});
export const CHANGE_CAP = command({
  ...{ id: 'changeCap', method: 'put', path: '/guards/caps/{name}', tag, roles: ON_DUTY, status: 200 },
  summary: 'Lower a cap, at once, or propose to raise it',
  body: CHANGING.extend({ reason: GIVEN_REASON }),
  answer: z.strictObject({
    name: z.enum(CAP_NAMES),
    limit: z.string(),
    proposal: z.uuid().nullable(),
    needs: NEEDS.nullable(),
  }),
  plan: ['name', 'limit', 'needs'],
});
