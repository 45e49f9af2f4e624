import { Socket } from 'node:net';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Db } from '../reactor/db/client.ts';
import { shareProcessor } from './processor.ts';
import type { Time } from './time.ts';

/** What becomes of a query of a process that is to die: it is not sent, or it is and nobody hears the answer. */
export type Fate = 'run' | 'never_sent' | 'answer_lost';

/** The database as one simulated process sees it. */
export type ProcessDatabase = Readonly<{
  db: Db;
  /** Ends it as the death of the process would: what was sent is carried out, what was not committed is undone. */
  drop: () => Promise<void>;
}>;

export type Store = Readonly<{
  /** `fateOf` decides on each query; `delay` lets time pass before each turn at the database. */
  open: (process: { fateOf: () => Fate; delay: () => Promise<void> | undefined }) => ProcessDatabase;
  /** Whether somebody is in the middle of a transaction. */
  isTaken: () => boolean;
  queries: () => number;
  close: () => Promise<void>;
}>;

/** A world is tended as autovacuum would do it, but at moments that its seed tells: after so many queries, and each time they have grown by half. */
const FIRST_TENDED = 2_000;
const TEND_AGAIN = 1.5;
const NEVER = new Promise<never>(() => undefined);
type Query = string | { text: string; name?: string | undefined; values?: unknown[] };
type Turn = { isOver: boolean };
/** What answers nothing and cannot fail where the transaction has not: it goes out together with what follows it. */
const QUIET = /^(?:begin|savepoint \w+|release savepoint \w+)$/;
const NOTHING = { rows: [], rowCount: 0 };

/** A plan that fits all values is as good as one for these, with indexes alone to choose from: making it anew cost a tenth of a world. */
const PLANNED_ONCE = '-c plan_cache_mode=force_generic_plan';

/**
 * One connection to the real Postgres for all simulated processes, which take turns at it: a query, or a whole transaction, is a
 * turn. So the order of everything that is committed is the seed's and not the machine's, and a transaction that waits for
 * anything but the database is seen, for then nothing goes on. What two transactions do to each other while both are open is not
 * simulated; that is tried with real processes.
 */
export async function openStore(url: string, time: Time, processor?: number): Promise<Store> {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    options: `-c timezone=UTC -c synchronous_commit=off -c jit=off ${PLANNED_ONCE}`,
    stream: () => socket,
    pipeline: true,
  });
  await client.connect();
  if (processor !== undefined) {
    const { rows } = await client.query<{ id: number }>('SELECT pg_backend_pid() AS id');
    if (rows[0]) shareProcessor(processor, rows[0].id);
  }
  let told_ms = Number.NaN;
  let quiet: string[] = [];
  let count = 0;
  const names = new Map<string, string>();
  const nameOf = (text: string): string => {
    const name = names.get(text) ?? `q${names.size}`;
    names.set(text, name);
    return name;
  };

  /** Sends one query at the simulated time, and what it needs before it in the same breath. Each text is planned once. */
  const send = async (query: Query, values: unknown[] | undefined): Promise<unknown> => {
    count++;
    const asked = typeof query === 'string' ? { text: query } : query;
    if (QUIET.test(asked.text)) {
      quiet.push(asked.text);
      return NOTHING;
    }
    const isRollback = asked.text.startsWith('rollback');
    // What nobody was told of needs no undoing.
    if (asked.text === 'rollback' && quiet[0] === 'begin') {
      quiet = [];
      return NOTHING;
    }
    const first = [...quiet, ...(isRollback || told_ms === time.now_ms() ? [] : [`SET sim.now = '${time.now_ms()}'`])];
    quiet = [];
    // What was told inside is undone with the rest.
    told_ms = isRollback ? Number.NaN : time.now_ms();
    const given = values ?? asked.values;
    socket.cork();
    try {
      // Should it fail, so does what follows it.
      if (first.length > 0) client.query(first.join('; ')).catch(() => undefined);
      return client.query(given ? { ...asked, values: given, name: nameOf(asked.text) } : asked);
    } finally {
      socket.uncork();
    }
  };

  let tendAt = FIRST_TENDED;
  let taken: Turn | undefined;
  const waiting: { turn: Turn; begin: () => void }[] = [];
  const take = async (turn: Turn): Promise<void> => {
    if (taken === undefined) taken = turn;
    else await new Promise<void>((begin) => waiting.push({ turn, begin }));
  };
  const give = (turn: Turn): void => {
    if (taken !== turn) return;
    turn.isOver = true;
    const next = waiting.shift();
    taken = next?.turn;
    next?.begin();
  };

  return {
    open: ({ fateOf, delay }) => {
      const turns = new Set<Turn>();
      let isDropped = false;
      let underWay: Promise<unknown> | undefined;
      const begin = async (): Promise<Turn> => {
        const turn = { isOver: false };
        await delay();
        if (isDropped) return NEVER;
        turns.add(turn);
        await take(turn);
        if (count >= tendAt) {
          tendAt = count * TEND_AGAIN;
          underWay = time.track(client.query('VACUUM ANALYZE'));
          await underWay;
        }
        return turn;
      };
      const end = (turn: Turn): void => {
        turns.delete(turn);
        give(turn);
      };
      const ask = async (query: Query, values?: unknown[]): Promise<unknown> => {
        const fate = isDropped ? 'never_sent' : fateOf();
        if (fate === 'never_sent') return NEVER;
        const answer = time.track(send(query, values));
        underWay = answer.catch(() => undefined);
        if (fate === 'run') return answer;
        await underWay;
        return NEVER;
      };
      // drizzle tells a pool by the name of its class.
      class SimulatedPool {
        async query(query: Query, values?: unknown[]): Promise<unknown> {
          const turn = await begin();
          try {
            return await ask(query, values);
          } finally {
            end(turn);
          }
        }
        async connect() {
          const turn = await begin();
          return { query: ask, release: () => end(turn) };
        }
      }
      return {
        db: drizzle(new SimulatedPool() as unknown as pg.Pool),
        drop: async () => {
          isDropped = true;
          await underWay;
          for (let at = waiting.length - 1; at >= 0; at--)
            if (turns.has(waiting[at]?.turn as Turn)) waiting.splice(at, 1);
          if (taken === undefined || !turns.has(taken)) return;
          await send('rollback', undefined);
          give(taken);
        },
      };
    },
    isTaken: () => taken !== undefined,
    queries: () => count,
    close: () => client.end(),
  };
}

/**
 * Puts the simulated clock in the place of the database's own, in this very database: the product has no such switch. Then makes
 * the tables that the indexer would show.
 */
export async function prepareDatabase(url: string, { genesis_s }: { genesis_s: number }): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
    CREATE OR REPLACE FUNCTION reactor.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
      $$ SELECT to_timestamp(current_setting('sim.now')::float8 / 1000) $$;`);
    await client.query(indexedTables(genesis_s));
  } finally {
    await client.end();
  }
}

/** What makes the tables that the indexer would show: of a chain with a block a second since then. */
export const indexedTables = (genesis_s: number): string => `
    CREATE SCHEMA indexed;
    CREATE TABLE indexed.admin_event (
      id text PRIMARY KEY, chain_id int, block_number numeric(78,0), block_hash text, block_timestamp numeric(78,0), tx_hash text, log_index int,
      contract text, name text, args jsonb);
    CREATE TABLE indexed.escrow_event (
      id text PRIMARY KEY, chain_id integer NOT NULL, block_number numeric(78,0) NOT NULL, block_hash text NOT NULL,
      block_timestamp numeric(78,0) NOT NULL, tx_hash text NOT NULL, log_index integer NOT NULL,
      contract text NOT NULL, escrow_id numeric(78,0) NOT NULL, reference text, kind text NOT NULL, amount numeric(78,0), detail json);
    CREATE INDEX ON indexed.escrow_event (reference);
    CREATE INDEX ON indexed.escrow_event (block_number);
    CREATE INDEX ON indexed.escrow_event (kind);
    CREATE TABLE indexed.token_transfer (
      id text PRIMARY KEY, chain_id integer NOT NULL, block_number numeric(78,0) NOT NULL, block_hash text NOT NULL,
      block_timestamp numeric(78,0) NOT NULL, tx_hash text NOT NULL, log_index integer NOT NULL,
      token text NOT NULL, "from" text NOT NULL, "to" text NOT NULL, value numeric(78,0) NOT NULL);
    CREATE INDEX ON indexed.token_transfer (tx_hash);
    CREATE INDEX ON indexed.token_transfer ("to", block_number);
    CREATE INDEX ON indexed.token_transfer (block_number);
    CREATE TABLE indexed.stands_at (timestamp_s float8, skew_s float8 NOT NULL);
    INSERT INTO indexed.stands_at VALUES (NULL, 0);
    CREATE VIEW indexed._ponder_checkpoint AS
      SELECT 31337 AS chain_id, lpad(s::text, 10, '0') || lpad('31337', 16, '0') || lpad((s - ${genesis_s})::text, 16, '0') || repeat('0', 33) AS latest_checkpoint
      FROM (SELECT floor(coalesce(timestamp_s, extract(epoch FROM reactor.now()) + skew_s))::bigint AS s FROM indexed.stands_at) AS at;`;
