import { z } from 'zod';
import { EFFECT_KINDS, EFFECT_STATES } from '../../effects/states.ts';
import { RESOLVE_HOW } from '../../effects/terms.ts';
import { COMMANDERS, ROLES } from '../../people/roles.ts';
import { GIVEN_REASON, REASON } from '../../people/words.ts';
import { CLEAR_NONCE_HOW } from '../../wallet/terms.ts';
import { command, question } from './declare.ts';
import { PROPOSAL } from './proposals.ts';
import { MONEY } from './proposed-money.ts';
import { BY_ID, CURSOR_OF_ID, ID, LIMIT, NEXT, TIME } from './shapes.ts';

const tag = 'Effects';
const FAILURE = z.strictObject({ code: z.string(), text: z.string() }).meta({ id: 'Failure' });
const EFFECT = z
  .strictObject({
    id: ID,
    kind: z.enum(EFFECT_KINDS),
    subject: z.string(),
    paymentId: ID.nullable(),
    attempt: z.int(),
    state: z.enum(EFFECT_STATES),
    amount: z.string(),
    sends: z.int(),
    firstSentAt: TIME.nullable(),
    externalId: z.string().nullable(),
    failures: z.int(),
    error: FAILURE.nullable(),
    isNextAllowed: z.boolean(),
    createdAt: TIME,
  })
  .meta({ id: 'Effect' });
const SHOWN = z
  .strictObject({
    ...EFFECT.shape,
    key: z.string(),
    history: z.array(
      z.strictObject({
        at: TIME,
        from: z.enum(EFFECT_STATES).nullable(),
        to: z.enum(EFFECT_STATES),
        error: FAILURE.nullable(),
      }),
    ),
    proposals: z.array(PROPOSAL),
  })
  .meta({ id: 'EffectWithHistory' });

export const LIST_EFFECTS = question({
  ...{ id: 'listEffects', method: 'get', path: '/effects', tag, roles: ROLES },
  summary: 'What was sent to Juno and Bitso and is in a state, newest first: that whose answer was lost unless told',
  query: z.strictObject({
    limit: LIMIT,
    cursor: CURSOR_OF_ID.optional(),
    state: z.enum(EFFECT_STATES, 'is not a state of an effect').default('unknown'),
  }),
  answer: z.strictObject({ effects: z.array(EFFECT), nextCursor: NEXT }),
});
export const GET_EFFECT = question({
  ...{ id: 'getEffect', method: 'get', path: '/effects/{id}', tag, roles: ROLES },
  summary: 'One of them, with all that happened to it',
  answer: SHOWN,
});
export const LOOK_AT_EFFECT = command({
  ...{ id: 'lookAtEffect', method: 'post', path: '/effects/{id}/look', tag, roles: COMMANDERS, status: 200 },
  summary: 'Look now for what became of it; nothing is sent',
  body: z.strictObject({ reason: REASON }),
  answer: SHOWN,
});
export const PROPOSE_FOR_EFFECT = command({
  ...{ id: 'proposeForEffect', method: 'post', path: '/effects/{id}/proposals', tag, roles: COMMANDERS, status: 201 },
  proposes: true,
  summary:
    'Propose what two people may decide of it: what became of it, another attempt, or that its nonce is given up',
  body: z.discriminatedUnion('do', [
    z.strictObject({ do: z.literal('resolve'), how: RESOLVE_HOW, reason: GIVEN_REASON }),
    z.strictObject({ do: z.literal('allow-attempt'), reason: GIVEN_REASON }),
    z.strictObject({ do: z.literal('clear-nonce'), how: CLEAR_NONCE_HOW, reason: GIVEN_REASON }),
  ]),
  answer: BY_ID,
  plan: z.strictObject({
    ...EFFECT.pick({ id: true, kind: true, attempt: true, amount: true, error: true }).shape,
    money: MONEY,
  }),
});
