import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Context } from '../context.ts';
import { type Db, migrateDatabase, openDatabase } from '../db/client.ts';
import { recover } from '../recovery/recover.ts';
import { differing, restoreBackup, takeBackup, troublesOfBooks } from './backup.ts';
import { copyEscrowEvents } from './indexed.ts';
import { inScratch, makeFolder, removeLeft } from './scratch.ts';
import { measure } from './tables.ts';

export type DrillParameters = Readonly<{
  /** The login that owns the database, and may make another beside it. */
  ownerUrl: string;
  /** A database into which a backup was restored already, by whatever makes the backups; one is taken and restored unless told. */
  restoredUrl?: string | undefined;
  /** Where the backup stays; nowhere unless told. */
  keepIn?: string | undefined;
  /** A reactor over another database than its own: it asks Juno and the chain, and sends nothing. */
  contextOver: (db: Db) => Context;
  /** Is told in a few words of each step that begins. */
  step?: (what: string) => void;
}>;

export type DrillReturnType = Readonly<{
  served: boolean;
  sentence: string;
  /** When what was restored was as it is; for a backup of somebody else's, its newest move. */
  asOf: string | null;
  tables: number;
  rows: number;
  /** Tables that came back other than they were, and what is wrong with the books by themselves. */
  troubles: readonly string[];
  /** Acts of the outside since then: those that recovery would join by itself, and those that a person would have to. */
  rebuilt: number;
  left: readonly Readonly<{ act: string; what: string }>[];
  /** What drills before had left that were killed: databases, and folders with a backup. They are gone. */
  removed: readonly string[];
  duration_ms: number;
}>;

/**
 * Tries whether a backup would serve: takes one, restores it into a database of its own, compares both table by table, sums up the books, and
 * asks recovery what it would do there; then the database is dropped again. What runs goes on meanwhile; nothing is sent and nothing of
 * it is written. Throws where the database, Juno or the chain gives no answer.
 */
export async function drill(parameters: DrillParameters): Promise<DrillReturnType> {
  const { ownerUrl, restoredUrl, contextOver, step = () => undefined } = parameters;
  const began = performance.now();
  const owner = openDatabase(ownerUrl, { max: 3 });
  try {
    const removed = await removeLeft(owner.$client, new Date());
    if (restoredUrl !== undefined) {
      const restored = openDatabase(restoredUrl, { max: 4 });
      try {
        await alone(owner, (from) => alone(restored, (to) => copyEscrowEvents(from, to)));
        return await judge({
          restored,
          contextOver,
          step,
          began,
          ...(await newestMove(restored)),
          troubles: [],
          removed,
        });
      } finally {
        await restored.$client.end();
      }
    }
    return await inScratch(owner, ownerUrl, async (scratch) => {
      const folder = await makeFolder();
      const path = parameters.keepIn ?? join(folder, 'backup.jsonl.gz');
      try {
        step('taking a backup');
        const taken = await alone(owner, (client) => takeBackup(client, path));
        step('restoring it beside');
        await migrateDatabase(scratch);
        const after = await alone(scratch, (client) => restoreBackup(client, path));
        await alone(owner, (from) => alone(scratch, (to) => copyEscrowEvents(from, to)));
        const troubles = differing(taken.tables, after).map((name) => `table ${name} came back other than it was`);
        const rows = after.reduce((sum, table) => sum + table.rows, 0);
        return await judge({
          ...{ restored: scratch, contextOver, step, began, troubles, rows, removed },
          ...{ asOf: taken.at.toISOString(), tables: after.length },
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  } finally {
    await owner.$client.end();
  }
}

type JudgeParameters = Pick<DrillParameters, 'contextOver'> &
  Pick<DrillReturnType, 'asOf' | 'tables' | 'rows' | 'troubles' | 'removed'> &
  Readonly<{ restored: Db; began: number; step: (what: string) => void }>;

async function judge({ restored, contextOver, step, began, ...found }: JudgeParameters): Promise<DrillReturnType> {
  step('summing up its books');
  const troubles = [...found.troubles, ...(await alone(restored, troublesOfBooks))];
  step('asking Juno and the chain what it does not know');
  const actor = { id: 'command line', name: 'drill', role: 'admin' } as const;
  const { adopted, left, pending } = await recover(contextOver(restored), {
    ...{ actor, reason: 'a drill', notOurs: [], dryRun: true },
  });
  const served = troubles.length === 0 && left.length === 0;
  const rebuilt = adopted.length;
  const since =
    rebuilt + pending === 0
      ? 'nothing was done since'
      : `of what was done since, recovery joins ${rebuilt} acts by itself${pending > 0 ? ` once ${pending} more are in a block` : ''}`;
  const sentence = served
    ? `This backup would have served: ${found.rows} rows of ${found.tables} tables are there, the books sum to zero, and ${since}.`
    : `This backup would NOT have served: ${[...troubles, ...(left.length > 0 ? [`${left.length} acts of the outside belong to no payment in it, and a person would have to say whose they are`] : [])].join('; ')}.`;
  return { served, sentence, ...found, troubles, rebuilt, left, duration_ms: Math.round(performance.now() - began) };
}

async function alone<T>({ $client }: Db, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await $client.connect();
  let isWell = false;
  try {
    const done = await work(client);
    isWell = true;
    return done;
  } finally {
    // What was half done on it is nobody's to go on with.
    client.release(!isWell);
  }
}

async function newestMove(restored: Db): Promise<Pick<DrillReturnType, 'asOf' | 'tables' | 'rows'>> {
  const { rows } = await restored.$client.query<{ at: Date | null }>('SELECT max(at) AS at FROM reactor.leg_history');
  const tables = await alone(restored, (client) => measure(client, 'reactor'));
  return {
    asOf: rows[0]?.at?.toISOString() ?? null,
    tables: tables.length,
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
  };
}
