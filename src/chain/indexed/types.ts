import { z } from 'zod';

/** What a reader needs of a connection: a pg Pool or Client has it. */
export type Queryable = Readonly<{ query: (text: string, values: unknown[]) => Promise<{ rows: unknown[] }> }>;

const digits = z.string().regex(/^\d{1,78}$/);
/** pg hands numeric(78,0) over as text. */
const big = digits.transform(BigInt);
const seconds = digits.transform(Number).pipe(z.int());
const place = {
  id: z.string(),
  chain_id: z.number(),
  block_number: big,
  block_hash: z.string(),
  block_timestamp: seconds,
  tx_hash: z.string(),
  log_index: z.number(),
};

type Placed = {
  id: string;
  chain_id: number;
  block_number: bigint;
  block_hash: string;
  block_timestamp: number;
  tx_hash: string;
  log_index: number;
};
const placeOf = (row: Placed) => ({
  id: row.id,
  chainId: row.chain_id,
  blockNumber: row.block_number,
  blockHash: row.block_hash,
  blockTimestamp: row.block_timestamp,
  txHash: row.tx_hash,
  logIndex: row.log_index,
});

export const escrowEventSchema = z
  .object({
    ...place,
    contract: z.string(),
    escrow_id: big,
    reference: z.string().nullable(),
    kind: z.enum([
      ...(['created', 'referenced', 'funded', 'released', 'disputed', 'dispute_resolved', 'cancelled'] as const),
      ...(['early_end_approved', 'redirected'] as const),
    ]),
    amount: big.nullable(),
    detail: z
      .union([
        z.object({ by: z.string(), reason: z.string() }),
        z.object({ inFavorOfSeller: z.boolean() }),
        z.object({ approver: z.string(), payee: z.string() }),
        z.object({ approver: z.string() }),
      ])
      .nullable(),
  })
  .transform((row) => ({
    ...placeOf(row),
    contract: row.contract,
    escrowId: row.escrow_id,
    reference: row.reference,
    kind: row.kind,
    amount: row.amount,
    detail: row.detail,
  }));
/** A change of an escrow, as the indexer shows it. Amounts are MXNB base units. */
export type IndexedEscrowEvent = Readonly<z.output<typeof escrowEventSchema>>;

export const transferSchema = z
  .object({ ...place, token: z.string(), from: z.string(), to: z.string(), value: big })
  .transform((row) => ({ ...placeOf(row), token: row.token, from: row.from, to: row.to, value: row.value }));
/** A transfer of MXNB, as the indexer shows it. `value` is in base units. */
export type IndexedTransfer = Readonly<z.output<typeof transferSchema>>;

export const adminEventSchema = z
  .object({
    ...place,
    contract: z.string(),
    name: z.string(),
    args: z.record(z.string(), z.union([z.string(), z.boolean()])),
  })
  .transform((row) => ({ ...placeOf(row), contract: row.contract, name: row.name, args: row.args }));
/** An act of an admin of the escrow contract or of MXNB. Numbers in `args` are decimal text. */
export type IndexedAdminEvent = Readonly<z.output<typeof adminEventSchema>>;
