import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Context } from '../context.ts';
import { LEG_STATES, type LegState, RAILS } from '../payment/states.ts';

const MOST_MS = 2_000;
const COUNTED = z.object({ payments: z.int(), legs: z.int(), units: z.string(), sent: z.int() });

/** Before their escrow has the money: what a contract takes no more. */
const INTO_A_CONTRACT: readonly LegState[] = [
  'deposited',
  'withdrawing',
  'withdrawn',
  'creating',
  'created',
  'funding',
];
/** What the chain moves. */
const ON_CHAIN: readonly LegState[] = [...INTO_A_CONTRACT, 'in_custody', 'releasing', 'released', 'returning'];
const MONEYLESS: readonly LegState[] = ['requested'];

/** What a switch would keep where it is, and what goes on all the same; null where it is not counted in time. */
export type Foreseen = Readonly<{
  waits: Readonly<{ payments: number; legs: number; amount: string }> | null;
  goesOn: Readonly<{ sent: number | null; sentence: string }>;
}>;

const GOES_ON =
  'What was sent is looked for and followed to its end; deposits are read and booked. Nothing is lost, and what waits goes on by itself once two people opened it again.';

/** Counted now, of the legs that are open and have money. Asks nothing outside and changes nothing. */
export async function foreseeStop({ db, log }: Pick<Context, 'db' | 'log'>, name: string): Promise<Foreseen> {
  const [kind = '', which = ''] = name.split(/:(.*)/s);
  const states = (some: readonly LegState[]) => sql`l.state = ANY(${sql.param([...some])}::reactor.leg_state[])`;
  const concerned = ((): ReturnType<typeof sql> => {
    if (name === 'rail:chain' || kind === 'wallet') return states(ON_CHAIN);
    if (kind === 'contract') return states(INTO_A_CONTRACT);
    if (kind === 'user')
      return sql`l.payment_id IN (SELECT id FROM reactor.payment WHERE payer_id = ${which}::uuid
        UNION ALL SELECT id FROM reactor.payment WHERE recipient_id = ${which}::uuid)`;
    return RAILS.some((rail) => name === `rail:${rail}`) ? sql`l.rail::text = ${which}` : sql`true`;
  })();
  const withMoney = LEG_STATES.filter((state) => !MONEYLESS.includes(state));
  try {
    const { rows } = await db.transaction(async (tx) => {
      await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${MOST_MS}`));
      return tx.execute(sql`
        WITH waiting AS (SELECT l.payment_id, l.id, l.amount_centavos FROM reactor.leg l
          WHERE l.state NOT IN ('completed', 'replaced', 'expired', 'closed') AND ${states(withMoney)} AND ${concerned})
        SELECT count(DISTINCT payment_id)::int AS payments, count(*)::int AS legs, coalesce(sum(amount_centavos), 0)::text AS units,
          (SELECT count(*)::int FROM reactor.effect f WHERE f.state IN ('recorded', 'sending', 'unknown') AND f.state <> 'recorded'
            AND f.subject_kind = 'leg' AND f.subject_id IN (SELECT w.id::text FROM waiting w)) AS sent FROM waiting`);
    });
    const { payments, legs, units, sent } = COUNTED.parse(rows[0]);
    return {
      waits: { payments, legs, amount: formatDecimal(centavos(BigInt(units))) },
      goesOn: { sent, sentence: GOES_ON },
    };
  } catch (error) {
    // Whoever stops money at 3 a.m. is not kept from it by a count.
    log.warn(
      { event: 'stop_not_foreseen', err: error },
      `what “${name}” would keep where it is was not counted in time`,
    );
    return { waits: null, goesOn: { sent: null, sentence: GOES_ON } };
  }
}
