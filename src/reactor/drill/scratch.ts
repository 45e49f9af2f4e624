/** The database and the folder of one drill: each is gone at its end, or told to be a dead drill's by the next. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { type Db, openDatabase } from '../db/client.ts';

const NAME = 'kustodia_drill_';
const FOLDER = /^kustodia-drill-([1-9]\d*)-/;
/** A process of another container may have its folder here, and a number that says nothing to us. */
const FOLDER_IS_OLD_MS = 3_600_000;
/** Of the advisory locks those of drills, in Postgres's two numbers: this and the hash of the database's name. */
const LOCKS = 77_035;

/**
 * A database of this moment only, beside the one that is backed up. A session holds a lock by its name from before it is made until it is
 * dropped, which ends with the session, however that ends: a database of this name without a lock is a drill's that was killed.
 */
export async function inScratch<T>(owner: Db, ownerUrl: string, work: (scratch: Db) => Promise<T>): Promise<T> {
  const name = `${NAME}${randomBytes(6).toString('hex')}`;
  const holder = await owner.$client.connect();
  try {
    await holder.query('SELECT pg_advisory_lock($1, hashtext($2))', [LOCKS, name]);
    await holder.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    const url = new URL(ownerUrl);
    url.pathname = `/${name}`;
    const scratch = openDatabase(url.href, { max: 4 });
    try {
      return await work(scratch);
    } finally {
      await scratch.$client.end();
      await holder.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  } finally {
    // With its session its lock is gone.
    holder.release(true);
  }
}

/**
 * The databases that drills left which were killed. The locks of all databases of a server are seen from each. With
 * `isOwner` those alone that this login may drop: others may be another deployment's on the same server.
 */
export async function leftDatabases(db: Pick<pg.Pool, 'query'>, isOwner = false): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database d
     WHERE datname ~ '^${NAME}[0-9a-f]{12}$' AND NOT EXISTS (SELECT 1 FROM pg_locks l
       WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = $1 AND l.objid::bigint = hashtext(d.datname)::bigint & 4294967295)
       AND (NOT $2 OR pg_has_role(current_user, d.datdba, 'USAGE')) ORDER BY 1`,
    [LOCKS, isOwner],
  );
  return rows.map(({ name }) => name);
}

/** Drops them, and removes the folders with backups in them; answers what was there. */
export async function removeLeft(db: Pick<pg.Pool, 'query'>, now: Date): Promise<readonly string[]> {
  const databases = await leftDatabases(db, true);
  for (const name of databases) await db.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  const folders: string[] = [];
  for (const name of await readdir(tmpdir())) {
    const path = join(tmpdir(), name);
    const process_ = Number(FOLDER.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(process_) || isAlive(process_)) continue;
    const found = await stat(path).catch(() => null);
    if (!found || found.uid !== process.getuid?.() || now.getTime() - found.mtimeMs < FOLDER_IS_OLD_MS) continue;
    await rm(path, { recursive: true, force: true });
    folders.push(path);
  }
  return [...databases, ...folders];
}

/** Where a backup is while a drill is under way; only this user reads it. */
export const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), `kustodia-drill-${process.pid}-`));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
