import { eq, sql } from 'drizzle-orm';
import { centavos } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { effect } from '../db/schema.ts';
import { assertCaps } from '../guards/caps.ts';
import { assertGuards, GuardClosedError } from '../guards/check.ts';
import { passesOf } from '../guards/scope.ts';
import { traceConfirmed } from '../trace/confirmed.ts';
import { plain } from '../words.ts';
import { workOf } from '../work.ts';
import type { Driver, EffectRow, Outcome } from './driver.ts';
import { assertLane, extendLane, type Lane } from './lane.ts';
import type { EffectState } from './states.ts';

/**
 * A write may begin this long after the sender began to commit its intent to send; then it must ask again. Shorter than the lease
 * that the same commit begins anew, so whoever takes over finds the sender unable to write.
 */
const WRITE_DEADLINE_MS = 10_000;
/**
 * The guards count for so long before the write. After that (a slow connection, a wait for leave, a process that slept) they are asked
 * again, which must not take as long itself: whoever throws a switch has it thrown everywhere within a second.
 */
const GUARDS_COUNT_MS = 500;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;
/** The outside answers and has no trace, again and again: a person is told, and looks cost calls that others need. */
const LAST_LOOK_MS = 3_600_000;

export type SendEffectOptions = Readonly<{
  /** Switches over it beside those of its payment. */
  switches?: readonly string[];
  /** False where something beyond the guards forbids to write: then an unknown one is looked for, and nothing is sent. */
  mayWrite?: boolean;
  /** What it is that forbids, for whoever reads why an unknown one is not repeated. */
  bar?: string;
  /** A person asked for this look: it finds, or it changes nothing of when the machine looks or repeats by itself. */
  isAsked?: boolean;
}>;

export class DeadlinePassedError extends Error {
  override readonly name = 'DeadlinePassedError';
}

/**
 * Takes one recorded, interrupted or unknown effect one step further: sends it, repeats it with the same key and bytes inside
 * the replay window, or looks for it. Never throws for an outcome: what happened is in the effect's row. Throws a
 * LaneLostError when another process has taken over.
 */
export async function sendEffect(
  ctx: Context,
  lane: Lane,
  driver: Driver,
  effectId: string,
  { switches = [], mayWrite = true, bar, isAsked = false }: SendEffectOptions,
): Promise<void> {
  const deadline = ctx.monotonic() + WRITE_DEADLINE_MS;
  let asked_ms = 0;
  const asked = async <T>(asking: (tx: Tx) => Promise<T>): Promise<T> =>
    ctx.db.transaction(async (tx) => {
      const answer = await asking(tx);
      // Before the commit: who stops something waits for it, and whatever they stop then stands.
      asked_ms = ctx.monotonic();
      return answer;
    });
  const begun = await asked((tx) => begin(tx, ctx, lane, driver, effectId, { switches, mayWrite }));
  if (begun.do === 'send') ctx.memory?.note(begun.effect);
  if (begun.do === 'nothing') return;
  if (begun.do === 'look') return lookFor(ctx, lane, driver, begun, { bar, isAsked });
  const isOld = () => ctx.monotonic() > asked_ms + GUARDS_COUNT_MS;
  const guard = async () => {
    if (isOld()) await asked((tx) => askAgain(tx, ctx, begun.effect, switches));
    if (isOld() || ctx.monotonic() > deadline)
      throw new DeadlinePassedError('The process slept past its deadline; nothing was written.');
  };
  const outcome = await driver.send(ctx, begun.effect, guard);
  const settled = await ctx.db.transaction((tx) => settle(tx, ctx, lane, begun.effect, outcome));
  ctx.memory?.note(settled);
}

/** `isPast`: nothing repeats it any more. */
type Looked = { do: 'look'; effect: EffectRow; isPast: boolean };
type Begun = { do: 'send'; effect: EffectRow } | Looked | { do: 'nothing' };

/** The fenced commit before anything is written to the wire. */
async function begin(
  tx: Tx,
  ctx: Context,
  lane: Lane,
  driver: Driver,
  effectId: string,
  { switches, mayWrite }: { switches: readonly string[]; mayWrite: boolean },
): Promise<Begun> {
  await extendLane(tx, lane, ctx.memory);
  let { row, age_ms } = await lockEffect(tx, effectId);
  if (row.state === 'sending') {
    // Whoever was sending is gone: what became of it is not known.
    row = await moveEffect(tx, lane, row, 'unknown', {
      code: 'sender_gone',
      text: 'the process that was sending it went away',
    });
  }
  if (row.state !== 'recorded' && row.state !== 'unknown') return { do: 'nothing' };
  const isPast = !driver.isRepeatable || age_ms >= ctx.settings.junoReplayWindow_ms;
  if (row.state === 'unknown' && (isPast || !mayWrite)) return { do: 'look', effect: row, isPast };
  if (!mayWrite) return { do: 'nothing' };
  try {
    // In a savepoint: a closed guard must not undo what was learnt above.
    row = await tx.transaction(async (inner) => {
      await assertGuards(inner, { ...scopeOf(row), switches });
      return recount(inner, ctx, row);
    });
  } catch (error) {
    if (!(error instanceof GuardClosedError)) throw error;
    if (row.state === 'unknown') return { do: 'look', effect: row, isPast };
    await tx
      .update(effect)
      .set({
        error: { code: error.code, text: error.message },
        nextLookAt: sql`reactor.now() + interval '1 second'`,
      })
      .where(eq(effect.id, row.id));
    return { do: 'nothing' };
  }
  return { do: 'send', effect: await moveEffect(tx, lane, row, 'sending', null) };
}

/** What forbids it by now. What is being sent is counted where it was: where that day is over, it is not written, and begins anew. */
async function askAgain(tx: Tx, ctx: Context, row: EffectRow, switches: readonly string[]): Promise<void> {
  await assertGuards(tx, { ...scopeOf(row), switches });
  if (isElsewhere(row, await capsNow(tx, ctx, row)))
    throw new DeadlinePassedError('The day ended in which it was counted; nothing was written.');
}

/** The caps as they are now: what was recorded on a day that is over, or before a limit was lowered, may have no room any more. */
async function recount(tx: Tx, ctx: Context, row: EffectRow): Promise<EffectRow> {
  const caps = await capsNow(tx, ctx, row);
  if (isElsewhere(row, caps)) await tx.update(effect).set({ caps }).where(eq(effect.id, row.id));
  return { ...row, caps };
}
const capsNow = async (tx: Tx, ctx: Context, row: EffectRow): Promise<string[]> => {
  const { legId } = scopeOf(row);
  if (row.caps.length === 0 || legId === null) return row.caps;
  return assertCaps(tx, ctx, legId, centavos(row.amount), row.caps);
};
const isElsewhere = ({ caps }: EffectRow, now: readonly string[]): boolean => now.some((name, at) => name !== caps[at]);

/** What of an effect decides what stands over it. */
export const scopeOf = ({ paymentId, subjectKind, subjectId, kind }: EffectRow) => ({
  paymentId,
  ...passesOf(kind),
  legId: subjectKind === 'leg' ? subjectId : null,
});

async function settle(tx: Tx, ctx: Context, lane: Lane, row: EffectRow, outcome: Outcome): Promise<EffectRow> {
  await assertLane(tx, lane);
  if (outcome.is === 'confirmed') {
    const confirmed = await moveEffect(tx, lane, row, 'confirmed', null, outcome);
    traceConfirmed(ctx, row);
    return confirmed;
  }
  const error = { code: outcome.code, text: outcome.text };
  // A repeat that was not written proves nothing about the send before it.
  const unsent: EffectState = row.sends > 1 ? 'unknown' : 'recorded';
  const to = outcome.is === 'not_sent' ? unsent : outcome.is === 'rejected' && row.sends > 1 ? 'unknown' : outcome.is;
  const pause_ms = outcome.is === 'not_sent' ? outcome.retryAfter_ms : undefined;
  const moved = await moveEffect(tx, lane, row, to, error, { pause_ms });
  const log = pause_ms === undefined ? ctx.log.warn : ctx.log.info;
  log.call(ctx.log, {
    event: 'effect_not_confirmed',
    ...workOf(row),
    state: to,
    ...error,
  });
  return moved;
}

/** Passive look-up, for what may not be repeated. One candidate confirms; none or several are left to a person. */
async function lookFor(
  ctx: Context,
  lane: Lane,
  driver: Driver,
  { effect: row, isPast }: Looked,
  { bar, isAsked }: Readonly<{ bar: string | undefined; isAsked: boolean }>,
): Promise<void> {
  const seen = await driver.look(ctx, row);
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);
    if (seen.found === 'one') {
      await moveEffect(tx, lane, row, 'confirmed', null, seen);
      traceConfirmed(ctx, row);
      return;
    }
    const outcome =
      seen.found === 'none'
        ? 'its answer was lost and no trace of it is found outside'
        : 'its answer was lost, and which record outside is its own cannot be told';
    const text = bar ? `${outcome}; it is not repeated: ${bar}` : outcome;
    await tx
      .update(effect)
      .set({
        error: { code: `look_found_${seen.found}`, text },
        // What may still be repeated is looked at often enough to be repeated once nothing forbids it.
        ...(isAsked
          ? {}
          : { failures: row.failures + 1, nextLookAt: backOff(row.failures, isPast ? LAST_LOOK_MS : LAST_RETRY_MS) }),
      })
      .where(eq(effect.id, row.id));
  });
}

/** Locks an effect; `age_ms` is the time since it was first sent, by the one clock that dated it: the database's. */
async function lockEffect(tx: Tx, effectId: string): Promise<{ row: EffectRow; age_ms: number }> {
  const age = sql<string>`coalesce(extract(epoch FROM reactor.now() - ${effect.firstSentAt}) * 1000, 0)`;
  const [found] = await tx
    .select({ row: effect, age_ms: age })
    .from(effect)
    .where(eq(effect.id, effectId))
    .for('update');
  if (!found) throw new Error(`no effect ${effectId}`);
  return { row: found.row, age_ms: Number(found.age_ms) };
}

const fromNow = (ms: number) => sql`reactor.now() + ${ms} * interval '1 millisecond'`;
const backOff = (failures: number, most_ms = LAST_RETRY_MS) =>
  fromNow(Math.min(FIRST_RETRY_MS * 2 ** failures, most_ms));

/**
 * Moves an effect, fenced by the lane's epoch; the database refuses an illegal move and any epoch but the lane's present one. A setback counts as a
 * failure and waits longer each time, unless `pause_ms` says when its turn comes.
 */
export async function moveEffect(
  tx: Tx,
  lane: Lane,
  row: EffectRow,
  to: EffectState,
  error: { code: string; text: string } | null,
  { externalId, pause_ms, decidedBy }: { externalId?: string; pause_ms?: number | undefined; decidedBy?: string } = {},
): Promise<EffectRow> {
  const isSend = to === 'sending';
  const isSetback = to === 'recorded' || (to === 'unknown' && row.state === 'sending');
  const [moved] = await tx
    .update(effect)
    .set({
      state: to,
      lane: lane.name,
      laneEpoch: lane.epoch,
      error: error && { ...error, text: plain(error.text) },
      ...(externalId === undefined ? {} : { externalId }),
      ...(decidedBy === undefined ? {} : { decidedBy }),
      ...(isSend ? { sends: row.sends + 1, firstSentAt: row.firstSentAt ?? sql`reactor.now()` } : {}),
      ...(to === 'recorded' ? { sends: row.sends - 1, firstSentAt: null } : {}),
      ...(isSetback && pause_ms === undefined ? { failures: row.failures + 1, nextLookAt: backOff(row.failures) } : {}),
      ...(isSetback && pause_ms !== undefined ? { nextLookAt: fromNow(pause_ms) } : {}),
      ...(to === 'confirmed' ? { failures: 0 } : {}),
    })
    .where(eq(effect.id, row.id))
    .returning();
  if (!moved) throw new Error(`no effect ${row.id}`);
  return moved;
}
