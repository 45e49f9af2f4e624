import { type SQL, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import type { Given } from '../guards/scope.ts';
import type { Memory } from './memory.ts';

/** Short: whoever is late finds at its next commit that its lane is another's, so the length decides only how long a dead one is waited for. */
export const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
/** From an intent to send on. Longer than the deadline of a write, so that whoever takes over finds the earlier holder unable to send. */
export const SEND_LEASE_MS = 12_000;

const fromNow = (ms: number) => sql`reactor.now() + ${ms} * interval '1 millisecond'`;

/** The right to work on one subject. `epoch` rises with each new holder and fences all earlier ones. */
export type Lane = Readonly<{ name: string; epoch: number; holder: string }>;

export class LaneLostError extends Error {
  override readonly name: string = 'LaneLostError';
  constructor(
    lane: Lane,
    message = `Another process took over ${lane.name}; nothing was written. It carries on there.`,
  ) {
    super(message);
  }
}

/** The database forgot what this process saw committed in it: it was restored, or another took its place that lagged behind. */
export class SetBackError extends LaneLostError {
  override readonly name = 'SetBackError';
  constructor(lane: Lane) {
    super(
      lane,
      `The database was set back while this process ran; nothing was sent for ${lane.name}. Money goes off: kustodia recover.`,
    );
  }
}

/** Does something again and again until it is stopped. */
export type Every = (interval_ms: number, work: () => void) => () => void;

const everyOnThisClock: Every = (interval_ms, work) => {
  const timer = setInterval(work, interval_ms);
  return () => clearInterval(timer);
};

/** Takes a lane that nobody holds, as a statement that answers its new epoch, or no row when somebody does. `isThere`: what must be so. */
export const taking = (name: Given, holder: Given, isThere: SQL = sql`true`): SQL => sql`
  INSERT INTO reactor.lane AS l (name, epoch, holder, held_until)
  SELECT ${name}, 1, ${holder}, ${fromNow(LEASE_MS)} WHERE ${isThere}
  ON CONFLICT (name) DO UPDATE SET epoch = l.epoch + 1, holder = excluded.holder, held_until = excluded.held_until
    WHERE l.holder IS NULL OR l.held_until < reactor.now()
  RETURNING epoch`;

const isMine = ({ name, epoch, holder }: Lane): SQL => sql`name = ${name} AND epoch = ${epoch} AND holder = ${holder}`;

/**
 * Runs `work` as the only holder of a lane, renewing the lease while it runs. Answers `busy` without waiting when somebody
 * else holds it.
 */
export async function withLane<T>(
  ctx: Pick<Context, 'db' | 'holder' | 'every'>,
  name: string,
  work: (lane: Lane) => Promise<T>,
): Promise<T | 'busy'> {
  const { rows } = await ctx.db.execute<{ epoch: string }>(taking(name, ctx.holder));
  const [row] = rows;
  if (!row) return 'busy';
  const lane: Lane = { name, epoch: Number(row.epoch), holder: ctx.holder };
  return holdLane(ctx, lane, work);
}

/** In the last statement of `holdLane`: whether the lane was this holder's to give back. */
export const WAS_HELD: SQL = sql`EXISTS (SELECT 1 FROM given)`;

/**
 * The same with a lane that was taken. What `last` makes of the result goes out in the statement that gives the lane back, and is no
 * surer to be written than the lane is to be given back.
 */
export async function holdLane<T>(
  { db, every = everyOnThisClock }: Pick<Context, 'db' | 'every'>,
  lane: Lane,
  work: (lane: Lane) => Promise<T>,
  last: (result: T) => SQL | null = () => null,
): Promise<T> {
  const stopRenewing = every(RENEW_MS, () => {
    // One that fails is tried again; if none succeeds the lease ends, and `assertLane` says so to whoever goes on.
    // A send may have made it longer, and it stays so.
    db.execute(
      sql`UPDATE reactor.lane SET held_until = greatest(held_until, ${fromNow(LEASE_MS)}) WHERE ${isMine(lane)}`,
    ).catch(() => undefined);
  });
  const give = sql`UPDATE reactor.lane SET holder = NULL WHERE ${isMine(lane)}`;
  let end = give;
  try {
    const result = await work(lane);
    const then = last(result);
    // The lane first, as in every transaction, or two could wait for one another.
    if (then) end = sql`WITH given AS (${give} RETURNING 1) ${then}`;
    return result;
  } finally {
    stopRenewing();
    // A lane that cannot be given back (the database is gone) frees itself when the lease ends.
    await db.execute(end).catch(() => undefined);
  }
}

/**
 * The same, and the lease begins anew, as long as a send needs it: whoever takes over after this holder can do so only when a write that this transaction
 * permits is past its deadline.
 */
export async function extendLane(tx: Tx, lane: Lane, memory?: Memory): Promise<void> {
  const { rowCount } = await tx.execute(sql`
    UPDATE reactor.lane SET held_until = ${fromNow(SEND_LEASE_MS)}
    WHERE ${isMine(lane)} AND held_until > reactor.now() AND ${remembered(memory)}`);
  if (rowCount !== 1) throw await whyLost(tx, lane, memory);
}

/**
 * Inside a transaction: locks the lane's row and throws a LaneLostError unless this holder still has it. The fence. With `memory` also a
 * SetBackError where the database was set back.
 */
export async function assertLane(tx: Tx, lane: Lane, memory?: Memory): Promise<void> {
  const { rows } = await tx.execute(sql`
    SELECT 1 FROM reactor.lane
    WHERE name = ${lane.name} AND epoch = ${lane.epoch} AND holder = ${lane.holder} AND held_until > reactor.now()
      AND ${remembered(memory)}
    FOR UPDATE`);
  if (rows.length === 0) throw await whyLost(tx, lane, memory);
}

const remembered = (memory: Memory | undefined): SQL => memory?.isThere() ?? sql`true`;

async function whyLost(tx: Tx, lane: Lane, memory: Memory | undefined): Promise<LaneLostError> {
  return memory && !(await memory.isKept(tx)) ? new SetBackError(lane) : new LaneLostError(lane);
}
