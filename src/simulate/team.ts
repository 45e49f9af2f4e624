import { z } from 'zod';
import { parseClabe } from '../money/clabe.ts';
import type { FourEyesCommand } from '../reactor/approvals/command.ts';
import type { Context } from '../reactor/context.ts';
import type { Db } from '../reactor/db/client.ts';
import { Refusal } from '../reactor/people/refusal.ts';
import { RELEASE_PAYMENT, releasable } from '../reactor/release/four-eyes.ts';
import { assertRefundable, REFUND_PAYMENT } from '../reactor/replace/refund.ts';
import { assertPayable, REPAY_LEG } from '../reactor/replace/repay.ts';
import type { Chance } from './chance.ts';
import { look, NAME, type TwoPeopleAct } from './desk.ts';
import type { Tally } from './fates.ts';
import { clabeOf } from './population.ts';
import type { Time } from './time.ts';

const HOUR_MS = 3_600_000;
/** At a bank that nobody else of the population is paid at, so that no two are paid the same at one account. */
const OTHER_BANK = '036';

const WAITS_FOR = ['another account', 'two people', 'nothing earned'] as const;
const LEGS = z.array(
  z.object({
    id: z.string(),
    payment: z.string(),
    user: z.string(),
    waits: z.enum(WAITS_FOR),
    payer: z.string(),
    /** Where the payer had money back already, and how often two people have ordered any back. */
    back: z.string().nullable(),
    orders: z.number(),
  }),
);
const ACT = {
  'another account': 'paid_again',
  'two people': 'released_by_two_people',
  'nothing earned': 'commission_back',
} as const;
const WAITING = `
  SELECT l.id::text, l.payment_id::text AS payment, d.user_id::text AS user, p.payer_id::text AS payer,
    CASE l.attention_code WHEN 'release_four_eyes' THEN 'two people' WHEN 'commission_open' THEN 'nothing earned' ELSE 'another account' END AS waits,
    (SELECT rd.clabe FROM reactor.leg r JOIN reactor.destination rd ON rd.id = r.destination_id
       WHERE r.payment_id = p.id AND r.kind = 'refund' ORDER BY r.created_at, r.id LIMIT 1) AS back,
    (SELECT count(*)::int FROM reactor.proposal o WHERE o.command = 'payment refund' AND o.subject = 'payment:' || p.id AND o.executed_at IS NOT NULL) AS orders
  FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id JOIN reactor.payment p ON p.id = l.payment_id
  WHERE l.state IN ('payout_returned', 'payout_failed') OR l.attention_code IN ('release_four_eyes', 'commission_open') ORDER BY 1`;

/**
 * Two people who look now and then for what waits for them: what came back or failed they have paid to another account, what is
 * too much to leave its custody by itself they let out, and a commission on what went back goes back too. What is refused them is tried
 * at the next look.
 */
export function startTeam(parameters: {
  db: Db;
  time: Time;
  chance: Chance;
  tally: Tally;
  /** One of the reactors, by whose interface they ask; undefined while none lives. */
  desk: () => Context | undefined;
  stir: () => void;
  say: (line: string) => void;
}): void {
  const { db, time, chance, tally, desk, stir, say } = parameters;

  function actOf({ id, payment, user, waits, payer, back, orders }: z.output<typeof LEGS>[number]): TwoPeopleAct {
    if (waits === 'two people')
      return {
        ...{ command: RELEASE_PAYMENT as unknown as FourEyesCommand, subjectId: payment, parameters: {} },
        reason: 'what was agreed is done',
        check: (ctx) => releasable(ctx.db, ctx, payment),
      };
    if (waits === 'nothing earned') {
      const clabe = parseClabe(back ?? '');
      return {
        ...{ command: REFUND_PAYMENT as unknown as FourEyesCommand, subjectId: payment, nth: orders + 1 },
        ...{ parameters: { what: 'full' }, account: { userId: payer, clabe } },
        reason: 'what it is for went back',
        check: (ctx) => assertRefundable(ctx, payment, 'full', { clabe, legalName: NAME }),
      };
    }
    const clabe = clabeOf(OTHER_BANK, chance.next(`account ${id}`).int(0, 99_999));
    return {
      ...{ command: REPAY_LEG as unknown as FourEyesCommand, subjectId: id, parameters: {} },
      ...{ reason: 'the recipient names another account', account: { userId: user, clabe } },
      check: (ctx) => assertPayable(ctx, id, { clabe, legalName: NAME }),
    };
  }

  const again = (): void => {
    time.after(chance.next('team').int(HOUR_MS, 8 * HOUR_MS), 'team', attend);
  };
  async function attend(): Promise<void> {
    // First, so that whatever becomes of this look, there is another.
    again();
    for (const leg of LEGS.parse((await db.$client.query(WAITING)).rows))
      try {
        const done = await look({ db, desk }, actOf(leg));
        say(`leg ${leg.id} waited for ${leg.waits}, which is ${done ? 'done' : 'proposed'}`);
        if (done) tally.count(ACT[leg.waits]);
        stir();
      } catch (error) {
        if (!(error instanceof Refusal)) say(`the team failed: ${error instanceof Error ? error.message : error}`);
      }
  }
  again();
}
