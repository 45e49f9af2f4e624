import { sql } from 'drizzle-orm';
import type { CreateJunoClientParameters } from '../juno/client.ts';
import { createNonce } from '../juno/nonce.ts';
import type { Db } from './db/client.ts';
import type { Settings } from './settings.ts';

const TURN_LOCK = 7_205_761;
/** Drawn at once, so that not each call asks the database first; what is left of them is given up when it is this old. */
const DRAWN_AT_ONCE = 32;
const KEPT_MS = 60_000;

/** How every process on this key signs; spread into the parameters of each door. */
export type Signing = Pick<CreateJunoClientParameters, 'nonce' | 'inTurn' | 'signedPath'>;

/**
 * Juno and Bitso know the same keys, so both doors share the nonces of one sequence in the database.
 *
 * - `v2` (A/nonce-v2-rollout): any order, so calls are made side by side, and each process draws many numbers of the sequence at once.
 * - `v1` (J/create-signed-requests): each nonce greater than the last that arrived. It has the 19 digits of v2, or a key that
 *   once heard one of those would take none of 13 digits for ever. It is drawn, sent and answered before
 *   the next one is drawn, by one call of one process at a time: slow, and only for a Juno that takes nothing else.
 */
export function openSigning(db: Db, { juno }: Pick<Settings, 'juno'>, now: () => number = Date.now): Signing {
  const { signedPath } = juno;
  if (juno.nonce === 'v1') return { signedPath, nonce: () => nextV1(db), inTurn: oneAtATime(db) };
  return { signedPath, nonce: createNonce({ nextSequence: drawMany(db, now), now }) };
}

/** Numbers of the sequence that every process draws from: no two are ever given the same, and those that nobody uses are left out. */
function drawMany(db: Db, now: () => number): () => Promise<bigint> {
  let drawn: bigint[] = [];
  let drawnAt_ms = 0;
  let drawing: Promise<void> | null = null;
  const draw = async () => {
    const { rows } = await db.execute<{ next: string }>(
      sql`SELECT nextval('reactor.juno_nonce') AS next FROM generate_series(1, ${DRAWN_AT_ONCE})`,
    );
    drawn = rows.map(({ next }) => BigInt(next)).reverse();
    drawnAt_ms = now();
  };
  return async () => {
    for (;;) {
      const next = Math.abs(now() - drawnAt_ms) < KEPT_MS ? drawn.pop() : undefined;
      if (next !== undefined) return next;
      drawing ??= draw().finally(() => {
        drawing = null;
      });
      await drawing;
    }
  };
}

/**
 * Epoch milliseconds and six zeros, or one more than the last where that is not more: a clock that was set back stops nothing. One
 * statement, so that no two calls draw the same even when a turn was lost with its connection.
 */
async function nextV1(db: Db): Promise<string> {
  const { rows } = await db.execute<{ last: string }>(sql`
    INSERT INTO reactor.juno_nonce_v1 AS n (is_only, last) VALUES (true, floor(extract(epoch FROM reactor.now()) * 1000)::bigint * 1000000)
    ON CONFLICT (is_only) DO UPDATE SET last = greatest(n.last + 1, excluded.last) RETURNING last::text`);
  const [row] = rows;
  if (!row) throw new Error('the database gave no nonce');
  return row.last;
}

/** One call at a time in this process first, so that waiting takes no connection; then among all processes. */
function oneAtATime(db: Db): NonNullable<Signing['inTurn']> {
  let last: Promise<unknown> = Promise.resolve();
  return (call) => {
    const turn = last.then(() => alone(db, call));
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function alone<T>(db: Db, call: () => Promise<T>): Promise<T> {
  const client = await db.$client.connect();
  let isLost = true;
  try {
    await client.query('SELECT pg_advisory_lock($1)', [TURN_LOCK]);
    const answer = await call().finally(async () => {
      // A connection that does not say so is closed, and the lock with it: what the call brought stands.
      isLost = await client.query('SELECT pg_advisory_unlock($1)', [TURN_LOCK]).then(
        () => false,
        () => true,
      );
    });
    return answer;
  } finally {
    client.release(isLost);
  }
}
