type Hex = `0x${string}`;

/** What a handler is given that says where its log is. */
export type Logged = {
  event: {
    block: { number: bigint; hash: Hex; timestamp: bigint };
    transaction: { hash: Hex };
    log: { logIndex: number };
  };
  context: { chain: { id: number } };
};

/** The key of the row of a log: `chainId:txHash:logIndex`. Escrow ids and block numbers are used again after a reorganisation. */
export const logId = (chainId: number, txHash: Hex, logIndex: number): string => `${chainId}:${txHash}:${logIndex}`;

/** Where a log is: the columns that every row of a log carries, its key among them. */
export const placeOf = ({ event: { block, transaction, log }, context: { chain } }: Logged) => ({
  id: logId(chain.id, transaction.hash, log.logIndex),
  chainId: chain.id,
  blockNumber: block.number,
  blockHash: block.hash,
  blockTimestamp: block.timestamp,
  txHash: transaction.hash,
  logIndex: log.logIndex,
});

/** An address as every column has it. */
export const lower = (address: Hex) => address.toLowerCase() as Hex;
