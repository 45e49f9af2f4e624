import type { Address, PublicClient } from 'viem';
import { MXNB_ABI } from './abi/mxnb.ts';
import { optional } from './contract/optional.ts';
import { EscrowMismatchError } from './escrow.ts';
import { KNOWN_MXNB } from './known-mxnb.ts';

const MXNB_DECIMALS = 6;

/** Why a token is none that Juno issues on this chain, in a sentence; null where it may be. Any token can have six decimals. Pure. */
export function notMxnb(chainId: number, token: Address): string | null {
  const known = KNOWN_MXNB[chainId];
  return known && known.toLowerCase() !== token.toLowerCase()
    ? `MXNB on chain ${chainId} is ${known}; MXNB_CONTRACT_ADDRESS says ${token}.`
    : null;
}

/** Throws an EscrowMismatchError unless the token is MXNB, as far as the chain and this release know it. */
export async function assertToken(client: PublicClient, token: Address): Promise<void> {
  const wrong = notMxnb(await client.getChainId(), token);
  if (wrong) throw new EscrowMismatchError(`${wrong} Nothing was signed.`);
  const decimals = await optional(() =>
    client.readContract({ address: token, abi: MXNB_ABI, functionName: 'decimals' }),
  );
  if (decimals === null) throw new EscrowMismatchError(`There is no token at ${token}.`);
  if (decimals !== MXNB_DECIMALS)
    throw new EscrowMismatchError(`The token at ${token} has ${decimals} decimals; MXNB has ${MXNB_DECIMALS}.`);
}
