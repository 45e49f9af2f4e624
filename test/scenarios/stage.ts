/** A world in which many stories are told at once: their people, their accounts, and one look for all who wait. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Api, createApi, type User } from '../../src/local/api.ts';
import { clabeOf, payoutClabe } from '../../src/local/drive.ts';
import type { World } from '../../src/local/world.ts';
import type { Clabe } from '../../src/money/clabe.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';
import type { LegKind, LegState, Party } from '../../src/reactor/payment/states.ts';
import { keyOf } from '../journey/support.ts';
import type { Account, Row } from './row.ts';

const POLL_MS = 250;
/** Nothing of a story takes so long; what does has stopped, and the test says where. */
const LONGEST_MS = 240_000;

export type Person = Party | 'broker' | 'platform';
export const NAMES: Readonly<Record<Person | 'stranger', string>> = {
  payer: 'Paula Pagadora',
  recipient: 'Rita Recipiente',
  broker: 'Berta Corredora',
  platform: 'Kustodia',
  stranger: 'Tomás Tercero',
};
/** Whose name an account is in. */
export const OWNERS: Readonly<Record<Account, Person>> = {
  recipient: 'recipient',
  payer: 'payer',
  'payer’s other account': 'payer',
  broker: 'broker',
  'second broker': 'broker',
  platform: 'platform',
  'new account': 'recipient',
  'third account': 'recipient',
  mistyped: 'recipient',
};

export type Leg = Readonly<{
  id: string;
  payment: string;
  payer: string;
  recipient: string;
  kind: LegKind;
  state: LegState;
  /** Pesos. */
  amount: string;
  code: string | null;
  deadline: number | null;
}>;
export type Waiting = Readonly<{ id: string; clabe: string; reason: string; isIssued: boolean; isOpen: boolean }>;
type Seen = Readonly<{ legs: readonly Leg[]; suspense: readonly Waiting[] }>;

const LEGS = `
  SELECT l.id::text, l.payment_id::text AS payment, p.payer_id::text AS payer, p.recipient_id::text AS recipient, l.kind::text,
    l.state::text, l.amount_centavos::text AS amount, l.attention_code AS code, l.deadline_seconds::float8 AS deadline
  FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id ORDER BY p.number, l.created_at, l.kind, l.id`;
const SUSPENSE = `
  SELECT s.deposit_id AS id, d.clabe, s.reason, s.issuance_id IS NOT NULL AS "isIssued", s.closed_at IS NULL AS "isOpen"
  FROM reactor.suspense s JOIN reactor.juno_deposit d ON d.id = s.deposit_id ORDER BY s.opened_at`;

/** Time passes once for all stories that wait for it together: when each of them has come so far, or can come no further. */
function openClock(passDays: (days: number) => Promise<unknown>) {
  let awaited = new Set<string>();
  let passed: Promise<unknown> | undefined;
  let days = 0;
  let ready = Promise.withResolvers<void>();
  const leave = (id: string): void => {
    if (awaited.delete(id) && awaited.size === 0) ready.resolve();
  };
  return {
    expect: (ids: readonly string[]): void => {
      awaited = new Set(ids);
      ready = Promise.withResolvers<void>();
      passed = undefined;
      days = 0;
    },
    leave,
    pass: async (id: string, many: number): Promise<void> => {
      days = Math.max(days, many);
      leave(id);
      await ready.promise;
      passed ??= passDays(days);
      await passed;
    },
  };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

export async function openStage(world: World) {
  const pool = new pg.Pool({ connectionString: world.urls.database, max: 4 });
  pool.on('error', () => undefined);
  const query = async <T extends object>(text: string, values: unknown[] = []): Promise<T[]> =>
    (await pool.query<T>(text, values)).rows;
  const [second, agentKey] = [
    createApi(world.urls.reactor, await keyOf(world, 'approver')),
    await keyOf(world, 'agent'),
  ];
  let taken = 0;

  async function look(): Promise<Seen> {
    const [rows, suspense] = await Promise.all([query<Leg>(LEGS), query<Waiting>(SUSPENSE)]);
    return { legs: rows.map((row) => ({ ...row, amount: formatDecimal(centavos(BigInt(row.amount))) })), suspense };
  }
  let last = { at: 0, seen: undefined as Promise<Seen> | undefined };
  /** One look for all who wait. */
  const shared = (): Promise<Seen> => {
    if (!last.seen || performance.now() - last.at > POLL_MS) last = { at: performance.now(), seen: look() };
    return last.seen ?? look();
  };

  return {
    world,
    /** The person who did not propose. */
    second: second as Api,
    agentKey,
    query,
    look,
    shared,
    // By the database’s own clock, which tells all ages; the processes’ clocks stay as they are.
    clock: openClock((days) =>
      query(
        `CREATE OR REPLACE FUNCTION reactor.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() + interval '${days} days' $$`,
      ),
    ),
    /** No account of a story is in any other. */
    newAccount: (isNvio = false): Clabe => (isNvio ? clabeOf('710') : payoutClabe(taken++)),
    close: () => pool.end(),
  };
}

/** One story while it is told: who is in it, and what it has made so far. */
export function openScene(stage: Stage, row: Row) {
  const people = new Map<Person, Promise<User>>();
  const accounts = new Map<Account | 'stranger', string>();
  const ids = new Set<string>();
  const { world, shared } = stage;

  const drawn = (role: Account | 'stranger', isNvio: boolean): string => {
    const clabe = stage.newAccount(isNvio);
    return role === 'mistyped' ? `${clabe.slice(0, 17)}${(Number(clabe[17]) + 1) % 10}` : clabe;
  };
  const person = (who: Person): Promise<User> => {
    const made =
      people.get(who) ??
      (async () => {
        const user = await createPerson(world, NAMES[who], row.unscreened?.some((one) => one === who) ?? false);
        ids.add(user.id);
        return user;
      })();
    people.set(who, made);
    return made;
  };
  const ofRow = ({ legs }: Seen): Leg[] => legs.filter(({ payer, recipient }) => ids.has(payer) || ids.has(recipient));
  const clabe = async (): Promise<string> => (await person('payer')).depositClabe ?? '';

  /** Asks until the answer is yes; throws with all that is known when it never is. */
  async function until<T>(what: string, ask: (seen: Seen) => Promise<T | false> | T | false): Promise<T> {
    for (const deadline = performance.now() + LONGEST_MS; performance.now() < deadline; await delay(POLL_MS)) {
      const answer = await ask(await shared());
      if (answer !== false) return answer;
    }
    const legs = ofRow(await stage.look());
    const payment = legs.at(-1)?.payment;
    const why = payment === undefined ? null : await world.api.call(`/payments/${payment}/why`).catch(String);
    throw new Error(`${row.id}: it never came to this: ${what}. ${JSON.stringify({ legs, why })}`);
  }

  return {
    row,
    stage,
    person,
    account: (role: Account | 'stranger', isNvio = false): string => {
      const known = accounts.get(role) ?? drawn(role, isNvio);
      accounts.set(role, known);
      return known;
    },
    accounts: (): ReadonlyMap<Account | 'stranger', string> => accounts,
    people: (): ReadonlySet<string> => ids,
    /** Where its payer pays in. */
    clabe,
    legs: async () => ofRow(await shared()),
    until,
    /** What its deposits wait for a person with. */
    waiting: async (seen: Seen) => {
      const own = await clabe();
      return seen.suspense.filter((item) => item.clabe === own && item.isOpen);
    },
    ofRow,
  };
}
export type Scene = ReturnType<typeof openScene>;

async function createPerson(world: World, fullName: string, isUnscreened: boolean): Promise<User> {
  const terms = { fullName, email: 'somebody@example.com' };
  let user = isUnscreened ? ((await world.api.call('/users', terms)) as User) : await world.api.createUser(terms);
  for (
    const deadline = performance.now() + LONGEST_MS;
    user.depositClabe === null;
    user = await world.api.user(user.id)
  ) {
    if (performance.now() > deadline) throw new Error('a person of a story never got a CLABE');
    await delay(POLL_MS);
  }
  return user;
}
