/** What people say of the bridge wallet. */
import { z } from 'zod';

export const CLEAR_NONCE_HOW = z.strictObject({
  takenBy: z
    .string('is the hash of the transaction that used the nonce')
    .trim()
    .toLowerCase()
    .regex(/^0x[0-9a-f]{64}$/, 'is the hash of the transaction that used the nonce: 0x and 64 digits'),
});

const MOST_TRANSACTIONS = 20;

export const HASH = z
  .string('is the hash of a transaction')
  .trim()
  .toLowerCase()
  .regex(/^0x[0-9a-f]{64}$/, 'is the hash of a transaction: 0x and 64 digits')
  .transform((text) => text as `0x${string}`);

/** What is asked for: none, where what came too many before is enough. */
export const CARRY_OVER_HOW = z.strictObject({
  txHashes: z.array(HASH, 'is a list of transactions').max(MOST_TRANSACTIONS, 'are too many at once'),
});
