import { type Address, getAddress, type PublicClient, parseEventLogs } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../abi/kustodiaEscrow.ts';
import { readPages } from './pages.ts';

/** Whom the escrows that have not ended pay, by id; and how many were ever made. */
export type OpenEscrows = Readonly<{ payees: ReadonlyMap<bigint, Address>; made: bigint }>;

const NAMES: readonly string[] = ['EscrowCreated', 'EscrowRedirected', 'EscrowReleased', 'EscrowCancelled'];
const EVENTS = KUSTODIA_ESCROW_ABI.filter((item) => item.type === 'event').filter(({ name }) => NAMES.includes(name));

export type ReadOpenParameters = Readonly<{ escrow: Address; fromBlock: bigint; toBlock: bigint }>;

/**
 * The open escrows at `toBlock`, of the contract's events alone: it does not list them. Whoever compares `made` with the contract's
 * `escrowCount` knows whether the node left any out. Throws an EventsUnreadError where they cannot be read to their end.
 */
export async function readOpenEscrows(client: PublicClient, range: ReadOpenParameters): Promise<OpenEscrows> {
  const payees = new Map<bigint, Address>();
  let made = 0n;
  for await (const logs of readPages(client, { ...range, events: EVENTS }))
    for (const { eventName, args } of parseEventLogs({ abi: KUSTODIA_ESCROW_ABI, logs })) {
      if (eventName === 'EscrowCreated') made++;
      if (eventName === 'EscrowCreated' || eventName === 'EscrowRedirected')
        payees.set(args.escrowId, getAddress(args.payee));
      if (eventName === 'EscrowReleased' || eventName === 'EscrowCancelled') payees.delete(args.escrowId);
    }
  return { payees, made };
}
