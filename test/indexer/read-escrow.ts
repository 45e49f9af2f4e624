import { z } from 'zod';
import { INDEXED_SCHEMA } from '../../src/chain/indexed/channel.ts';
import { whenReady } from '../../src/chain/indexed/errors.ts';
import type { Queryable } from '../../src/chain/indexed/types.ts';

const digits = z.string().regex(/^\d{1,78}$/);
/** pg hands numeric(78,0) over as text. */
const big = digits.transform(BigInt);
const seconds = digits.transform(Number).pipe(z.int());

const escrowSchema = z
  .object({
    id: z.string(),
    contract: z.string(),
    escrow_id: big,
    payer: z.string(),
    payee: z.string(),
    token: z.string().nullable(),
    amount: big,
    deadline: seconds.nullable(),
    status: z.enum(['pending', 'funded', 'released', 'disputed', 'cancelled']),
    created_block: big,
    created_at: seconds,
    updated_block: big,
  })
  .transform(({ escrow_id, created_block, created_at, updated_block, ...row }) => ({
    ...{ ...row, escrowId: escrow_id },
    ...{ createdBlock: created_block, createdAt: created_at, updatedBlock: updated_block },
  }));

/**
 * The escrow that a reference made, on one contract or on any, as it is at the newest indexed block; null where none is indexed. Were
 * there several, it is the newest. Throws an IndexerNotReadyError.
 */
export async function readEscrow(
  db: Queryable,
  { reference, contract }: { reference: string; contract?: string },
): Promise<Readonly<z.output<typeof escrowSchema>> | null> {
  const text = `SELECT * FROM ${INDEXED_SCHEMA}.escrow WHERE reference = $1 AND contract = coalesce($2, contract) ORDER BY created_block DESC, escrow_id DESC LIMIT 1`;
  const { rows } = await whenReady(() => db.query(text, [reference.toLowerCase(), contract?.toLowerCase() ?? null]));
  return rows[0] === undefined ? null : escrowSchema.parse(rows[0]);
}
