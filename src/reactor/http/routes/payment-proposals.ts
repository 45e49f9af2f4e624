import { z } from 'zod';
import { LEG_KINDS, LEG_STATES, RAILS } from '../../payment/states.ts';
import { PAYMENT_TERMS } from '../../payment/terms.ts';
import { COMMANDERS } from '../../people/roles.ts';
import { GIVEN_REASON } from '../../people/words.ts';
import { NAME_TRANSFER_HOW, PLACES, REFUND_WHAT, SETTLE_HOW } from '../../replace/terms.ts';
import { command } from './declare.ts';
import { MONEY, PART } from './proposed-money.ts';
import { ID, PESOS_TEXT } from './shapes.ts';

const PAYOUT = PAYMENT_TERMS.shape.payout;
const LEG_ID = z.string('is the id of a leg');
const reason = GIVEN_REASON;

/** What each proposal would do, for whoever proposes and whoever approves. */
const REPAY = z.strictObject({
  ...PART.shape,
  moneyAt: z.enum(PLACES),
  rail: z.enum(RAILS),
  anotherHolder: z.boolean(),
  to: z.string(),
});
const SETTLE = z.strictObject({
  legId: ID,
  trackingKey: z.string(),
  cepLink: z.string(),
  moneyAt: z.enum(PLACES).optional(),
  stolen: z
    .strictObject({
      ...{ logId: z.string(), txHash: z.string(), blockNumber: z.string(), blockHash: z.string(), to: z.string() },
    })
    .optional(),
});
const NAME = z.strictObject({
  ...{ legId: ID, txHash: z.string(), logIndex: z.int(), to: z.string() },
  ...{ amount: PESOS_TEXT, isOurs: z.boolean() },
});
const REFUND = z.strictObject({
  parts: z.array(z.strictObject({ ...PART.shape, when: z.string() })),
  left: z.array(PART),
  to: z.string(),
});
const RELEASE = z.strictObject({
  ...{ legId: ID, kind: z.enum(LEG_KINDS), state: z.enum(LEG_STATES), amount: PESOS_TEXT },
});
const made = <S extends z.ZodRawShape>({ shape }: z.ZodObject<S>) => z.strictObject({ id: ID, ...shape });
/** The same with the money that it moves, before it is proposed. */
const seen = <S extends z.ZodRawShape>({ shape }: z.ZodObject<S>) => z.strictObject({ ...shape, money: MONEY });
/** The same with the id of what was proposed, by what is to be done. */
export const PROPOSED = {
  repay: made(REPAY),
  'settle-outside': made(SETTLE),
  'name-transfer': made(NAME),
  refund: made(REFUND),
  release: made(RELEASE),
};

export const PROPOSE_FOR_PAYMENT = command({
  ...{ id: 'proposeForPayment', method: 'post', path: '/payments/{id}/proposals', tag: 'Payments' },
  ...{ roles: COMMANDERS, status: 201, proposes: true },
  summary:
    'Propose what two people may do with its money: pay a leg otherwise, record a payment by hand, refund, release',
  body: z.discriminatedUnion('do', [
    z.strictObject({
      do: z.literal('repay'),
      legId: LEG_ID,
      payout: PAYOUT,
      moneyAt: z.enum(PLACES, 'is juno or bitso').optional(),
      anotherHolder: z.literal(true, 'is true, or left out').optional(),
      reason,
    }),
    z.strictObject({ do: z.literal('settle-outside'), legId: LEG_ID, how: SETTLE_HOW, reason }),
    z.strictObject({ do: z.literal('name-transfer'), legId: LEG_ID, how: NAME_TRANSFER_HOW, reason }),
    z.strictObject({
      do: z.literal('refund'),
      what: z.enum(REFUND_WHAT, 'is full or custody'),
      payout: PAYOUT.omit({ rail: true }),
      reason,
    }),
    z.strictObject({ do: z.literal('release'), reason }),
  ]),
  answer: z.union([
    PROPOSED.repay,
    PROPOSED['settle-outside'],
    PROPOSED['name-transfer'],
    PROPOSED.refund,
    PROPOSED.release,
  ]),
  plan: z.union([seen(REPAY), seen(SETTLE), seen(NAME), seen(REFUND), seen(RELEASE)]),
});
