/** Where an event is: the columns that every row of an event carries, and its key. */
export const placeOf = (
  event: {
    block: { number: bigint; hash: `0x${string}`; timestamp: bigint };
    transaction: { hash: `0x${string}` };
    log: { logIndex: number };
  },
  chainId: number,
) => ({
  id: `${chainId}:${event.transaction.hash}:${event.log.logIndex}`,
  chainId,
  blockNumber: event.block.number,
  blockHash: event.block.hash,
  blockTimestamp: event.block.timestamp,
  txHash: event.transaction.hash,
  logIndex: event.log.logIndex,
});

/** An address as every column has it. */
export const lower = (address: `0x${string}`) => address.toLowerCase() as `0x${string}`;
