import type { Address } from 'viem';
import { BaseError } from 'viem';
import { type ContractDoor, openContractDoor } from '../../chain/contract/door.ts';
import { EventsUnreadError } from '../../chain/contract/pages.ts';
import { type NoEscrow, VERSION } from '../../chain/contract/state.ts';
import { CliError, EXIT } from '../output.ts';
import type { ContractSettings } from './settings.ts';

/** The chain, once it has said that it is the one that the settings mean. Throws a CliError. */
export async function connect({ rpcUrl, chainId }: ContractSettings): Promise<ContractDoor> {
  const door = openContractDoor({ rpcUrl });
  const found = await answering(() => door.chainId());
  if (found !== chainId)
    throw new CliError(
      `ETH_RPC_URL serves chain ${found}, CHAIN_ID says ${chainId}. Nothing was looked at or sent.`,
      EXIT.refused,
      { code: 'another_chain' },
    );
  return door;
}

/** Does something that asks the chain; where the chain gives no answer, says so in a CliError. */
export async function answering<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof EventsUnreadError) throw new CliError(error.message, EXIT.refused, { code: 'events_unread' });
    if (!(error instanceof BaseError)) throw error;
    throw new CliError(
      `The chain does not answer (${error.shortMessage}). Look at ETH_RPC_URL. Nothing was signed.`,
      EXIT.unreachable,
      { code: 'chain_unreachable' },
    );
  }
}

export const noEscrow = (escrow: Address, found: NoEscrow): CliError =>
  new CliError(
    found.is === 'nothing'
      ? `There is no contract at ESCROW_CONTRACT_ADDRESS ${escrow}.`
      : `The contract at ESCROW_CONTRACT_ADDRESS ${escrow} calls itself ${found.version ?? 'nothing'}, not ${VERSION}: these commands administer no other.`,
    EXIT.refused,
    { code: 'no_escrow' },
  );
