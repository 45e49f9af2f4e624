import { z } from 'zod';
import { FEE_KINDS } from '../../payment/split.ts';
import { RELEASE_POLICIES } from '../../payment/states.ts';
import { COMMANDERS, ROLES } from '../../people/roles.ts';
import { STANDING_TERMS, STOP_TERMS } from '../../people/terms.ts';
import { command, question } from './declare.ts';
import { ID, limitOf, NEXT_IF, numbered, PESOS_TEXT, TIME } from './shapes.ts';

const tag = 'Standing terms';
const path = '/users/{id}/standing-terms';
const ACCOUNT = z.strictObject({ clabe: z.string(), legalName: z.string() });
const VERSION = z
  .strictObject({
    id: ID,
    version: z.int(),
    isActive: z.boolean(),
    recipientId: ID,
    payout: ACCOUNT.nullable(),
    refund: ACCOUNT.nullable(),
    custodyBasisPoints: z.int(),
    custodySeconds: z.int(),
    release: z.enum(RELEASE_POLICIES),
    fees: z.array(
      z.strictObject({
        kind: z.enum(FEE_KINDS),
        basisPoints: z.int().nullable(),
        amount: PESOS_TEXT.nullable(),
        payout: ACCOUNT.nullable(),
      }),
    ),
    concept: z.string(),
    minimum: PESOS_TEXT,
    maximum: PESOS_TEXT,
    createdAt: TIME,
  })
  .meta({ id: 'StandingTerms' });
const CHANGED = z.strictObject({ userId: ID, version: z.int() });

export const LIST_STANDING_TERMS = question({
  ...{ id: 'listStandingTerms', method: 'get', path, tag, roles: ROLES },
  summary: 'What a deposit that nobody asked for becomes: every version, newest first',
  query: z.strictObject({ limit: limitOf(100, 100), cursor: numbered('v').optional() }),
  answer: z.strictObject({ versions: z.array(VERSION), nextCursor: NEXT_IF }),
});
export const SET_STANDING_TERMS = command({
  ...{ id: 'setStandingTerms', method: 'put', path, tag, roles: COMMANDERS, status: 200 },
  summary: 'A new version, in force from now on',
  body: STANDING_TERMS,
  answer: z.strictObject({ id: ID, ...CHANGED.shape }),
  plan: CHANGED,
});
export const STOP_STANDING_TERMS = command({
  ...{ id: 'stopStandingTerms', method: 'delete', path, tag, roles: COMMANDERS, status: 200 },
  summary: 'End the version in force: what comes unasked waits in suspense from now on',
  body: STOP_TERMS,
  answer: CHANGED,
  plan: CHANGED,
});
