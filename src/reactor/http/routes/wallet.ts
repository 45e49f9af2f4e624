import { z } from 'zod';
import { EFFECT_KINDS } from '../../effects/states.ts';
import { LEG_STATES } from '../../payment/states.ts';
import { COMMANDERS, ROLES } from '../../people/roles.ts';
import { GIVEN_REASON } from '../../people/words.ts';
import { CARRY_OVER_HOW } from '../../wallet/terms.ts';
import { command, question } from './declare.ts';
import { ID, LIMIT, NEXT_IF, numbered, TIME } from './shapes.ts';

const tag = 'Wallet';
const UNITS = z.string().meta({ description: 'As “1500.00 MXNB”.' });
const CARRIED = z.strictObject({
  wallet: z.string(),
  to: z.string(),
  legs: z.array(ID),
  lies: UNITS,
  brought: UNITS,
  before: UNITS,
});
const DECIMAL = z.string().regex(/^\d+$/);

export const LIST_NONCES = question({
  ...{ id: 'listNonces', method: 'get', path: '/wallet/nonces', tag, roles: ROLES },
  summary: 'Nonces of the bridge wallet that another transaction used, as the chain has them now, the lowest first',
  query: z.strictObject({ limit: LIMIT, cursor: numbered('n').optional() }),
  answer: z.strictObject({
    nonces: z.array(
      z.strictObject({
        nonce: z.int(),
        effectId: ID,
        paymentId: ID.nullable(),
        kind: z.enum(EFFECT_KINDS),
        ours: z.array(z.string()),
        takenBy: z
          .strictObject({
            hash: z.string(),
            to: z.string().nullable(),
            blockNumber: DECIMAL,
            minedAt: TIME,
            depth: DECIMAL,
          })
          .nullable(),
        problem: z.string().nullable().meta({ description: 'Why it may not be cleared now; null where it may.' }),
      }),
    ),
    nextCursor: NEXT_IF,
  }),
});
export const LIST_FORMER_WALLETS = question({
  ...{ id: 'listFormerWallets', method: 'get', path: '/wallet/former', tag, roles: ROLES },
  summary: 'What lies in bridge wallets of before, by the books',
  answer: z.strictObject({
    bridge: z.string(),
    former: z.array(
      z.strictObject({
        wallet: z.string(),
        legs: z.array(z.strictObject({ legId: ID, paymentId: ID, state: z.enum(LEG_STATES), amount: UNITS })),
        amount: UNITS,
      }),
    ),
  }),
});
export const LIST_TRANSACTIONS = question({
  ...{ id: 'listWalletTransactions', method: 'get', path: '/wallet/transactions', tag, roles: ROLES },
  summary: 'The lane of the bridge wallet: its newest transactions, those in no block first',
  query: z.strictObject({ limit: LIMIT }),
  answer: z.strictObject({
    wallet: z.string(),
    transactions: z.array(
      z.strictObject({
        hash: z.string(),
        nonce: z.int(),
        version: z.int().meta({ description: '0, rising with each replacement at the same nonce.' }),
        isNoop: z.boolean(),
        effectId: ID,
        kind: z.enum(EFFECT_KINDS),
        paymentId: ID.nullable(),
        signedAt: TIME,
        lastBroadcastAt: TIME.nullable(),
        minedBlock: DECIMAL.nullable(),
        succeeded: z.boolean().nullable().meta({ description: 'Null until it is as final as its policy asks.' }),
      }),
    ),
  }),
});
export const CARRY_OVER = command({
  ...{ id: 'proposeCarryOver', method: 'post', path: '/wallet/former/{wallet}/proposals', tag },
  ...{ roles: COMMANDERS, status: 201, proposes: true },
  summary: 'Propose to record that what lay in a bridge wallet of before lies in today’s',
  body: z.strictObject({ do: z.literal('carry-over'), how: CARRY_OVER_HOW, reason: GIVEN_REASON }),
  answer: z.strictObject({ id: ID, ...CARRIED.shape }),
  plan: CARRIED,
});
