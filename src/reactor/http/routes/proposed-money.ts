/** The money that a proposal moves, as whoever proposes and whoever approves sees it. */
import { z } from 'zod';
import { LEG_KINDS, LEG_STATES } from '../../payment/states.ts';
import { ID, PESOS_TEXT } from './shapes.ts';

/** A leg, and how much it is over. */
export const PART = z
  .strictObject({ legId: ID, kind: z.enum(LEG_KINDS), state: z.enum(LEG_STATES), amount: PESOS_TEXT })
  .meta({ id: 'Part' });
const ACCOUNT = z
  .strictObject({ clabe: z.string(), legalName: z.string() })
  .meta({ description: 'Whole for those who may give commands or approve; masked for others.' });
/** The money that it is about, as it stands when it is asked for. */
export const MONEY = z.strictObject({
  payments: z.array(z.strictObject({ id: ID, number: z.int() })),
  parts: z.array(z.strictObject({ ...PART.shape, account: ACCOUNT })).meta({ description: 'Whom each pays as it is.' }),
  accounts: z.array(ACCOUNT).meta({ description: 'Whom it would pay instead, or besides.' }),
});
