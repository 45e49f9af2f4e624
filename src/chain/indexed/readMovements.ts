import { INDEXED_SCHEMA } from './channel.ts';
import { whenReady } from './errors.ts';
import { type IndexedTransfer, type Queryable, transferSchema } from './types.ts';

export type ReadMovementsParameters = Readonly<{
  token: string;
  accounts: readonly string[];
  sinceBlock: bigint;
  /** These as well, however old. */
  ids: readonly string[];
  limit: number;
}>;

/**
 * The first `limit` transfers of a token from or to some accounts after a block, and those of some ids, in the chain's order. Throws an
 * IndexerNotReadyError.
 */
export async function readMovements(
  db: Queryable,
  { token, accounts, sinceBlock, ids, limit }: ReadMovementsParameters,
): Promise<IndexedTransfer[]> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.token_transfer WHERE (block_number > $1 OR id = ANY($2)) AND token = $3
    AND ("from" = ANY($4) OR "to" = ANY($4)) ORDER BY block_number, log_index LIMIT $5`;
  const lower = accounts.map((account) => account.toLowerCase());
  const { rows } = await whenReady(() => db.query(text, [sinceBlock, ids, token.toLowerCase(), lower, limit]));
  return rows.map((row) => transferSchema.parse(row));
}
