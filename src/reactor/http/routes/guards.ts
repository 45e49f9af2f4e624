import { z } from 'zod';
import { CAP_NAMES } from '../../guards/limit.ts';
import { CHANGE_CAP as CHANGING } from '../../guards/terms.ts';
import { COMMANDERS, ON_DUTY, ROLES } from '../../people/roles.ts';
import { GIVEN_REASON } from '../../people/words.ts';
import { command, question } from './declare.ts';
import { ID, NEEDS, NEXT_IF, PESOS_TEXT, TIME, WORD } from './shapes.ts';

const tag = 'Guards';
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
    usedByUser: z.array(z.strictObject({ userId: ID, usedToday: PESOS_TEXT })),
    changedBy: z.string().nullable(),
    changedAt: TIME.nullable(),
  })
  .meta({ id: 'Cap' });
const STOPPED = z.strictObject({ name: z.string(), isStopped: z.literal(true) });
/** Before it is thrown: what it would keep where it is, and what goes on. */
const FORESEEN = STOPPED.extend({
  waits: z
    .strictObject({ payments: z.int(), legs: z.int(), amount: PESOS_TEXT })
    .nullable()
    .meta({ description: 'Open legs that have money; null where they were not counted in time.' }),
  goesOn: z.strictObject({ sent: z.int().nullable(), sentence: z.string() }),
});
const OPENING = z.strictObject({ name: z.string(), proposal: ID, needs: NEEDS });
const CHANGED = z.strictObject({
  name: z.enum(CAP_NAMES),
  limit: z.string(),
  proposal: ID.nullable(),
  needs: NEEDS.nullable(),
});

export const LIST_GUARDS = question({
  ...{ id: 'listGuards', method: 'get', path: '/guards', tag, roles: ROLES },
  summary: 'Every kill switch, and each cap with what is used of it today',
  query: z.strictObject({
    cursor: z
      .string()
      .regex(/^user:[0-9a-f-]{36}$/, 'is not the nextCursor of an earlier answer')
      .optional(),
  }),
  answer: z.strictObject({ switches: z.array(SWITCH), caps: z.array(CAP), nextCursor: NEXT_IF }),
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
  answer: STOPPED,
  plan: FORESEEN,
});
export const OPEN_SWITCH = command({
  ...{ id: 'openSwitch', method: 'post', path: '/guards/switches/{name}/open', tag, roles: COMMANDERS, status: 201 },
  proposes: true,
  summary: 'Propose to open a kill switch; a second person opens it',
  body: WORD,
  answer: OPENING,
  plan: OPENING.omit({ proposal: true }),
});
export const CHANGE_CAP = command({
  ...{ id: 'changeCap', method: 'put', path: '/guards/caps/{name}', tag, roles: ON_DUTY, status: 200 },
  summary: 'Lower a cap, at once, or propose to raise it',
  body: CHANGING.extend({ reason: GIVEN_REASON }),
  answer: CHANGED,
  plan: CHANGED.omit({ proposal: true }),
});
