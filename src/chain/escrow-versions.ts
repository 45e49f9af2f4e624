import { isAddress } from 'viem';
import { z } from 'zod';

/** `v3` is this release's own contract; the other two are the predecessor's, as they are deployed. */
export const ESCROW_VERSIONS = ['v3', 'v2', 'v2-pausable'] as const;
export type EscrowVersion = (typeof ESCROW_VERSIONS)[number];

/** An escrow contract and the block from which on its events are read. Addresses are in lower case. */
export type EscrowContract = Readonly<{ address: `0x${string}`; version: EscrowVersion; startBlock: number }>;

/** More contracts than anybody has deployed. */
const MOST_CONTRACTS = 50;

const CONTRACTS = z
  .array(
    z.strictObject({
      address: z
        .string()
        .refine((text) => isAddress(text, { strict: false }), 'is not an address')
        .transform((text) => text.toLowerCase() as `0x${string}`),
      version: z.enum(ESCROW_VERSIONS),
      startBlock: z.int().min(0),
    }),
  )
  .max(MOST_CONTRACTS)
  .refine((all) => new Set(all.map(({ address }) => address)).size === all.length, 'names a contract twice');

/** What ESCROW_CONTRACTS_ALSO is for. */
export const ESCROWS_ALSO =
  'escrow contracts that are indexed beside, and that hold earlier escrows: JSON, a list of {address, version, startBlock}';

/** Reads ESCROW_CONTRACTS_ALSO. Throws a SyntaxError where it is not JSON, or an error that says what is wrong with it. */
export function readEscrowsAlso(text: string): readonly EscrowContract[] {
  if (text.trim() === '') return [];
  const parsed = CONTRACTS.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue?.path.join('.') || 'the list'} ${issue?.message}`);
}
