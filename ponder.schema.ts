import { index, onchainEnum, onchainTable, type PgColumnsBuilders, relations } from 'ponder';

/**
 * What happened on chain: amounts in base units, times in Unix seconds, hashes and addresses in lower case. Ids on chain are
 * unique in a contract only and are used again after a reorganisation, so every key carries the chain and the contract, or
 * the chain, the transaction and the position of the log.
 */

export const escrowStatus = onchainEnum('escrow_status', ['pending', 'funded', 'released', 'disputed', 'cancelled']);

export const escrowEventKind = onchainEnum('escrow_event_kind', [
  'created',
  'referenced',
  'funded',
  'released',
  'disputed',
  'dispute_resolved',
  'cancelled',
  'early_end_approved',
  'redirected',
]);

/** Where a log stands; `id` is `chainId:txHash:logIndex`. */
const logColumns = (t: PgColumnsBuilders) => ({
  id: t.text().primaryKey(),
  chainId: t.integer().notNull(),
  blockNumber: t.bigint().notNull(),
  blockHash: t.hex().notNull(),
  blockTimestamp: t.bigint().notNull(),
  txHash: t.hex().notNull(),
  logIndex: t.integer().notNull(),
});

/** An escrow as it is now; `id` is `chainId:contract:escrowId`. The events of version 2 carry neither token nor deadline: the contract is asked, as of the block of the creation. */
export const escrow = onchainTable(
  'escrow',
  (t) => ({
    id: t.text().primaryKey(),
    chainId: t.integer().notNull(),
    contract: t.hex().notNull(),
    escrowId: t.bigint().notNull(),
    reference: t.hex(),
    payer: t.hex().notNull(),
    payee: t.hex().notNull(),
    token: t.hex(),
    amount: t.bigint().notNull(),
    deadline: t.bigint(),
    vertical: t.text().notNull(),
    clabeReference: t.text().notNull(),
    /** Of version 2 alone. */
    conditions: t.text(),
    status: escrowStatus('status').notNull(),
    createdBlock: t.bigint().notNull(),
    createdAt: t.bigint().notNull(),
    createdBlockHash: t.hex().notNull(),
    createdTxHash: t.hex().notNull(),
    updatedBlock: t.bigint().notNull(),
    updatedAt: t.bigint().notNull(),
  }),
  (table) => ({
    referenceIndex: index().on(table.reference),
    statusIndex: index().on(table.status),
    deadlineIndex: index().on(table.deadline),
    createdAtIndex: index().on(table.createdAt),
  }),
);

/** One change of an escrow, never edited. `detail` is `{by, reason}` of a dispute, `{inFavorOfSeller}` of its resolution, `{approver}` of who let it end early, `{approver, payee}` of who gave it another recipient and which. */
export const escrowEvent = onchainTable(
  'escrow_event',
  (t) => ({
    ...logColumns(t),
    escrow: t.text().notNull(),
    contract: t.hex().notNull(),
    escrowId: t.bigint().notNull(),
    reference: t.hex(),
    kind: escrowEventKind('kind').notNull(),
    amount: t.bigint(),
    detail: t
      .json()
      .$type<
        | { by: string; reason: string }
        | { inFavorOfSeller: boolean }
        | { approver: string }
        | { approver: string; payee: string }
      >(),
  }),
  (table) => ({
    referenceIndex: index().on(table.reference),
    escrowIndex: index().on(table.contract, table.escrowId),
    kindIndex: index().on(table.kind),
    txHashIndex: index().on(table.txHash),
    blockNumberIndex: index().on(table.blockNumber),
    blockTimestampIndex: index().on(table.blockTimestamp),
  }),
);

/** MXNB that an escrow contract, the bridge wallet or Juno's deposit address sent or received. */
export const tokenTransfer = onchainTable(
  'token_transfer',
  (t) => ({
    ...logColumns(t),
    /** The escrow whose event caused it, if one did. */
    escrow: t.text(),
    token: t.hex().notNull(),
    from: t.hex().notNull(),
    to: t.hex().notNull(),
    value: t.bigint().notNull(),
  }),
  (table) => ({
    escrowIndex: index().on(table.escrow),
    txHashIndex: index().on(table.txHash),
    toIndex: index().on(table.to),
    fromIndex: index().on(table.from),
    blockNumberIndex: index().on(table.blockNumber),
    blockTimestampIndex: index().on(table.blockTimestamp),
  }),
);

/** What an admin of the escrow contract or of MXNB did. `args` holds numbers as decimal text. */
export const adminEvent = onchainTable(
  'admin_event',
  (t) => ({
    ...logColumns(t),
    contract: t.hex().notNull(),
    name: t.text().notNull(),
    args: t.json().$type<Record<string, string | boolean>>().notNull(),
  }),
  (table) => ({ blockNumberIndex: index().on(table.blockNumber) }),
);

export const escrowRelations = relations(escrow, ({ many }) => ({
  events: many(escrowEvent),
  transfers: many(tokenTransfer),
}));

export const escrowEventRelations = relations(escrowEvent, ({ one }) => ({
  ofEscrow: one(escrow, { fields: [escrowEvent.escrow], references: [escrow.id] }),
}));

export const tokenTransferRelations = relations(tokenTransfer, ({ one }) => ({
  ofEscrow: one(escrow, { fields: [tokenTransfer.escrow], references: [escrow.id] }),
}));
