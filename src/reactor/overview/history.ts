/** How many legs were in each open state at the end of each hour or day: counted back from now by the moves that are kept of each. */
import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Db } from '../db/client.ts';
import { keptFor } from '../metrics/readings.ts';
import { FINAL, LEG_STATES } from '../payment/states.ts';

const MOST_MS = 2_000;
/** Longer than any transaction lasts: of what is over for so long, nothing is still to be committed. */
const SETTLED_MS = 15 * 60_000;
/** How far back each goes: two days, and a month. */
export const WINDOWS = { hour: 48, day: 30 } as const;
export type Unit = keyof typeof WINDOWS;

const OPEN = LEG_STATES.filter((state) => !FINAL.has(state));
const COUNT = z.number().int();
const STATE = z.enum(LEG_STATES);
const MOVE = z.object({ from: STATE.nullable(), to: STATE, n: COUNT });
const EDGES = z.array(z.object({ start: z.string(), isOver: z.boolean() }));
const REST = z.object({
  present: z.array(z.object({ state: STATE, n: COUNT })),
  moves: z.array(MOVE.extend({ start: z.string() })),
});

export type Point = Readonly<{
  /** When the hour or the day begins. */
  from: string;
  /** Of its end, or of now: only states that some leg was in. */
  legs: readonly Readonly<{ state: (typeof LEG_STATES)[number]; count: number }>[];
  completed: number;
  /** Those that ended in it otherwise: expired, replaced, closed. */
  ended: number;
}>;

type Move = z.output<typeof MOVE>;
type Reading = Readonly<{
  starts: readonly string[];
  present: readonly Readonly<{ state: z.output<typeof STATE>; n: number }>[];
  moves: readonly (Move & Readonly<{ start: string }>)[];
}>;

/**
 * Answers how to read it. What is over does not change: each of its hours or days is counted once, in a statement of its own, and
 * kept; from then on only what is newer is read, in one statement with what is open, so that both are of one moment.
 */
function openHistory({ db, now }: Pick<Context, 'db' | 'now'>, unit: Unit): () => Promise<{ points: Point[] }> {
  const step = sql.raw(`interval '1 ${unit}'`);
  const counted = new Map<string, readonly Move[]>();
  const ask = (statement: SQL) =>
    db.transaction(async (tx) => {
      await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${MOST_MS}`));
      return (await tx.execute(statement)).rows;
    });
  const movesFrom = (start: string, end: SQL) => sql`SELECT from_state AS "from", to_state AS "to", count(*)::int AS n
    FROM reactor.leg_history WHERE at >= ${start}::timestamptz ${end} GROUP BY 1, 2`;

  return async () => {
    const at = now();
    // Mexico City changes its clocks no more: each of its days is as long as another.
    const edges = await ask(sql`
      SELECT ${text(sql`s`)} AS start, s + ${step} < ${new Date(at.getTime() - SETTLED_MS).toISOString()}::timestamptz AS "isOver"
      FROM date_trunc(${sql.raw(`'${unit}'`)}, ${at.toISOString()}::timestamptz, 'America/Mexico_City') AS last,
        generate_series(last - ${WINDOWS[unit] - 1} * ${step}, last, ${step}) s ORDER BY s`);
    const steps = EDGES.parse(edges);
    const over = steps.filter(({ isOver }) => isOver);
    for (const start of counted.keys()) if (!over.some((one) => one.start === start)) counted.delete(start);
    for (const { start } of over) {
      if (counted.has(start)) continue;
      counted.set(
        start,
        z.array(MOVE).parse(await ask(movesFrom(start, sql`AND at < ${start}::timestamptz + ${step}`))),
      );
    }
    const since = steps[over.length]?.start ?? at.toISOString();
    const [rest] = await ask(sql`SELECT
      (SELECT coalesce(json_agg(p), '[]') FROM (SELECT state, count(*)::int AS n FROM reactor.leg
        WHERE state NOT IN ('completed', 'replaced', 'expired', 'closed') GROUP BY 1) p) AS present,
      (SELECT coalesce(json_agg(json_build_object('start', ${text(sql`m.start`)}, 'from', m.from_state, 'to', m.to_state, 'n', m.n)), '[]')
        FROM (SELECT date_bin(${step}, at, ${since}::timestamptz) AS start, from_state, to_state, count(*)::int AS n FROM reactor.leg_history
          WHERE at >= ${since}::timestamptz GROUP BY 1, 2, 3) m) AS moves`);
    const { present, moves } = REST.parse(rest);
    const before = over.flatMap(({ start }) => (counted.get(start) ?? []).map((move) => ({ start, ...move })));
    return { points: countBack({ starts: steps.map(({ start }) => start), present, moves: [...before, ...moves] }) };
  };
}

/** However many look, it is read so often. */
const KEEP_MS = 30_000;
type Histories = Readonly<Record<Unit, () => Promise<{ points: Point[] }>>>;
const OPENED = new WeakMap<Db, Histories>();

/**
 * Both as one process has them, whoever asks: a loop reads them from the start on, so that nobody waits for the first month to be
 * counted.
 */
export function historiesOf(ctx: Pick<Context, 'db' | 'now' | 'monotonic'>): Histories {
  const known = OPENED.get(ctx.db);
  if (known) return known;
  const made = {
    hour: keptFor(KEEP_MS, ctx.monotonic, openHistory(ctx, 'hour')),
    day: keptFor(KEEP_MS, ctx.monotonic, openHistory(ctx, 'day')),
  };
  OPENED.set(ctx.db, made);
  return made;
}

const text = (at: SQL) => sql`to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** From what is open now back to the first: each move of a later one is undone. */
export function countBack({ starts, present, moves }: Reading): Point[] {
  const counts = new Map(present.map(({ state, n }) => [state, n]));
  const add = (state: (typeof LEG_STATES)[number] | null, n: number) => {
    if (state !== null && !FINAL.has(state)) counts.set(state, (counts.get(state) ?? 0) + n);
  };
  return starts
    .toReversed()
    .map((from) => {
      const own = moves.filter(({ start }) => start === from);
      const legs = OPEN.flatMap((state) => {
        const count = counts.get(state) ?? 0;
        return count > 0 ? [{ state, count }] : [];
      });
      for (const move of own) {
        add(move.to, -move.n);
        add(move.from, move.n);
      }
      const into = (is: (state: (typeof LEG_STATES)[number]) => boolean) =>
        own.reduce((sum, { to, n }) => sum + (is(to) ? n : 0), 0);
      const completed = into((state) => state === 'completed');
      return { from, legs, completed, ended: into((state) => FINAL.has(state)) - completed };
    })
    .toReversed();
}
