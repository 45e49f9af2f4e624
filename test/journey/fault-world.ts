import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Rail } from '../../src/local/api.ts';
import { clabeOf, payoutClabe } from '../../src/local/drive.ts';
import { armFault, giveBack, readFaults } from '../../src/local/juno.ts';
import type { World } from '../../src/local/world.ts';
import type { Clabe } from '../../src/money/clabe.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';
import type { FaultName } from '../../src/sandbox/faults.ts';
import { aimOf, CALLS, type Cell, OF_RETURNS, type Subject } from './fault-calls.ts';
import { query } from './support.ts';

/** Long enough to be felt, short enough for a test. */
const LASTS_MS: Partial<Record<FaultName, number>> = {
  delay_ms: 500,
  throttle: 500,
  outage: 1_500,
  timeout_after_success: 60_000,
  list_lag: 2_000,
  return_payout: 200,
  late: 2_000,
  reorder: 2_000,
};
const POLL_MS = 250;
/** Nothing of this takes so long; what does has stopped, and the test says where. */
const LONGEST_MS = 300_000;
/** All of one length and ending in odd centavos, so that no amount stands within another or loses a zero at its end. */
const FIRST_CENTAVOS = 100_001n;
const STEP_CENTAVOS = 1_338n;
/** Somebody is told, and it goes on by itself all the same: what has a key is sent again under it. */
const GOES_ON = /_(not_getting_through|overdue|unread)$|^juno_(withdrawal|redemption)_unknown$/;
/** A reason that stands for so long will not go away by itself. */
const STANDS_MS = 15_000;
const HAS_CLABE = 'has a CLABE';
const NO_CLABE = 'needs_attention: no CLABE';

/** A payment that is to be asked for. */
export type Planned = Subject & Readonly<{ clabe: Clabe; rail: Rail }>;
/** One that was. */
export type Asked = Planned & {
  number: number;
  id: string;
  centavos: bigint;
  depositedAt: number | undefined;
};
/** Where its one leg is, and why it waits for a person, if it does. */
export type Place = Readonly<{ id: string; state: string; code: string | null; sentence: string | null }>;

const PLACES = `
  SELECT payment_id::text AS id, state::text, attention_code AS code, attention_text AS sentence FROM reactor.leg`;

type Seen = Readonly<{ places: Map<string, Place>; armed: Awaited<ReturnType<typeof readFaults>>['faults'] }>;

/** A world in which payments are asked for one by one, each to be struck by a fault of its own. */
export function openFaultWorld(world: World) {
  const asked: Asked[] = [];
  const payers: string[] = [];
  let recipient: Promise<{ id: string }> | undefined;
  let taken = 0;
  /** Since when each payment waits for the reason that it has. */
  const reasons = new Map<string, { code: string; since: number }>();

  async function look(): Promise<Seen> {
    const [rows, { faults }] = await Promise.all([query<Place>(world, PLACES), readFaults(world.sandboxBooks)]);
    for (const { id, code } of rows) {
      if (code === null) reasons.delete(id);
      else if (reasons.get(id)?.code !== code) reasons.set(id, { code, since: performance.now() });
    }
    return { places: new Map(rows.map((row) => [row.id, row])), armed: faults };
  }
  let last = { at: 0, seen: undefined as Promise<Seen> | undefined };
  /** One look for all who wait. */
  const shared = (): Promise<Seen> => {
    if (!last.seen || performance.now() - last.at > POLL_MS) last = { at: performance.now(), seen: look() };
    return last.seen ?? look();
  };

  /** Asks until the answer is yes; throws with all that is known when it never is. */
  async function until<T>(what: string, ask: (seen: Seen) => Promise<T | false> | T | false): Promise<T> {
    for (const deadline = performance.now() + LONGEST_MS; performance.now() < deadline; await delay(POLL_MS)) {
      const answer = await shared()
        .then(ask)
        .catch(() => false as const);
      if (answer !== false) return answer;
    }
    const { places, armed } = await look();
    const open = [...places.values()].filter(({ state, code }) => state !== 'completed' && code === null);
    const left = armed.filter(({ name }) => name !== 'drop').map((one) => Object.values(one).join(' '));
    throw new Error(
      `It never came to this: ${what}. Under way: ${JSON.stringify(open)}. Armed: ${JSON.stringify(left)}.`,
    );
  }

  const isArmed = ({ armed }: Seen, cell: Cell, subject: Subject): boolean => {
    const { endpoint, text } = aimOf(cell, subject);
    return armed.some(
      (one) => one.name === cell.fault && one.endpoint === endpoint && String(one.text ?? '') === String(text ?? ''),
    );
  };
  const waits = (id: string, code: string | null): boolean =>
    code !== null && !GOES_ON.test(code) && performance.now() - (reasons.get(id)?.since ?? Infinity) > STANDS_MS;

  return {
    asked: (): readonly Asked[] => asked,
    places: async () => (await look()).places,
    until,
    arm: async (cell: Cell, subject: Subject, ms = LASTS_MS[cell.fault]): Promise<void> => {
      await armFault(world.sandboxBooks, { name: cell.fault, ...aimOf(cell, subject), ...(ms && { ms }) });
      // What was seen before does not show it, as if it had struck.
      last.seen = undefined;
    },
    /** For whoever makes the next such call, where it is known who that is. */
    armForNext: async ({ fault, call }: Cell): Promise<void> => {
      await armFault(world.sandboxBooks, { name: fault, endpoint: CALLS[call].endpoint });
      last.seen = undefined;
    },
    /** Waits until it has been used up. */
    isNextStruck: ({ fault, call }: Cell): Promise<unknown> =>
      until(
        `${fault} strikes ${call}`,
        ({ armed }) =>
          !armed.some(({ name, endpoint, text }) => name === fault && endpoint === CALLS[call].endpoint && !text),
      ),
    /** Waits until the sandbox has used up what was armed for this subject. */
    isStruck: (cell: Cell, subject: Subject): Promise<unknown> =>
      until(`${cell.fault} strikes ${cell.call} of ${subject.amount}`, (seen) => !isArmed(seen, cell, subject)),
    /** Lets no webhook tell of this payment. */
    silence: (subject: Subject): Promise<void> =>
      armFault(world.sandboxBooks, {
        name: 'drop',
        ...aimOf({ fault: 'drop', call: 'webhook' }, subject),
        count: 1_000,
      }),
    outage_ms: async () => (await readFaults(world.sandboxBooks)).outage_ms,
    /** Waits until no outage is left. */
    isUp: () => until('the outage is over', async () => (await readFaults(world.sandboxBooks)).outage_ms === 0),
    /** A user whose CLABE is asked for. */
    createUser: async (): Promise<string> =>
      (await world.api.createUser({ fullName: 'Paula Pagadora', email: 'paula@example.com' })).id,
    /** Waits until it has one; then it pays in turn with the others. */
    hasClabe: async (id: string): Promise<void> => {
      await until(`user ${id} has a CLABE`, async () => (await world.api.user(id)).depositClabe !== null);
      payers.push(id);
    },
    /** What became of a user's request for a CLABE. */
    clabeOf: (id: string): Promise<string> =>
      until(`user ${id} has a CLABE, or a person is told why not`, async () => {
        const { depositClabe, clabeProblem } = await world.api.user(id);
        if (depositClabe !== null) return HAS_CLABE;
        return (
          clabeProblem !== null &&
          /No payment can be asked of this user until there is one/.test(clabeProblem) &&
          NO_CLABE
        );
      }),
    /** What the next payment will be, so that a fault can be meant for it before it is asked for. */
    next: (rail: Rail): Planned => {
      const n = taken++;
      const amount = formatDecimal(centavos(FIRST_CENTAVOS + STEP_CENTAVOS * BigInt(n)));
      return { rail, amount, clabe: rail === 'bitso_transfer' ? clabeOf('710') : payoutClabe(n) };
    },
    ask: async (subject: Planned): Promise<Asked> => {
      recipient ??= world.api.createUser({ fullName: 'Rita Recipiente', email: 'rita@example.com' });
      const { amount, clabe, rail } = subject;
      const { id, number } = await world.api.createPayment({
        payerId: payers[asked.length % payers.length] ?? '',
        recipientId: (await recipient).id,
        amount,
        custodySeconds: 1,
        payout: { clabe, legalName: 'Rita Recipiente', rail },
        concept: 'A payment to be struck',
      });
      const one = { ...subject, id, number, centavos: BigInt(amount.replace('.', '')), depositedAt: undefined };
      asked.push(one);
      return one;
    },
    /** The payer's pesos arrive. */
    deposit: async (one: Asked): Promise<void> => {
      one.depositedAt = Date.now();
      const { depositClabe, deposit } = await world.api.payment(one.id);
      if (depositClabe === null) throw new Error(`the payment of ${one.amount} waits for no deposit`);
      await world.deposit(depositClabe, deposit);
    },
    isIn: (one: Asked, ...states: string[]) =>
      until(`payment of ${one.amount} is ${states.join(' or ')}`, ({ places }) =>
        states.includes(places.get(one.id)?.state ?? ''),
      ),
    /** Waits until Juno's record of its payout account has been compared. */
    isRegistered: (one: Asked) =>
      until(`the account of the payment of ${one.amount} is registered`, async () => {
        const [row] = await query<{ done: boolean }>(
          world,
          `SELECT d.verified_at IS NOT NULL AS done FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id
          WHERE l.payment_id = $1::uuid`,
          [one.id],
        );
        return row?.done ?? false;
      }),
    /** Waits until its payout has left, and says what it is called where it left. */
    payoutOf: (one: Asked): Promise<string> =>
      until(`the payment of ${one.amount} has left`, async ({ places }) => {
        if (places.get(one.id)?.state !== 'completed') return false;
        const found = (await world.outbox()).find((payout) => payout.clabe === one.clabe);
        return found?.transaction_id ?? false;
      }),
    /** The recipient's bank sends it back. */
    giveBack: (payoutId: string) => giveBack(world.sandboxBooks, payoutId),
    /** Waits until nothing more happens to it by itself. What came back is not over with its completion. */
    hasEnded: (one: Asked, { fault, call }: Cell) =>
      until(`the payment of ${one.amount}, struck by ${fault} at ${call}, has ended`, ({ places }) => {
        const { state = '', code = null } = places.get(one.id) ?? {};
        const comesBack = fault === 'return_payout' || OF_RETURNS.includes(call);
        return waits(one.id, code) || (state === 'completed' && code === null && !comesBack);
      }),
    /** How often any call was answered with this status. */
    answeredAll: async (status: number): Promise<number> => {
      const { requests } = METER.parse(await world.state());
      return Object.values(requests).reduce((sum, counts) => sum + (counts[String(status)] ?? 0), 0);
    },
    struck: async () => (await readFaults(world.sandboxBooks)).struck,
    endpoints: async () => (await readFaults(world.sandboxBooks)).endpoints,
    breaker: async () => {
      const [row] = await query<{ reason: string | null; level: number }>(
        world,
        `SELECT open_reason AS reason, level::int FROM reactor.juno_limit WHERE name = 'juno'`,
      );
      return row;
    },
  };
}

const METER = z.looseObject({ requests: z.record(z.string(), z.record(z.string(), z.number())) });

/**
 * Lets a day pass after each lock-out by Juno, for the reactor leaves it alone twice as long after each of the same day: without
 * it, one world could not bear the dozen that these faults are. Answers how to stop.
 */
export function letDaysPass(world: World): () => Promise<void> {
  const ended = new AbortController();
  const passing = (async () => {
    while (!ended.signal.aborted) {
      await query(
        world,
        `UPDATE reactor.juno_limit SET locked_at = locked_at - interval '1 day' WHERE locked_at > now() - interval '1 day'`,
        // The world may be stopped first, after a failure.
      ).catch(() => undefined);
      await delay(POLL_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    ended.abort();
    await passing;
  };
}

export type FaultWorld = ReturnType<typeof openFaultWorld>;
