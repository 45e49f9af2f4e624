/** The escrow contracts that are driven: the one in use, and those that still hold a leg's escrow. */
import { isNotNull, notInArray, sql } from 'drizzle-orm';
import type { ChainDoor } from '../../chain/door.ts';
import { type EscrowAdapter, EscrowMismatchError } from '../../chain/escrow.ts';
import type { Db } from '../db/client.ts';
import { leg } from '../db/schema.ts';
import { FINAL } from '../payment/states.ts';
import type { Settings } from '../settings.ts';

/** Throws an EscrowMismatchError where a leg's escrow is in a contract that the settings do not name. */
export async function drivenContracts(db: Db, chain: ChainDoor): Promise<EscrowAdapter[]> {
  const held = await db
    .selectDistinct({ address: sql<string>`${leg.escrowContract}` })
    .from(leg)
    .where(sql`${isNotNull(leg.escrowContract)} AND ${notInArray(leg.state, [...FINAL])}`);
  const others = held.filter(({ address }) => address !== chain.escrow.address.toLowerCase());
  return [
    chain.escrow,
    ...others.map(({ address }) => {
      const adapter = chain.escrowAt(address);
      if (adapter) return adapter;
      throw new EscrowMismatchError(
        `Payments that are under way have their escrows in ${address}, which neither ESCROW_CONTRACT_ADDRESS nor ESCROW_CONTRACTS_ALSO names. Nothing was started. Add it to ESCROW_CONTRACTS_ALSO.`,
      );
    }),
  ];
}

/** Looks at each before anything is signed against it. Throws an EscrowMismatchError; answers those that are paused. */
export async function checkContracts(db: Db, chain: ChainDoor, { bridge }: Settings): Promise<EscrowAdapter[]> {
  const paused: EscrowAdapter[] = [];
  for (const contract of await drivenContracts(db, chain))
    if ((await contract.check(bridge)).isPaused) paused.push(contract);
  return paused;
}
