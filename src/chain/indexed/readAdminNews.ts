import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { adminEventSchema, type IndexedAdminEvent, type Queryable } from './types.ts';

/**
 * Of the acts of one contract's admins from a block on, that block included: the first that is neither a pause nor its end, and the
 * newest that is one of the two, in this order. However often somebody pauses, what else was done is seen. Throws an
 * IndexerNotReadyError.
 */
export async function readAdminNews(
  db: Queryable,
  { sinceBlock, contract }: { sinceBlock: bigint; contract: string },
): Promise<IndexedAdminEvent[]> {
  const since = `SELECT * FROM ${INDEXED_SCHEMA}.admin_event WHERE block_number >= $1 AND contract = $2 AND name`;
  const text = `(${since} NOT IN ('Paused', 'Unpaused') ORDER BY block_number, log_index LIMIT 1)
    UNION ALL (${since} IN ('Paused', 'Unpaused') ORDER BY block_number DESC, log_index DESC LIMIT 1)`;
  const { rows } = await whenReady(() => db.query(text, [sinceBlock, contract.toLowerCase()]));
  const news = rows.map((row) => adminEventSchema.parse(row));
  const isPause = ({ name }: IndexedAdminEvent) => name === 'Paused' || name === 'Unpaused';
  // A union has no order of its own.
  return [...news.filter((act) => !isPause(act)), ...news.filter(isPause)];
}
