import { z } from 'zod';
import { LEG_STATES } from '../../payment/states.ts';
import { COMMANDERS, ROLES } from '../../people/roles.ts';
import { GIVEN_REASON } from '../../people/words.ts';
import { command, question } from './declare.ts';
import { ID, limitOf, NEXT, TIME, WORD } from './shapes.ts';

const tag = 'Operations';
const MXNB_TEXT = z.string().meta({ description: 'As “1500.00 MXNB”.' });
const LOOKED = z.strictObject({
  payments: z.array(ID).meta({ description: 'Those that are looked at now, the longest in their state first.' }),
  isMore: z.boolean().meta({ description: 'There are others: ask again once these have moved.' }),
});
const ALLOWED = z.strictObject({ contract: z.string(), allowance: z.string() });

export const LOOK_AT_PAYMENTS = command({
  ...{ id: 'lookAtPayments', method: 'post', path: '/looks', tag, roles: COMMANDERS, status: 200 },
  summary:
    'Look now at payments, by their ids or by the states of their legs: each does what is its turn, and nothing that is not',
  body: z
    .strictObject({
      paymentIds: z.array(ID).min(1).max(100).optional(),
      states: z.array(z.enum(LEG_STATES)).min(1).optional(),
      reason: GIVEN_REASON,
    })
    .refine(
      ({ paymentIds, states }) => (paymentIds === undefined) !== (states === undefined),
      'takes paymentIds or states',
    ),
  answer: LOOKED,
  plan: LOOKED,
});
export const GET_BALANCES = question({
  ...{ id: 'getBalances', method: 'get', path: '/balances', tag, roles: ROLES },
  summary: 'What lies in each wallet, each escrow contract and at Juno, beside what the books say',
  answer: z.strictObject({
    accounts: z.array(
      z.strictObject({
        account: z.string(),
        address: z.string().nullable(),
        balance: z.string().meta({ description: 'As “1500.00 MXNB” or “0.05 ETH”.' }),
        booked: MXNB_TEXT.nullable().meta({
          description: 'By the books, what is under way included; null where they have no account of it.',
        }),
        posted: MXNB_TEXT.nullable().meta({ description: 'By the books, without what is under way.' }),
      }),
    ),
  }),
});
export const GET_TOKEN = question({
  ...{ id: 'getToken', method: 'get', path: '/token', tag, roles: ROLES },
  summary:
    'The MXNB token as the chain has it: what it is, what escrow contracts may take, and the newest transfers of ours',
  answer: z.strictObject({
    address: z.string(),
    symbol: z.string(),
    decimals: z.int(),
    bridge: z.string(),
    allowances: z.array(ALLOWED),
    transfers: z.array(
      z.strictObject({ txHash: z.string(), block: z.string(), from: z.string(), to: z.string(), amount: MXNB_TEXT }),
    ),
  }),
});
export const APPROVE_TOKEN = command({
  ...{ id: 'approveToken', method: 'post', path: '/token/approval', tag, roles: COMMANDERS, status: 200 },
  summary: 'Let the escrow contract take MXNB from the bridge wallet, where it may not yet: an effect like any other',
  body: WORD,
  answer: z.strictObject({ isRecorded: z.boolean(), ...ALLOWED.shape }),
  plan: ALLOWED,
});
const PROVED = z.strictObject({ isProved: z.boolean(), sentence: z.string() });
export const PROBE_JUNO = command({
  ...{ id: 'probeJuno', method: 'post', path: '/juno/probe', tag, roles: COMMANDERS, status: 200 },
  summary: 'Prove Juno’s deposit address by one peso of our own, where it is not proved yet',
  body: WORD,
  answer: z.strictObject({ state: z.enum(['proved', 'no_float', 'under_way', 'failed']), ...PROVED.shape }),
  plan: PROVED,
});
export const READ_JUNO = command({
  ...{ id: 'readJuno', method: 'post', path: '/juno/reading', tag, roles: COMMANDERS, status: 200 },
  summary: 'Read now what Juno and Bitso say happened, and join it to payments; it is read every few seconds anyway',
  body: WORD,
  answer: z.strictObject({ isRead: z.boolean().meta({ description: 'False where another reactor is reading now.' }) }),
  plan: z.strictObject({ lastReadAt: TIME.nullable().meta({ description: 'When all of it was last read.' }) }),
});
export const LIST_BANK_ACCOUNTS = question({
  ...{ id: 'listBankAccounts', method: 'get', path: '/juno/bank-accounts', tag, roles: ROLES },
  summary: 'The payout accounts that Juno knows, as it shows them now, in the order of their ids',
  query: z.strictObject({ limit: limitOf(100, 500), cursor: z.string().max(200).optional() }),
  answer: z.strictObject({
    accounts: z.array(z.strictObject({ id: z.string(), clabe: z.string(), legalName: z.string() })),
    nextCursor: NEXT,
  }),
});
