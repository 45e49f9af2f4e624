import { setTimeout as delay } from 'node:timers/promises';
import type { Rail } from '../../src/local/api.ts';
import { clabeOf, type Driven, payoutClabe } from '../../src/local/drive.ts';
import { armFault, readFaults } from '../../src/local/juno.ts';
import type { World } from '../../src/local/world.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';
import type { FaultName } from '../../src/sandbox/faults.ts';
import { CALLS, type Call } from './fault-table.ts';
import { query } from './support.ts';

/** Long enough to be felt, short enough for a test. */
const LASTS_MS: Partial<Record<FaultName, number>> = {
  delay_ms: 500,
  throttle: 500,
  outage: 200,
  timeout_after_success: 60_000,
  list_lag: 1_000,
  return_payout: 200,
  late: 2_000,
  reorder: 2_000,
};
const POLL_MS = 100;
/** Nothing of this takes so long; what does has stopped, and the test says where. */
const LONGEST_MS = 150_000;
const FIRST_CENTAVOS = 100_001n;
const STEP_CENTAVOS = 1_338n;

/** How far a payment is, as a wave of faults waits for it. */
export type Progress = Readonly<{
  id: string;
  state: string;
  rail: Rail;
  code: string | null;
  sentence: string | null;
  /** What was lost was looked for and not found so far: an answer that may not be asked for twice, or the credit of a return. */
  isLost: boolean;
}>;

const PROGRESS = `
  SELECT l.payment_id::text AS id, l.state::text, l.rail::text, l.attention_code AS code, l.attention_text AS sentence, EXISTS (
    SELECT 1 FROM reactor.effect e WHERE e.state = 'unknown' AND e.failures >= 2 AND (
      (e.kind = 'bitso_payout' AND e.subject_id = l.id::text) OR (e.kind = 'juno_bank_account' AND e.subject_id = l.destination_id::text)))
    OR (l.state = 'returning' AND l.entered_at < clock_timestamp() - interval '10 seconds') AS "isLost"
  FROM reactor.leg l`;

/** A world in which payments are asked for one by one, under faults. */
export function openFaultWorld(world: World) {
  const asked: Omit<Driven, 'status'>[] = [];
  const payers: string[] = [];
  let recipient: string | undefined;

  const progress = () => query<Progress>(world, PROGRESS);
  /** Asks until the answer is yes; throws with all that is known when it never is. */
  async function until<T>(what: string, ask: () => Promise<T | false | null | undefined>): Promise<T> {
    for (const deadline = performance.now() + LONGEST_MS; performance.now() < deadline; await delay(POLL_MS)) {
      const answer = await ask().catch(() => null);
      if (answer) return answer;
    }
    const open = (await progress()).filter(({ state }) => state !== 'completed');
    const armed = (await readFaults(world.sandboxBooks)).faults;
    throw new Error(`It never came to this: ${what}. Open: ${JSON.stringify(open)}. Armed: ${JSON.stringify(armed)}.`);
  }
  return {
    payments: () => asked,
    progress,
    until,
    /** Arms a fault for the next call of each kind. */
    arm: async (fault: FaultName, calls: readonly Call[]): Promise<void> => {
      const ms = LASTS_MS[fault];
      for (const call of calls)
        await armFault(world.sandboxBooks, { name: fault, endpoint: CALLS[call], ...(ms && { ms }) });
    },
    /** Whether all that is armed at these calls has struck. */
    isSpent: async (calls: readonly Call[]): Promise<boolean> => {
      const { faults } = await readFaults(world.sandboxBooks);
      return !faults.some(({ endpoint }) => calls.some((call) => CALLS[call] === endpoint));
    },
    /** A user whose CLABE was asked for. Who gets one pays from then on. */
    createUser: async (name: string): Promise<string> => {
      const { id } = await world.api.createUser({ fullName: name, email: 'somebody@example.com' });
      return id;
    },
    hasClabe: async (id: string): Promise<void> => {
      await until(`user ${id} has a CLABE`, async () => (await world.api.user(id)).depositClabe !== null);
      payers.push(id);
    },
    /** Asks for a payment to a new account, from the users in turn. */
    createPayment: async (rail: Rail): Promise<string> => {
      recipient ??= (await world.api.createUser({ fullName: 'Rita Recipiente', email: 'rita@example.com' })).id;
      const n = asked.length;
      const amount = FIRST_CENTAVOS + STEP_CENTAVOS * BigInt(n);
      const clabe = rail === 'bitso_transfer' ? clabeOf('710') : payoutClabe(n);
      const payment = await world.api.createPayment({
        payerId: payers[n % payers.length] ?? '',
        recipientId: recipient,
        amount: formatDecimal(centavos(amount)),
        custodySeconds: 1,
        payout: { clabe, legalName: 'Rita Recipiente', rail },
        concept: `Payment ${n}`,
      });
      const { id, number } = payment;
      asked.push({ id, number, payoutClabe: clabe, centavos: amount, depositedAt: undefined });
      return id;
    },
    /** The payer's pesos arrive. */
    deposit: async (id: string): Promise<void> => {
      const { depositClabe, amount } = await world.api.payment(id);
      const at = asked.findIndex((one) => one.id === id);
      const one = asked[at];
      if (one) asked[at] = { ...one, depositedAt: Date.now() };
      await world.deposit(depositClabe, amount);
    },
    /** Waits until a payment's account is registered, or the answer to that was lost and looked for in vain. */
    isRegistering: async (id: string): Promise<void> => {
      const isOpen = `SELECT d.verified_at IS NULL AND l.rail <> 'bitso_transfer' AND NOT EXISTS (
          SELECT 1 FROM reactor.effect e WHERE e.kind = 'juno_bank_account' AND e.subject_id = d.id::text AND e.state = 'unknown' AND e.failures >= 2
        ) AS open FROM reactor.leg l JOIN reactor.destination d ON d.id = l.destination_id WHERE l.payment_id = $1::uuid`;
      const what = `the account of payment ${id} is registered or lost`;
      await until(what, async () => (await query<{ open: boolean }>(world, isOpen, [id]))[0]?.open === false);
    },
    /** Waits until nothing more happens by itself to these payments; at least so many of them wait for a person, or will. */
    areSettled: async (ids: readonly string[], waiting: number): Promise<void> => {
      await until(`the wave of ${ids.join()} has settled, ${waiting} or more waiting`, async () => {
        const all = (await progress()).filter(({ id }) => ids.includes(id));
        const stuck = all.filter(({ code, isLost }) => code !== null || isLost);
        const done = all.filter(({ state, code }) => state === 'completed' && code === null);
        return stuck.length >= waiting && done.length + stuck.length === ids.length;
      });
    },
  };
}
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
      );
      await delay(POLL_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    ended.abort();
    await passing;
  };
}

export type FaultWorld = ReturnType<typeof openFaultWorld>;
