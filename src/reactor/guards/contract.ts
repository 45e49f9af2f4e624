/** The escrow contracts that are driven: the one in use, and those that still hold a leg's escrow. */
import { isNotNull, notInArray, sql } from 'drizzle-orm';
import type { ChainDoor } from '../../chain/door.ts';
import { type EscrowAdapter, EscrowMismatchError } from '../../chain/escrow.ts';
import type { Db } from '../db/client.ts';
import { leg } from '../db/schema.ts';
import { FINAL } from '../payment/states.ts';
import type { Settings } from '../settings.ts';
import { pinContract, readContractPin } from './breaker.ts';

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

/**
 * Looks at each before anything is signed against it. Each must be what it was when this database first drove it, or what people
 * accepted since. Throws an EscrowMismatchError; answers those that are paused. One of the settings that holds nothing under way may be
 * as it likes: its breaker watches it.
 */
export async function checkContracts(
  db: Db,
  chain: ChainDoor,
  { bridge, chainId }: Pick<Settings, 'bridge' | 'chainId'>,
): Promise<EscrowAdapter[]> {
  const paused: EscrowAdapter[] = [];
  const driven = await drivenContracts(db, chain);
  for (const contract of driven) {
    const { address } = contract;
    const { isPaused, identity } = await contract.check(bridge);
    if (isPaused) paused.push(contract);
    const pin = await readContractPin(db, chainId, address);
    if (pin && pin.identity !== identity)
      throw new EscrowMismatchError(
        `The escrow contract ${address} is not what it was when this database last drove it: its code, its owner or its wallets changed. Nothing was started. Look at what changed, then run kustodia chain accept-contract ${address}.`,
      );
    if (!pin) await pinContract(db, chainId, address, { identity, block: await chain.blockNumber() });
  }
  for (const contract of chain.escrows.filter((one) => !driven.includes(one))) {
    if (await readContractPin(db, chainId, contract.address)) continue;
    const identity = await soundIdentity(contract, bridge);
    if (identity) await pinContract(db, chainId, contract.address, { identity, block: await chain.blockNumber() });
  }
  return paused;
}

/** Null where the contract is not what the settings say. */
async function soundIdentity(contract: EscrowAdapter, bridge: Settings['bridge']): Promise<string | null> {
  try {
    return (await contract.check(bridge)).identity;
  } catch (error) {
    if (error instanceof EscrowMismatchError) return null;
    throw error;
  }
}
