/** Those who see to what no payment may take by itself, lower the cap of the day for a while, and erase who is at rest. */
import { z } from 'zod';
import { parseClabe } from '../money/clabe.ts';
import { centavos } from '../money/money.ts';
import type { FourEyesCommand } from '../reactor/approvals/command.ts';
import type { Context } from '../reactor/context.ts';
import type { Db } from '../reactor/db/client.ts';
import { changeCap, RAISE_CAP } from '../reactor/guards/caps.ts';
import { parseLimit, printLimit } from '../reactor/guards/limit.ts';
import type { Actor } from '../reactor/people/audit.ts';
import { ERASE_USER } from '../reactor/people/erase.ts';
import { Refusal } from '../reactor/people/refusal.ts';
import { stopStandingTerms } from '../reactor/people/standing-terms.ts';
import type { Job } from '../reactor/queue/port.ts';
import type { Settings } from '../reactor/settings.ts';
import { giveOrPropose } from '../reactor/suspense/four-eyes.ts';
import type { Part } from '../reactor/suspense/terms.ts';
import type { Chance, Draws } from './chance.ts';
import type { PaidIn } from './customers.ts';
import { approveAsSecond, look, NAME } from './desk.ts';
import type { Tally } from './fates.ts';
import type { Owed } from './owed.ts';
import { createPersist, type Wait } from './persist.ts';
import { anothersClabe, senderClabe } from './population.ts';
import type { Stops } from './stops.ts';
import type { Time } from './time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const OPERATOR: Actor = { id: '00000000-0000-4000-8000-000000000005', name: 'at the back', role: 'operator' };
const REASON = 'simulated';
const ANOTHER = 'Luis Paz';
/** Less than anybody is paid, and what stands otherwise. */
const NOTHING = '0.01';
/** One in so many is to be erased, from so many days after the beginning on. */
const ERASED_OF = 4;
const ERASED_DAYS = [32, 80] as const;

const IDS = z.array(z.object({ id: z.string() }));
const OPEN = z.array(z.object({ id: z.string(), amount: z.coerce.bigint() }));
const ACCOUNTS = z.array(z.object({ id: z.string(), clabe: z.string() }));

export type BackOffice = Readonly<{
  /** Lowers the cap of the day to nothing; after so long two people raise it again. */
  lowerCap: (for_ms: number) => void;
  /** What of deposits that no payment took they sent back, and where to. */
  sentBack: () => readonly Owed[];
  /** The payments that they gave a deposit, by number. */
  given: () => ReadonlySet<number>;
  /** The accounts of those whom they erased, as they were, by the id of the destination. */
  erased: () => ReadonlyMap<string, string>;
}>;

export function startBackOffice(parameters: {
  db: Db;
  time: Time;
  chance: Chance;
  tally: Tally;
  settings: Settings;
  stops: Stops;
  desk: () => Context | undefined;
  /** Who paid it in, and for what; undefined for what came back. */
  paidIn: (depositId: string) => PaidIn | undefined;
  /** The payment of that number, once it is there. */
  paymentOf: (index: number) => string | undefined;
  /** Everybody who has signed up by now. */
  people: () => readonly string[];
  enqueue: (job: Job) => void;
  stir: () => void;
  say: (line: string) => void;
}): BackOffice {
  const { db, time, chance, tally, settings, stops, desk, paidIn, paymentOf, people, enqueue, stir, say } = parameters;
  const sentBack: Owed[] = [];
  const given = new Set<number>();
  /** What waits for the second person, by its deposit. */
  const proposed = new Map<string, Readonly<{ id: string; back: Owed }>>();
  const erased = new Map<string, string>();
  const context = { settings, newId: () => chance.uuid('back office'), now: () => new Date(time.now_ms()) } as Context;

  const persist = createPersist({ time, chance, say });
  /** Until it is done, however long that takes. */
  const untilDone = (name: string, every: Wait, attempt: () => Promise<boolean>): void =>
    void persist(name, { wait: () => every, most: Number.POSITIVE_INFINITY }, async () => (await attempt()) || null);

  /** What of it goes back counts as such once it is done, and not only proposed. */
  async function give(
    depositId: string,
    command: 'suspense split' | 'suspense refund',
    { parts, back }: Readonly<{ parts: readonly Part[]; back: Owed }>,
  ): Promise<void> {
    const done = await db.transaction((tx) =>
      giveOrPropose(tx, context, { actor: OPERATOR, depositId, command, reason: REASON, partsOf: () => parts }),
    );
    for (const id of done.destinations) enqueue({ lane: 'destination', id });
    stir();
    if (done.proposal !== null) {
      proposed.set(depositId, { id: done.proposal, back });
      return;
    }
    sentBack.push(back);
    tally.count(command === 'suspense split' ? 'suspense_split' : 'suspense_refund');
    say(
      `deposit ${depositId} leaves suspense: ${done.parts.map(({ kind, amount }) => `${kind} ${amount}`).join(', ')}`,
    );
    for (const { paymentId } of done.parts) enqueue({ lane: 'payment', id: paymentId });
  }

  /** What was too much goes to the payment that waits for it, and the rest back; everything else back, some of it to an account of somebody else's, by two people. */
  async function seeTo(depositId: string, amount: bigint): Promise<void> {
    const from = paidIn(depositId);
    if (!from) return;
    const { index, due } = from;
    const paymentId = paymentOf(index);
    if (amount > due && paymentId)
      try {
        const refund = { clabe: senderClabe(index), legalName: NAME };
        const back = { to: refund.clabe, amount: amount - due };
        const parts = [{ paymentId }, { refund, amount: centavos(back.amount) }];
        await give(depositId, 'suspense split', { parts, back });
        given.add(index);
        return;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    const isByTwo = chance.of(`suspense ${depositId}`).oneIn1000(300);
    const refund = isByTwo
      ? { clabe: anothersClabe(index), legalName: ANOTHER }
      : { clabe: senderClabe(index), legalName: NAME };
    const parts = [{ refund, amount: centavos(amount) }];
    await give(depositId, 'suspense refund', { parts, back: { to: refund.clabe, amount } });
  }

  untilDone('suspense', [2 * HOUR_MS, 12 * HOUR_MS], async () => {
    const { rows } = await db.$client.query(
      `SELECT deposit_id AS id, amount_centavos::text AS amount FROM reactor.suspense
       WHERE closed_at IS NULL AND explained_by IS NULL AND issuance_id IS NOT NULL AND reason <> 'returned' ORDER BY 1`,
    );
    const open = OPEN.parse(rows);
    for (const [id, { id: proposal, back }] of proposed) {
      const ctx = desk();
      if (open.some((one) => one.id === id)) {
        if (ctx) await approveAsSecond(ctx, proposal, REASON);
        continue;
      }
      proposed.delete(id);
      sentBack.push(back);
      tally.count('suspense_by_two');
    }
    for (const { id, amount } of open) if (!proposed.has(id)) await seeTo(id, amount);
    return false;
  });

  let raises = 0;
  let isLow = false;
  function lowerCap(for_ms: number): void {
    if (isLow) return;
    isLow = true;
    time.after(0, 'lower the cap', async () => {
      const lower = { actor: OPERATOR, name: 'day', limit: parseLimit(NOTHING), reason: REASON };
      await db.transaction((tx) => changeCap(tx, context, lower));
      tally.count('cap_lowered');
      const stop = stops.over({ cap: 'day' });
      const nth = ++raises;
      time.after(for_ms, 'raise the cap', () =>
        untilDone('raise the cap', [5 * MINUTE_MS, 20 * MINUTE_MS], async () => {
          const done = await look(
            { db, desk },
            {
              ...{ command: RAISE_CAP as unknown as FourEyesCommand, subjectId: 'day', nth, reason: REASON },
              parameters: { limit: printLimit(settings.caps.day) },
              check: async () => undefined,
            },
          );
          if (!done) return false;
          stop.untilAt(done.done_ms);
          tally.count('cap_raised');
          isLow = false;
          stir();
          return true;
        }),
      );
    });
  }

  /** Somebody of whom nothing has moved for a month, and whose standing terms end with that. */
  async function whoHasRested(of: Draws): Promise<string | undefined> {
    const { rows } = await db.$client.query(
      `SELECT id::text FROM reactor."user" WHERE id = ANY($1) AND erased_at IS NULL
       EXCEPT SELECT unnest(ARRAY[p.payer_id, p.recipient_id, d.user_id])::text
         FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id JOIN reactor.destination d ON d.id = l.destination_id
         WHERE l.state NOT IN ('completed', 'replaced', 'expired', 'closed') OR l.entered_at > reactor.now() - interval '31 days'
       ORDER BY 1`,
      [people()],
    );
    const rested = IDS.parse(rows);
    if (rested.length === 0) return undefined;
    const { id } = of.pick(rested);
    await db
      .transaction((tx) => stopStandingTerms(tx, OPERATOR, id, { reason: REASON }))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      });
    return id;
  }

  /** Who has something open all the same is not erased, and is tried again. */
  function eraseOne(of: Draws): void {
    let userId: string | undefined;
    untilDone('erase', [DAY_MS / 4, DAY_MS], async () => {
      userId ??= await whoHasRested(of);
      if (!userId) return false;
      const act = {
        ...{ command: ERASE_USER as unknown as FourEyesCommand, subjectId: userId, reason: REASON, parameters: {} },
        check: (ctx: Context) => ERASE_USER.check(ctx, { subjectId: userId ?? '', parameters: {} }),
      };
      const { rows } = await db.$client.query(
        `SELECT id::text, clabe FROM reactor.destination WHERE user_id = $1 AND clabe ~ '^[0-9]'`,
        [userId],
      );
      for (const { id, clabe } of ACCOUNTS.parse(rows)) erased.set(id, parseClabe(clabe));
      if (!(await look({ db, desk }, act))) return false;
      tally.count('user_erased');
      say(`user ${userId} is erased`);
      return true;
    });
  }
  time.after(HOUR_MS, 'erasures', () => {
    for (let n = 0; n < Math.ceil(people().length / ERASED_OF); n++) {
      const of = chance.of(`erasure ${n}`);
      time.after(of.int(...ERASED_DAYS) * DAY_MS, `erasure ${n}`, () => eraseOne(of));
    }
  });

  return { lowerCap, sentBack: () => sentBack, given: () => given, erased: () => erased };
}
