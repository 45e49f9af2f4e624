/** What a process saw committed of the effects, so that it notices a database that forgot it. */
import { type SQL, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { RECOVERY_SWITCH } from '../guards/scope.ts';
import type { EffectRow } from './driver.ts';

/** As many as are under way at once: of those, any may be what a copy that lags has not got. */
const MOST = 8;

/**
 * The last rows of the effects' history, of the legs' and of what people did, that this process knows to be committed. None is ever taken
 * away, so one that is gone says that the database was set back: a backup was restored in its place, or a copy took over that had not got
 * everything. What is older than the end of a recovery proves nothing any more: it knows what was lost.
 */
export type Memory = Readonly<{
  /** A move of an effect whose transaction was committed. */
  note: (moved: Pick<EffectRow, 'id' | 'updatedAt'>) => void;
  /** Whether all of it is still there, as a part of a statement. */
  isThere: () => SQL;
  /** The same as a question of its own. */
  isKept: (db: Pick<Tx, 'execute'>) => Promise<boolean>;
  /** The same, and the newest row is remembered: another process may have written it. */
  look: (db: Pick<Tx, 'execute'>) => Promise<boolean>;
  /** What is there now is all there is: once money is off. */
  forget: () => void;
}>;

type Row = Readonly<{ effectId: string; at_ms: number }>;
type Newest = Readonly<{ id: string; at_ms: number }>;
type Seen = {
  is_there: boolean;
  is_recovered: boolean;
  effect_id: string | null;
  at_ms: string | null;
  leg_history: Newest | null;
  audit_log: Newest | null;
};

/** What a leg became and what people did, by hand or by a decision, moves no effect. */
const NUMBERED = ['leg_history', 'audit_log'] as const;
type Numbered = (typeof NUMBERED)[number];
const MOMENT_MS = sql`floor(extract(epoch FROM at) * 1000)`;

const newestOf = (table: Numbered): SQL => sql`(
  SELECT jsonb_build_object('id', id::text, 'at_ms', ${MOMENT_MS}) FROM reactor.${sql.identifier(table)} ORDER BY id DESC LIMIT 1
) AS ${sql.identifier(table)}`;
const has = (table: Numbered, { id, at_ms }: Newest): SQL => sql`EXISTS (
  SELECT 1 FROM reactor.${sql.identifier(table)} WHERE id = ${id}::bigint AND ${MOMENT_MS} = ${at_ms}::bigint)`;

export function openMemory(): Memory {
  let rows: readonly Row[] = [];
  let newest: Partial<Record<Numbered, Newest>> = {};
  const numbered = () => NUMBERED.flatMap((table) => (newest[table] ? [{ table, seen: newest[table] }] : []));
  const keep = (row: Row): void => {
    rows = [...rows.filter(({ effectId }) => effectId !== row.effectId), row].slice(-MOST);
  };
  const isThere = (): SQL =>
    numbered().reduce((all, { table, seen }) => sql`${all} AND ${has(table, seen)}`, effectsAreThere());
  const effectsAreThere = (): SQL => {
    if (rows.length === 0) return sql`true`;
    const [ids, ats] = [rows.map(({ effectId }) => effectId), rows.map(({ at_ms }) => at_ms)];
    return sql`NOT EXISTS (
      SELECT 1 FROM unnest(${sql.param(ids)}::uuid[], ${sql.param(ats)}::bigint[]) AS known (effect_id, at_ms) WHERE NOT EXISTS (
        SELECT 1 FROM reactor.effect_history h
        WHERE h.effect_id = known.effect_id AND floor(extract(epoch FROM h.at) * 1000) = known.at_ms))`;
  };
  const ask = async (db: Pick<Tx, 'execute'>): Promise<Seen> => {
    const last_ms = Math.max(0, ...[...rows, ...numbered().map(({ seen }) => seen)].map(({ at_ms }) => at_ms));
    const { rows: answers } = await db.execute<Seen>(sql`
      SELECT ${isThere()} AS is_there, EXISTS (
          SELECT 1 FROM reactor.guard_switch WHERE name = ${RECOVERY_SWITCH} AND NOT is_stopped
            AND extract(epoch FROM changed_at) * 1000 > ${last_ms}::bigint) AS is_recovered,
        ${sql.join(NUMBERED.map(newestOf), sql`, `)}, newest.effect_id, floor(extract(epoch FROM newest.at) * 1000)::text AS at_ms
      FROM (SELECT 1) AS one LEFT JOIN LATERAL (SELECT * FROM reactor.effect_history ORDER BY id DESC LIMIT 1) AS newest ON true`);
    const [seen] = answers;
    if (!seen) throw new Error('the database did not say whether it has what it had');
    return seen;
  };
  const forget = (): void => {
    rows = [];
    newest = {};
  };
  return {
    note: ({ id, updatedAt }) => keep({ effectId: id, at_ms: updatedAt.getTime() }),
    isThere,
    isKept: async (db) => (await ask(db)).is_there,
    look: async (db) => {
      const { is_there, is_recovered, effect_id, at_ms, ...last } = await ask(db);
      if (!is_there && !is_recovered) return false;
      if (!is_there) forget();
      if (effect_id !== null) keep({ effectId: effect_id, at_ms: Number(at_ms) });
      for (const table of NUMBERED) newest = { ...newest, ...(last[table] ? { [table]: last[table] } : {}) };
      return true;
    },
    forget,
  };
}
