import { z } from 'zod';
import type { Db } from '../reactor/db/client.ts';
import { RAILS } from '../reactor/payment/states.ts';
import type { Chance, Draws } from './chance.ts';
import type { Time } from './time.ts';
import type { Sent } from './wire.ts';

/** A write may begin this long after its intent was committed; it takes a moment on its way. */
const ON_ITS_WAY_MS = 11_000;
const SWITCHES = ['all', 'rail:juno', 'rail:chain', ...RAILS.map((rail) => `rail:${rail}` as const), 'user'] as const;
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

/** A kill switch stops everything; a freeze, which only keeps money where it is, passes all else. */
type Stop = {
  over: { payment: string } | { switch: string };
  isSwitch: boolean;
  from_ms: number;
  until_ms: number;
};

export type Stops = Readonly<{
  /** Somebody holds or disputes a payment that is open, or holds a person or a rail, for so long. */
  hold: (of: Draws, for_ms: number) => void;
  /** Somebody stops everything, a rail or a person, for so long. */
  throwSwitch: (of: Draws, for_ms: number) => void;
  /** The outside source finds somebody on a blacklist, and for so long does not take it back. */
  list: (of: Draws, for_ms: number) => void;
  /** What was sent although it was stopped, in sentences. */
  violations: (sent: readonly Sent[]) => Promise<string[]>;
}>;

/** Holds and kill switches of the simulated team, and whether anything left the house under one. */
export function createStops(parameters: {
  db: Db;
  time: Time;
  chance: Chance;
  stir: () => void;
  say: (line: string) => void;
}): Stops {
  const { db, time, chance, stir, say } = parameters;
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
    stand({ switch: name }, for_ms, () =>
      query('UPDATE reactor.wide_hold SET closed_at = reactor.now() WHERE id = $1', [holdId]),
    );
  }

  /** Opens a dispute of what was never disputed; two people decide it for the recipient when its time is over. */
  async function dispute(paymentId: string, holdId: string, for_ms: number): Promise<boolean> {
    const disputeId = chance.uuid('dispute');
    // In one statement, behind the payment's lock, as the product does.
    const { rowCount } = await query(
      `WITH own AS MATERIALIZED (SELECT id FROM reactor.payment WHERE id = $1 AND kind = 'escrow' AND NOT awaits_deposit
         AND NOT EXISTS (SELECT 1 FROM reactor.dispute WHERE payment_id = $1) FOR UPDATE)
       INSERT INTO reactor.hold (id, payment_id, kind, reason_code, sentence, owner)
         SELECT $2, id, 'dispute', 'drill', 'somebody disputes it', 'compliance' FROM own`,
      [paymentId, holdId],
    );
    if (rowCount !== 1) return false;
    await query(
      `INSERT INTO reactor.dispute (id, payment_id, opened_by, reason_code, statement, hold_id) VALUES ($1, $2, 'operations', 'drill', 'a drill', $3)`,
      [disputeId, paymentId, holdId],
    );
    stand({ payment: paymentId }, for_ms, async () => {
      const proposalId = chance.uuid('proposal');
      await query(
        `INSERT INTO reactor.proposal (id, command, subject, parameters, reason, proposed_by, proposer_name, created_at, expires_at, approved_by, approver_name, approved_at)
         VALUES ($1, 'dispute resolve', $2, '{}', 'a drill', $1, 'one', reactor.now(), reactor.now() + interval '1 day', $3, 'another', reactor.now())`,
        [proposalId, `dispute:${disputeId}`, disputeId],
      );
      await query(
        `INSERT INTO reactor.dispute_resolution (id, dispute_id, proposal_id, outcome, appealable_until) VALUES ($1, $2, $1, 'recipient', reactor.now())`,
        [proposalId, disputeId],
      );
      await query(`UPDATE reactor.dispute SET state = 'resolved' WHERE id = $1`, [disputeId]);
    });
    return true;
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
        if (of.pick(['hold', 'dispute']) === 'dispute' && (await dispute(id, holdId, for_ms))) return;
        await query(
          `INSERT INTO reactor.hold (id, payment_id, kind, reason_code, sentence, owner) VALUES ($1, $2, 'hold', 'drill', 'somebody asks', 'support')`,
          [holdId, id],
        );
        stand({ payment: id }, for_ms, () =>
          query('UPDATE reactor.hold SET closed_at = reactor.now() WHERE id = $1', [holdId]),
        );
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
        stand({ switch: name }, for_ms, () => set(false), true);
      }),
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
          .filter(({ over }) => ('payment' in over ? payments.includes(over.payment) : switches.includes(over.switch)))
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
