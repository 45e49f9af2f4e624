import { z } from 'zod';
import type { Db } from '../reactor/db/client.ts';
import { RAILS } from '../reactor/payment/states.ts';
import type { Chance, Draws } from './chance.ts';
import type { Tally } from './fates.ts';
import type { Time } from './time.ts';
import type { Sent } from './wire.ts';

/** A write may begin this long after its intent was committed; it takes a moment on its way. */
const ON_ITS_WAY_MS = 11_000;
const SWITCHES = ['all', 'rail:juno', 'rail:chain', ...RAILS.map((rail) => `rail:${rail}` as const), 'user'] as const;
/** What of a rail takes from the caps. */
const leaves = (kind: string, rail: string): boolean =>
  kind === (rail === 'bank_redemption' ? 'juno_redemption' : 'bitso_payout');
const IDS = z.array(z.object({ id: z.string() }));
const PAYMENTS = z.array(z.object({ id: z.string(), payer: z.string(), recipient: z.string() }));
const ITEMS = z.array(z.object({ settlement: z.string(), payment: z.string() }));
const EFFECTS = z.array(
  z.object({
    key: z.string(),
    kind: z.string(),
    payment: z.string(),
    rail: z.string(),
    first_ms: z.coerce.number().nullable(),
  }),
);

/** Something that stands over a payment until it is told to be over. */
export type Standing = Readonly<{ untilAt: (at_ms: number) => void }>;

/** A kill switch stops everything; a freeze, which only keeps money where it is, passes all else; a cap that leaves no room stops what leaves. */
type Stop = {
  over: { payment: string } | { switch: string } | { cap: string };
  isSwitch: boolean;
  from_ms: number;
  until_ms: number;
};

export type Stops = Readonly<{
  /** Somebody holds a payment that is open, a person or a rail, for so long. */
  hold: (of: Draws, for_ms: number) => void;
  /** Somebody stops everything, a rail or a person, for so long. */
  throwSwitch: (of: Draws, for_ms: number) => void;
  /** The outside source finds somebody on a blacklist, and for so long does not take it back. */
  list: (of: Draws, for_ms: number) => void;
  /** A hold or a dispute of a payment, or a cap, that somebody else put there just now, and ends. */
  over: (what: Stop['over']) => Standing;
  /** What was sent although it was stopped, in sentences. */
  violations: (sent: readonly Sent[]) => Promise<string[]>;
}>;

/** Holds and kill switches of the simulated team, and whether anything left the house under one. */
export function createStops(parameters: {
  db: Db;
  time: Time;
  chance: Chance;
  tally: Tally;
  stir: () => void;
  say: (line: string) => void;
}): Stops {
  const { db, time, chance, tally, stir, say } = parameters;
  const stops: Stop[] = [];
  const query = (text: string, values: unknown[] = []) => db.$client.query(text, values);

  function stand(over: Stop['over'], for_ms: number, lift: () => Promise<unknown>, isSwitch = false): void {
    const stop: Stop = { over, isSwitch, from_ms: time.now_ms(), until_ms: Number.POSITIVE_INFINITY };
    stops.push(stop);
    say(`stopped: ${JSON.stringify(over)}`);
    stir();
    time.after(for_ms, `lift ${JSON.stringify(over)}`, async () => {
      stop.until_ms = time.now_ms();
      await lift();
      say(`lifted: ${JSON.stringify(over)}`);
      stir();
    });
  }

  const users = async () =>
    IDS.parse((await query(`SELECT name AS id FROM reactor.guard_switch WHERE name LIKE 'user:%' ORDER BY 1`)).rows);
  const isStopped = (name: string) =>
    stops.some(({ over, until_ms }) => 'switch' in over && over.switch === name && until_ms > time.now_ms());

  async function holdWide(of: Draws, for_ms: number): Promise<void> {
    const people = await users();
    const name = of.pick([...RAILS.map((rail) => `rail:${rail}`), ...(people.length > 0 ? [of.pick(people).id] : [])]);
    if (isStopped(name)) return;
    const holdId = chance.uuid('hold');
    await query(
      `INSERT INTO reactor.wide_hold (id, switch_name, reason_code, sentence, owner) VALUES ($1, $2, 'drill', 'somebody asks', 'operations')`,
      [holdId, name],
    );
    tally.count(name.startsWith('rail:') ? 'hold_on_rail' : 'hold_on_user');
    stand({ switch: name }, for_ms, () => {
      tally.count('hold_lifted');
      return query('UPDATE reactor.wide_hold SET closed_at = reactor.now() WHERE id = $1', [holdId]);
    });
  }

  return {
    list: (of, for_ms) =>
      void time.after(0, 'blacklist', async () => {
        const people = await users();
        if (people.length === 0) return;
        const { id: name } = of.pick(people);
        if (isStopped(name)) return;
        const say = (blacklist: 'clear' | 'listed') =>
          query(
            `INSERT INTO reactor.screening (user_id, kyc, blacklist, checked_at, valid_until, reference, source)
             VALUES ($1, 'verified', $2, reactor.now(), reactor.now() + interval '3650 days', 'drill', 'drill')`,
            [name.slice('user:'.length), blacklist],
          );
        await say('listed');
        tally.count('blacklisted');
        stand({ switch: name }, for_ms, () => say('clear'));
      }),
    hold: (of, for_ms) =>
      void time.after(0, 'hold', async () => {
        if (of.pick([true, false, false])) return holdWide(of, for_ms);
        const { rows } = await query(
          `SELECT DISTINCT payment_id AS id FROM reactor.leg l WHERE state NOT IN ('completed', 'replaced', 'expired', 'closed')
             AND NOT EXISTS (SELECT 1 FROM reactor.hold h WHERE h.payment_id = l.payment_id AND h.closed_at IS NULL) ORDER BY 1`,
        );
        const open = IDS.parse(rows);
        if (open.length === 0) return;
        const { id } = of.pick(open);
        const holdId = chance.uuid('hold');
        await query(
          `INSERT INTO reactor.hold (id, payment_id, kind, reason_code, sentence, owner) VALUES ($1, $2, 'hold', 'drill', 'somebody asks', 'support')`,
          [holdId, id],
        );
        tally.count('hold_on_payment');
        stand({ payment: id }, for_ms, () => {
          tally.count('hold_lifted');
          return query('UPDATE reactor.hold SET closed_at = reactor.now() WHERE id = $1', [holdId]);
        });
      }),
    throwSwitch: (of, for_ms) =>
      void time.after(0, 'kill switch', async () => {
        const { rows } = await query(
          `SELECT name AS id FROM reactor.guard_switch WHERE NOT is_stopped AND name LIKE 'user:%' ORDER BY 1`,
        );
        const people = IDS.parse(rows);
        const which = of.pick(SWITCHES);
        const name = which === 'user' ? (people.length > 0 ? of.pick(people).id : 'all') : which;
        if (isStopped(name)) return;
        const set = (isStopped: boolean) =>
          query(`UPDATE reactor.guard_switch SET is_stopped = $1, reason = 'a drill' WHERE name = $2`, [
            isStopped,
            name,
          ]);
        await set(true);
        tally.count('kill_switch');
        stand({ switch: name }, for_ms, () => set(false), true);
      }),
    over: (over) => {
      const stop: Stop = {
        ...{ over, isSwitch: false },
        ...{ from_ms: time.now_ms(), until_ms: Number.POSITIVE_INFINITY },
      };
      stops.push(stop);
      return {
        untilAt: (at_ms) => {
          stop.until_ms = at_ms;
        },
      };
    },
    violations: async (sent) => {
      const people = new Map(
        PAYMENTS.parse(
          (
            await query(
              'SELECT id::text, payer_id::text AS payer, recipient_id::text AS recipient FROM reactor.payment',
            )
          ).rows,
        ).map((row) => [row.id, [row.payer, row.recipient]]),
      );
      const settled = Map.groupBy(
        ITEMS.parse(
          (
            await query(`SELECT s.payment_id::text AS settlement, a.payment_id::text AS payment FROM reactor.settlement_item i
              JOIN reactor.leg a ON a.id = i.leg_id JOIN reactor.leg s ON s.id = i.settlement_leg_id`)
          ).rows,
        ),
        ({ settlement }) => settlement,
      );
      const effects = EFFECTS.parse(
        (
          await query(`SELECT e.key::text, e.kind::text, e.payment_id::text AS payment, l.rail::text AS rail, extract(epoch FROM first_sent_at) * 1000 AS first_ms
            FROM reactor.effect e JOIN reactor.leg l ON l.id::text = e.subject_id WHERE e.payment_id IS NOT NULL`)
        ).rows,
      );
      const sends = Map.groupBy(sent, ({ key }) => key);
      return effects.flatMap(({ key, kind, payment, rail, first_ms }) => {
        const payments = [payment, ...(settled.get(payment) ?? []).map((item) => item.payment)];
        const switches = [
          ...['all', 'rail:juno', 'rail:chain', `rail:${rail}`],
          ...payments.flatMap((id) => people.get(id) ?? []).map((id) => `user:${id}`),
        ];
        return stops
          .filter(({ isSwitch }) => isSwitch || kind !== 'chain_dispute')
          .filter(({ over }) => {
            if ('cap' in over) return leaves(kind, rail);
            return 'payment' in over ? payments.includes(over.payment) : switches.includes(over.switch);
          })
          .flatMap(({ over, from_ms, until_ms }) => {
            const isCommitted = first_ms !== null && first_ms > from_ms && first_ms < until_ms;
            const isWritten = (sends.get(key) ?? []).some(
              ({ at_ms }) => at_ms > from_ms + ON_ITS_WAY_MS && at_ms < until_ms,
            );
            return isCommitted || isWritten
              ? [`${kind} of payment ${payment} was sent while ${JSON.stringify(over)} stopped it`]
              : [];
          });
      });
    },
  };
}
