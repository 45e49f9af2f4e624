/** How many legs were in each open state at the end of each hour or day: counted back from now by the moves that are kept of each. */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { FINAL, LEG_STATES } from '../payment/states.ts';

const MOST_MS = 2_000;
/** How far back each goes: two days, and a month. */
export const WINDOWS = { hour: 48, day: 30 } as const;
export type Unit = keyof typeof WINDOWS;

const OPEN = LEG_STATES.filter((state) => !FINAL.has(state));
const COUNT = z.number().int();
const STATE = z.enum(LEG_STATES);
const READ = z.object({
  starts: z.array(z.string()),
  present: z.array(z.object({ state: STATE, n: COUNT })),
  moves: z.array(z.object({ start: z.string(), from: STATE.nullable(), to: STATE, n: COUNT })),
});

export type Point = Readonly<{
  /** When the hour or the day begins. */
  from: string;
  /** Of its end, or of now: only states that some leg was in. */
  legs: readonly Readonly<{ state: (typeof LEG_STATES)[number]; count: number }>[];
  completed: number;
}>;

/** One statement, so that moves and states are of one moment: what is open by its own index, the moves by the index of their time. */
export async function readHistory({ db, now }: Pick<Context, 'db' | 'now'>, unit: Unit): Promise<{ points: Point[] }> {
  const step = sql.raw(`interval '1 ${unit}'`);
  const text = (at: ReturnType<typeof sql>) => sql`to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  const first = sql`(SELECT first FROM edge)`;
  const { rows } = await db.transaction(async (tx) => {
    await tx.execute(sql.raw(`SET LOCAL statement_timeout = ${MOST_MS}`));
    // Mexico City changes its clocks no more: each of its days is as long as another.
    return tx.execute(sql`
      WITH edge AS MATERIALIZED (SELECT last, last - ${WINDOWS[unit] - 1} * ${step} AS first
        FROM date_trunc(${sql.raw(`'${unit}'`)}, ${now().toISOString()}::timestamptz, 'America/Mexico_City') AS last)
      SELECT
      (SELECT json_agg(${text(sql`s`)} ORDER BY s) FROM edge, generate_series(first, last, ${step}) s) AS starts,
      (SELECT coalesce(json_agg(p), '[]') FROM (SELECT state, count(*)::int AS n FROM reactor.leg
        WHERE state NOT IN ('completed', 'replaced', 'expired', 'closed') GROUP BY 1) p) AS present,
      (SELECT coalesce(json_agg(json_build_object('start', ${text(sql`m.start`)}, 'from', m.from_state, 'to', m.to_state, 'n', m.n)), '[]')
        FROM (SELECT date_bin(${step}, at, ${first}) AS start, from_state, to_state, count(*)::int AS n FROM reactor.leg_history
          WHERE at >= ${first} GROUP BY 1, 2, 3) m) AS moves`);
  });
  return { points: countBack(READ.parse(rows[0])) };
}

/** From what is open now back to the first: each move of a later one is undone. */
export function countBack({ starts, present, moves }: z.output<typeof READ>): Point[] {
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
      return { from, legs, completed: own.reduce((sum, { to, n }) => sum + (to === 'completed' ? n : 0), 0) };
    })
    .toReversed();
}
