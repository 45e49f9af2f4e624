import type { ChainDoor } from '../../src/chain/door.ts';
import type { FundsAtOnce, FundsInTwo } from '../../src/chain/escrow.ts';

/** The escrow contract of a door as the adapter of version 3. */
export function atOnce({ escrow }: Pick<ChainDoor, 'escrow'>): FundsAtOnce {
  if (escrow.funds !== 'at_once') throw new Error('the contract is of version 2');
  return escrow;
}

/** The same as one of version 2. */
export function inTwo({ escrow }: Pick<ChainDoor, 'escrow'>): FundsInTwo {
  if (escrow.funds !== 'in_two') throw new Error('the contract is of version 3');
  return escrow;
}
