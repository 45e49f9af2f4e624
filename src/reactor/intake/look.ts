import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { writeMark } from './record.ts';

/** When a look of one name last succeeded, and what it left for the next. */
export type Mark = Readonly<{ at: Date; detail: unknown }>;

/** A look at Juno, with what it begins with. Only one process looks at a time, so what it was told at first stays so but for itself. */
export type Look = Readonly<{
  /** By the database's clock, which also dates what is stored. */
  began: Date;
  /** The same to the last digit, for the database. */
  since: string;
  mark: (name: string) => Mark | null;
  leave: (name: string, at: Date, detail?: object) => Promise<void>;
}>;

type Row = { since: string; began_ms: string; marks: Record<string, { at_ms: number; detail: unknown }> };

/** Asks the database once for its clock and for all that earlier looks left. */
export async function openLook(ctx: Pick<Context, 'db'>): Promise<Look> {
  const { rows } = await ctx.db.execute<Row>(sql`
    SELECT at.now AS since, floor(extract(epoch FROM at.now) * 1000) AS began_ms,
      (SELECT coalesce(jsonb_object_agg(h.name, jsonb_build_object('at_ms', round(extract(epoch FROM h.at) * 1000), 'detail', h.detail)), '{}')
        FROM reactor.heartbeat h WHERE h.name LIKE 'intake%') AS marks
    FROM (SELECT reactor.now() AS now) AS at`);
  const [row] = rows;
  if (!row) throw new Error('the database gave no time');
  const marks = new Map<string, Mark>(
    Object.entries(row.marks).map(([name, { at_ms, detail }]) => [name, { at: new Date(at_ms), detail }]),
  );
  return {
    began: new Date(Number(row.began_ms)),
    since: row.since,
    mark: (name) => marks.get(name) ?? null,
    leave: async (name, at, detail = {}) => {
      await writeMark(ctx, name, at, detail);
      marks.set(name, { at, detail });
    },
  };
}
