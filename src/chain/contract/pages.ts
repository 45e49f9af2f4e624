import type { AbiEvent, Address, Log, PublicClient } from 'viem';

/** The events could not be read to their end; nothing may be concluded from the part that was. */
export class EventsUnreadError extends Error {
  override readonly name = 'EventsUnreadError';
}

const MOST_REQUESTS = 1_000;
const SHORTEST_PAGE = 100n;

export type ReadPagesParameters = Readonly<{
  escrow: Address;
  events: readonly AbiEvent[];
  fromBlock: bigint;
  toBlock: bigint;
}>;

/**
 * Some events of a contract, oldest first, in pages: as long as the whole range at first, halved where the node refuses one, and
 * longer again where it does not. Throws an EventsUnreadError past its limits.
 */
export async function* readPages(
  client: PublicClient,
  { escrow, events, fromBlock, toBlock }: ReadPagesParameters,
): AsyncGenerator<Log[]> {
  const shortest = (length: bigint) => (length > SHORTEST_PAGE ? length : SHORTEST_PAGE);
  let from = fromBlock;
  let length = shortest(toBlock - fromBlock + 1n);
  for (let requests = 0; from <= toBlock; requests++) {
    if (requests === MOST_REQUESTS)
      throw new EventsUnreadError(
        `The events of ${escrow} were read up to block ${from} of ${toBlock} and no further: that took ${MOST_REQUESTS} requests. Set ESCROW_START_BLOCK to the block of its deployment, or use a node that serves longer ranges.`,
      );
    const last = from + length - 1n < toBlock ? from + length - 1n : toBlock;
    const logs = await client
      .getLogs({ address: escrow, events, fromBlock: from, toBlock: last })
      .catch((error: unknown) => {
        if (length > SHORTEST_PAGE) return null;
        throw new EventsUnreadError(`The node does not give the events of ${escrow} from block ${from} to ${last}.`, {
          cause: error,
        });
      });
    if (logs === null) {
      length = shortest(length / 2n);
      continue;
    }
    yield logs;
    from = last + 1n;
    length *= 2n;
  }
}
