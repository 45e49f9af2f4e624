import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { type IndexedTransfer, type Queryable, transferSchema } from './types.ts';

export type ReadNewestTransfersParameters = Readonly<{ token: string; account: string; limit: number }>;

/** The newest transfers of a token from or to an account, the newest first. Throws an IndexerNotReadyError. */
export async function readNewestTransfers(
  db: Queryable,
  { token, account, limit }: ReadNewestTransfersParameters,
): Promise<IndexedTransfer[]> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.token_transfer WHERE token = $1 AND $2 IN ("from", "to") ORDER BY block_number DESC, log_index DESC LIMIT $3`;
  const { rows } = await whenReady(() => db.query(text, [token.toLowerCase(), account.toLowerCase(), limit]));
  return rows.map((row) => transferSchema.parse(row));
}
