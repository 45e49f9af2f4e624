import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { writeMarks } from './record.ts';

/** When a look of one name last succeeded, and what it left for the next. */
export type Mark = Readonly<{ at: Date; detail: unknown }>;

/** A look at Juno, with what it begins with. Only one process looks at a time, so what it was told at first stays so but for itself. */
export type Look = Readonly<{
  /** By the database's clock, which also dates what is stored. */
  began: Date;
  /** The same to the last digit, for the database. */
  since: string;
  /** The oldest deposit that had not ended then. */
  unended: Readonly<{ id: string; status: string; observedAt: Date }> | null;
  mark: (name: string) => Mark | null;
  /** Written when the look ends, however it ends; where the process dies before that, the next look does the same again. */
  leave: (name: string, at: Date, detail?: object) => void;
  /** Written before it goes on: what the next look must know if this one does not come to its end. */
  leaveNow: (name: string, at: Date, detail?: object) => Promise<void>;
}>;

type Row = {
  since: string;
  began_ms: string;
  marks: Record<string, { at_ms: number; detail: unknown }>;
  unended: { id: string; status: string; at_ms: number } | null;
};

/** Asks the database once for its clock and for all that earlier looks left, and tells it once what this one leaves. */
export async function withLook<T>(ctx: Pick<Context, 'db'>, work: (look: Look) => Promise<T>): Promise<T> {
  const { rows } = await ctx.db.execute<Row>(sql`
    SELECT at.now AS since, floor(extract(epoch FROM at.now) * 1000) AS began_ms,
      (SELECT coalesce(jsonb_object_agg(h.name, jsonb_build_object('at_ms', round(extract(epoch FROM h.at) * 1000), 'detail', h.detail)), '{}')
        FROM reactor.heartbeat h WHERE h.name LIKE 'intake%') AS marks,
      (SELECT jsonb_build_object('id', d.id, 'status', d.status, 'at_ms', round(extract(epoch FROM d.observed_at) * 1000))
        FROM reactor.juno_deposit d WHERE d.status NOT IN ('complete', 'failed') ORDER BY d.observed_at LIMIT 1) AS unended
    FROM (SELECT reactor.now() AS now) AS at`);
  const [row] = rows;
  if (!row) throw new Error('the database gave no time');
  const marks = new Map<string, Mark>(
    Object.entries(row.marks).map(([name, { at_ms, detail }]) => [name, { at: new Date(at_ms), detail }]),
  );
  const { unended } = row;
  const left = new Map<string, Mark>();
  const leave: Look['leave'] = (name, at, detail = {}) => {
    marks.set(name, { at, detail });
    left.set(name, { at, detail });
  };
  try {
    return await work({
      began: new Date(Number(row.began_ms)),
      since: row.since,
      unended: unended && { id: unended.id, status: unended.status, observedAt: new Date(unended.at_ms) },
      mark: (name) => marks.get(name) ?? null,
      leave,
      leaveNow: async (name, at, detail = {}) => {
        await writeMarks(ctx, [{ name, at, detail }]);
        marks.set(name, { at, detail });
        left.delete(name);
      },
    });
  } finally {
    await writeMarks(
      ctx,
      [...left].map(([name, mark]) => ({ name, ...mark })),
    );
  }
}
