import type pg from 'pg';
import type { Logger } from 'pino';
import { dropOldSchemas, viewsShow } from './database.ts';

const VIEWS_POLL_MS = 2_000;
const HELD_POLL_MS = 600_000;
/** A day: an indexer of before that still runs then is one that somebody forgot. */
const MOST_LOOKS = 144;

export type TidyParameters = Readonly<{
  /** The schema of this process. */
  schema: string;
  withDatabase: <T>(work: (db: pg.Client) => Promise<T>) => Promise<T>;
  now: () => number;
  /** Ends early when `signal` is aborted. */
  wait: (ms: number) => Promise<void>;
  signal: AbortSignal;
  log: Pick<Logger, 'info' | 'warn'>;
}>;

/**
 * Drops the schemas of earlier builds. Until the backfill is done the views show the one before this: it may only go afterwards. One
 * that a live Ponder holds is looked at again, for a day.
 */
export async function tidyUp({ schema, withDatabase, now, wait, signal, log }: TidyParameters): Promise<void> {
  let held: readonly string[] = [];
  for (let looks = 0; looks < MOST_LOOKS; ) {
    await wait(held.length > 0 ? HELD_POLL_MS : VIEWS_POLL_MS);
    if (signal.aborted) return;
    try {
      const looked = await withDatabase(async (db) =>
        signal.aborted || !(await viewsShow(db, schema)) ? null : dropOldSchemas(db, schema, now),
      );
      if (looked === null) continue;
      looks++;
      held = looked.held;
      if (looked.dropped.length > 0)
        log.info({ event: 'old_schemas_dropped', dropped: looked.dropped }, 'dropped the schemas of earlier builds');
      if (held.length === 0) return;
    } catch (err) {
      log.warn({ event: 'old_schemas_kept', err }, 'the schemas of earlier builds were not looked at; tried again');
    }
  }
  log.warn(
    { event: 'old_schemas_held', held },
    'Indexers of earlier builds still run on these schemas, which stay. Stop them; the next start of the indexer drops what they held.',
  );
}
