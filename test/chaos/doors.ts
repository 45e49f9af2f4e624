import pg from 'pg';
import { type Hex, keccak256, type Transport } from 'viem';
import { rpcTransport } from '../../src/chain/door.ts';
import { exchange } from '../../src/juno/transport.ts';
import { ReactorClient } from '../../src/reactor/db/connection.ts';
import type { Carriers } from '../../src/reactor/main.ts';
import { type EffectKnown, type Known, type LegKnown, nameOfCommit } from './names.ts';
import { readStatement, type Statement, type Write } from './statement.ts';

/** A place just before or just after a commit or a send. */
export type Point = Readonly<{
  name: string;
  /** The payments that it is about, where it is about any. */
  payments: readonly string[];
}>;

/** Is told of each point and may never come back from it. */
export type Reach = (point: Point) => Promise<void>;

type Query = (...parameters: unknown[]) => Promise<pg.QueryResult>;
type Callback = (error: unknown, result?: pg.QueryResult) => void;

const LEG =
  'SELECT id::text, kind::text, rail::text, payment_id::text AS "paymentId" FROM reactor.leg WHERE id::text = $1';
const EFFECT = `SELECT e.id::text, e.kind::text, e.payment_id::text AS payment, e.subject_kind || ':' || e.subject_id AS subject,
    CASE WHEN e.subject_kind = 'leg' THEN e.subject_id END AS leg
  FROM reactor.effect e LEFT JOIN reactor.wallet_transaction w ON w.effect_id = e.id WHERE e.id::text = $1 OR e.key = $1 OR w.hash = $1 LIMIT 1`;

type EffectRow = { id: string; kind: string; payment: string | null; subject: string; leg: string | null };

/** The carriers of a reactor's doors with every commit and every send between two points. */
export function watchDoors(
  { databaseUrl, rpcUrl }: { databaseUrl: string; rpcUrl: string },
  reach: Reach,
): Required<Carriers> {
  const aside = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  aside.on('error', () => undefined);
  const legs = new Map<string, LegKnown>();
  const effects = new Map<string, EffectKnown & { paymentId: string | null }>();

  const around = async <T>(name: string, payments: readonly string[], act: () => Promise<T>): Promise<T> => {
    await reach({ name: `before ${name}`, payments });
    const answer = await act();
    if (!isNothing(answer)) await reach({ name: `after ${name}`, payments });
    return answer;
  };

  /** What a leg or an effect is never changes, so it is asked for once. */
  async function learnLeg(id: string): Promise<LegKnown | undefined> {
    if (!legs.has(id)) {
      const [row] = (await aside.query<LegKnown>(LEG, [id])).rows;
      if (row) legs.set(id, row);
    }
    return legs.get(id);
  }
  async function learnEffect(id: string): Promise<(EffectKnown & { paymentId: string | null }) | undefined> {
    const found = effects.get(id);
    if (found) return found;
    const [row] = (await aside.query<EffectRow>(EFFECT, [id])).rows;
    if (!row) return undefined;
    const leg = row.leg === null ? null : ((await learnLeg(row.leg)) ?? null);
    effects.set(id, { kind: row.kind, leg, subject: row.subject, paymentId: row.payment });
    return effects.get(id);
  }

  /** What this very transaction inserts is seen by nobody else yet. */
  async function learn(writes: readonly Write[]): Promise<string[]> {
    const payments = new Set<string>();
    for (const { table, verb, values, where } of writes) {
      const id = values['id'] ?? where['id'];
      if (table === 'leg' && verb === 'insert' && id)
        legs.set(id, { kind: values['kind'] ?? '', rail: values['rail'] ?? '', paymentId: values['payment_id'] ?? '' });
      if (table === 'effect' && verb === 'insert' && id) {
        const leg = values['subject_kind'] === 'leg' ? ((await learnLeg(values['subject_id'] ?? '')) ?? null) : null;
        const paymentId = values['payment_id'] ?? null;
        effects.set(id, { kind: values['kind'] ?? '', leg, subject: values['subject_id'] ?? '', paymentId });
      }
      const effectId =
        table === 'effect' ? id : table === 'wallet_transaction' ? (values['effect_id'] ?? where['hash']) : null;
      const paymentId =
        (table === 'leg' && id ? (await learnLeg(id))?.paymentId : undefined) ??
        (effectId ? (await learnEffect(effectId))?.paymentId : undefined) ??
        values['payment_id'] ??
        where['payment_id'];
      if (paymentId) payments.add(paymentId);
      if (table === 'lane') {
        const [of, subject] = (values['name'] ?? where['name'] ?? '').split(':');
        if (of === 'payment' && subject) payments.add(subject);
      }
    }
    return [...payments];
  }
  const known: Known = { leg: (id) => legs.get(id ?? ''), effect: (id) => effects.get(id ?? '') };

  const watchQuery = (query: Query): Query => {
    let open: Write[] | null = null;
    const commit = async (writes: readonly Write[], act: () => Promise<pg.QueryResult>) => {
      const payments = await learn(writes);
      const name = nameOfCommit(writes, known);
      // A trigger may make another leg of it than the statement says.
      for (const { table, verb, values } of writes)
        if (table === 'leg' && verb === 'insert') legs.delete(values['id'] ?? '');
      return around(`commit of ${name}`, payments, act);
    };
    return (...parameters) => {
      const act = () => query(...parameters);
      const statement = readOrEnd(...textOf(parameters));
      if (statement.is === 'begin') open = [];
      if (statement.is === 'rollback') open = null;
      if (statement.is === 'commit') {
        const writes = open ?? [];
        open = null;
        return writes.length > 0 ? commit(writes, act) : act();
      }
      if (statement.is !== 'write') return act();
      if (!open) return commit(statement.writes, act);
      open.push(...statement.writes);
      return act();
    };
  };

  class WatchedClient extends ReactorClient {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      const watched = watchQuery(this.query.bind(this) as unknown as Query);
      // Set on the instance: its overloads, which no override could name, stay as they are.
      Object.assign(this, {
        query: (...parameters: unknown[]) => {
          const callback = typeof parameters.at(-1) === 'function' ? (parameters.pop() as Callback) : undefined;
          const answer = watched(...parameters);
          if (!callback) return answer;
          answer.then(
            (result) => callback(null, result),
            (error: unknown) => callback(error),
          );
          return undefined;
        },
      });
    }
  }

  return {
    Client: WatchedClient,
    exchange: async (call) => {
      if (call.method === 'GET') return exchange(call);
      const body = Buffer.from(call.body).toString('utf8');
      const key = call.headers['x-idempotency-key'] ?? /"origin_id":"([^"]+)"/.exec(body)?.[1];
      const sent = key === undefined ? undefined : await learnEffect(key);
      const path = call.path.split('?')[0]?.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id') ?? '';
      const name = `send of ${call.method} ${path}${whose(sent?.leg)}`;
      return around(name, sent?.paymentId ? [sent.paymentId] : [], () => exchange(call));
    },
    transport: watchTransport(rpcTransport(rpcUrl), async (raw, act) => {
      const sent = await learnEffect(keccak256(raw));
      const name = `broadcast of ${sent?.leg ? `${sent.leg.kind}: ` : ''}${sent?.kind ?? 'an unknown transaction'}`;
      return around(name, sent?.paymentId ? [sent.paymentId] : [], act);
    }),
  };
}

/** The reactor would take it for a query that failed and go on; so nobody goes on. */
function readOrEnd(text: string, values: readonly unknown[]): Statement {
  try {
    return readStatement(text, values);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** A statement that wrote no row: a lane that another holds, an item that is known. Nothing happened that one could die after. */
const isNothing = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  'command' in answer &&
  answer.command !== 'COMMIT' &&
  'rowCount' in answer &&
  answer.rowCount === 0;

const whose = (leg: LegKnown | null | undefined) => (leg ? ` for ${leg.kind} by ${leg.rail}` : '');

function textOf([first, second]: readonly unknown[]): [text: string, values: readonly unknown[]] {
  if (typeof first === 'string') return [first, Array.isArray(second) ? second : []];
  const { text = '', values = [] } = first as { text?: string; values?: unknown[] };
  return [text, Array.isArray(second) ? second : values];
}

/** The same transport, with what hands bytes to the node put into other hands. */
function watchTransport(transport: Transport, handOver: <T>(raw: Hex, act: () => Promise<T>) => Promise<T>): Transport {
  return (options) => {
    const inner = transport(options);
    const request = (async (call: { method: string; params?: readonly unknown[] }) =>
      call.method === 'eth_sendRawTransaction'
        ? handOver(call.params?.[0] as Hex, () => inner.request(call))
        : inner.request(call)) as typeof inner.request;
    return { ...inner, request };
  };
}
