import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';

/** Short: whoever is late finds at its next commit that its lane is another's, so the length decides only how long a dead one is waited for. */
export const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
/** From an intent to send on. Longer than the deadline of a write, so that whoever takes over finds the earlier holder unable to send. */
export const SEND_LEASE_MS = 12_000;

const fromNow = (ms: number) => sql`reactor.now() + ${ms} * interval '1 millisecond'`;

/** The right to work on one subject. `epoch` rises with each new holder and fences all earlier ones. */
export type Lane = Readonly<{ name: string; epoch: number; holder: string }>;

export class LaneLostError extends Error {
  override readonly name = 'LaneLostError';
  constructor(lane: Lane) {
    super(`Another process took over ${lane.name}; nothing was written. It carries on there.`);
  }
}

/** Does something again and again until it is stopped. */
export type Every = (interval_ms: number, work: () => void) => () => void;

const everyOnThisClock: Every = (interval_ms, work) => {
  const timer = setInterval(work, interval_ms);
  return () => clearInterval(timer);
};

/**
 * Runs `work` as the only holder of a lane, renewing the lease while it runs. Answers `busy` without waiting when somebody
 * else holds it.
 */
export async function withLane<T>(
  { db, holder, every = everyOnThisClock }: Pick<Context, 'db' | 'holder' | 'every'>,
  name: string,
  work: (lane: Lane) => Promise<T>,
): Promise<T | 'busy'> {
  const { rows } = await db.execute<{ epoch: string }>(sql`
    INSERT INTO reactor.lane AS l (name, epoch, holder, held_until)
    VALUES (${name}, 1, ${holder}, ${fromNow(LEASE_MS)})
    ON CONFLICT (name) DO UPDATE SET epoch = l.epoch + 1, holder = excluded.holder, held_until = excluded.held_until
      WHERE l.holder IS NULL OR l.held_until < reactor.now()
    RETURNING epoch`);
  const [row] = rows;
  if (!row) return 'busy';
  const lane: Lane = { name, epoch: Number(row.epoch), holder };
  const mine = sql`name = ${lane.name} AND epoch = ${lane.epoch} AND holder = ${lane.holder}`;
  const stopRenewing = every(RENEW_MS, () => {
    // One that fails is tried again; if none succeeds the lease ends, and `assertLane` says so to whoever goes on.
    // A send may have made it longer, and it stays so.
    db.execute(
      sql`UPDATE reactor.lane SET held_until = greatest(held_until, ${fromNow(LEASE_MS)}) WHERE ${mine}`,
    ).catch(() => undefined);
  });
  try {
    return await work(lane);
  } finally {
    stopRenewing();
    // A lane that cannot be given back (the database is gone) frees itself when the lease ends.
    await db.execute(sql`UPDATE reactor.lane SET holder = NULL WHERE ${mine}`).catch(() => undefined);
  }
}

/**
 * The same, and the lease begins anew, as long as a send needs it: whoever takes over after this holder can do so only when a write that this transaction
 * permits is past its deadline.
 */
export async function extendLane(tx: Tx, lane: Lane): Promise<void> {
  await assertLane(tx, lane);
  await tx.execute(sql`UPDATE reactor.lane SET held_until = ${fromNow(SEND_LEASE_MS)} WHERE name = ${lane.name}`);
}

/** Inside a transaction: locks the lane's row and throws a LaneLostError unless this holder still has it. The fence. */
export async function assertLane(tx: Tx, lane: Lane): Promise<void> {
  const { rows } = await tx.execute(sql`
    SELECT 1 FROM reactor.lane
    WHERE name = ${lane.name} AND epoch = ${lane.epoch} AND holder = ${lane.holder} AND held_until > reactor.now()
    FOR UPDATE`);
  if (rows.length === 0) throw new LaneLostError(lane);
}
