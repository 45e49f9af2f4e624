import { setTimeout as delay } from 'node:timers/promises';
import type { Hash, PublicClient, TransactionReceipt } from 'viem';
import { receiptOf } from '../chain/witness.ts';
import { LocalError } from './process.ts';

const POLL_MS = 20;
const TIMEOUT_MS = 60_000;

/**
 * Waits until a block has the transaction. viem's own waiting looks again only at a new block: on a chain that mines a transaction when it
 * comes there is none, and a receipt that is a moment late would never be seen. Throws a LocalError where no block has it.
 */
export async function minedReceipt(
  client: Pick<PublicClient, 'getTransactionReceipt'>,
  hash: Hash,
): Promise<TransactionReceipt> {
  for (const until_ms = performance.now() + TIMEOUT_MS; ; await delay(POLL_MS)) {
    const receipt = await receiptOf(client, hash);
    if (receipt) return receipt;
    if (performance.now() > until_ms)
      throw new LocalError(
        `No block of the local chain has transaction ${hash} after ${TIMEOUT_MS / 1000} s. Does it mine?`,
      );
  }
}
