import { index, onchainEnum, onchainTable, relations } from 'ponder';

export const escrowStatus = onchainEnum('escrow_status', ['pending', 'funded', 'released', 'disputed', 'cancelled']);
export const escrowEventKind = onchainEnum('escrow_event_kind', [
  'created',
  'referenced',
  'funded',
  'released',
  'disputed',
  'dispute_resolved',
  'cancelled',
]);

/** An escrow as it is now. Ids are unique within a contract only: the key names chain, contract and id. */
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
    status: escrowStatus().notNull(),
    createdBlock: t.bigint().notNull(),
    createdAt: t.bigint().notNull(),
    updatedBlock: t.bigint().notNull(),
    updatedAt: t.bigint().notNull(),
    blockHash: t.hex().notNull(),
    txHash: t.hex().notNull(),
  }),
  (table) => ({
    byReference: index().on(table.reference),
    byStatus: index().on(table.status, table.deadline),
  }),
);

/** Every change of every escrow, with the block that it is in. */
export const escrowEvent = onchainTable(
  'escrow_event',
  (t) => ({
    id: t.text().primaryKey(),
    escrow: t.text().notNull(),
    chainId: t.integer().notNull(),
    contract: t.hex().notNull(),
    escrowId: t.bigint().notNull(),
    reference: t.hex(),
    kind: escrowEventKind().notNull(),
    amount: t.bigint(),
    detail: t.json(),
    blockNumber: t.bigint().notNull(),
    blockHash: t.hex().notNull(),
    blockTimestamp: t.bigint().notNull(),
    txHash: t.hex().notNull(),
    logIndex: t.integer().notNull(),
  }),
  (table) => ({
    byReference: index().on(table.reference),
    byEscrow: index().on(table.escrow),
    byTransaction: index().on(table.txHash),
    byBlock: index().on(table.blockNumber),
  }),
);

/** MXNB that came to, or left, the escrow contract, the bridge wallet or Juno's deposit address. */
export const tokenTransfer = onchainTable(
  'token_transfer',
  (t) => ({
    id: t.text().primaryKey(),
    chainId: t.integer().notNull(),
    token: t.hex().notNull(),
    from: t.hex().notNull(),
    to: t.hex().notNull(),
    value: t.bigint().notNull(),
    blockNumber: t.bigint().notNull(),
    blockHash: t.hex().notNull(),
    blockTimestamp: t.bigint().notNull(),
    txHash: t.hex().notNull(),
    logIndex: t.integer().notNull(),
  }),
  (table) => ({
    byTransaction: index().on(table.txHash),
    byFrom: index().on(table.from),
    byTo: index().on(table.to),
  }),
);

/** What the admins of the escrow contract did: pause, roles, tokens, rescue. */
export const adminEvent = onchainTable(
  'admin_event',
  (t) => ({
    id: t.text().primaryKey(),
    chainId: t.integer().notNull(),
    contract: t.hex().notNull(),
    name: t.text().notNull(),
    args: t.json().notNull(),
    blockNumber: t.bigint().notNull(),
    blockHash: t.hex().notNull(),
    blockTimestamp: t.bigint().notNull(),
    txHash: t.hex().notNull(),
    logIndex: t.integer().notNull(),
  }),
  (table) => ({ byBlock: index().on(table.blockNumber) }),
);

export const escrowRelations = relations(escrow, ({ many }) => ({ events: many(escrowEvent) }));
export const escrowEventRelations = relations(escrowEvent, ({ one, many }) => ({
  of: one(escrow, { fields: [escrowEvent.escrow], references: [escrow.id] }),
  transfers: many(tokenTransfer),
}));
export const tokenTransferRelations = relations(tokenTransfer, ({ one }) => ({
  event: one(escrowEvent, { fields: [tokenTransfer.txHash], references: [escrowEvent.txHash] }),
}));
