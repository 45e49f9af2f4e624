/** Whether the code behind one of the predecessor's contracts is what its version says: shared by the start and by `contract verify`. */
import { randomBytes } from 'node:crypto';
import { type Address, BaseError, ExecutionRevertedError, type Hex, type PublicClient, toFunctionSelector } from 'viem';
import { ESCROW_V2_ABI, ESCROW_V2_PAUSABLE_ABI } from './abi/escrowV2.ts';
import { knownImplementation } from './known-escrows.ts';

/** Functions that the code of one version has, and that of the other has not. */
const OWN_FUNCTIONS = {
  v2: ['createEscrow', 'fundEscrow', 'release', 'dispute', 'resolveDispute'],
  'v2-pausable': ['createEscrow', 'fundEscrow', 'releaseEscrow', 'disputeEscrow', 'cancelEscrow'],
} as const;
/** Calls that no contract has a function for, so that each must be refused. Drawn anew: nobody can prepare for them. */
const STRANGE_CALLS = 3;

export type CodeParameters = Readonly<{
  escrow: Address;
  version: 'v2' | 'v2-pausable';
  chainId: number;
  /** What stands behind the proxy, if there is one, and the code that is run. */
  implementation: Address | null;
  code: Hex;
}>;

/**
 * What is wrong with it, in a sentence; null where nothing is. That bytes of a selector are somewhere in the code says little: code that
 * answers whatever it is asked has them as well, so that calls without a function must be refused. Throws where the node gives no answer.
 */
export async function codeTrouble(
  client: PublicClient,
  { escrow, version, chainId, implementation, code }: CodeParameters,
): Promise<string | null> {
  const known = knownImplementation(chainId, escrow);
  if (known && implementation?.toLowerCase() !== known)
    return `The code of the contract at ${escrow} is that of ${implementation ?? 'no proxy'}, and not of ${known}, which was deployed with it: its owner has replaced it by code that this release does not know.`;
  const abi = version === 'v2' ? ESCROW_V2_ABI : ESCROW_V2_PAUSABLE_ABI;
  const functions = abi.filter((item) => item.type === 'function');
  for (const name of OWN_FUNCTIONS[version]) {
    const own = functions.find((item) => item.name === name);
    if (!own || !code.includes(toFunctionSelector(own).slice(2)))
      return `The contract at ${escrow} has no ${name} as version ${version} has it. ESCROW_CONTRACT_VERSION names another version than the contract is.`;
  }
  for (let i = 0; i < STRANGE_CALLS; i++)
    if (!(await isRefused(client, escrow, `0x${randomBytes(4).toString('hex')}`)))
      return `The contract at ${escrow} answers calls that version ${version} has no function for: whatever it says of itself proves nothing.`;
  return null;
}

async function isRefused(client: PublicClient, to: Address, data: Hex): Promise<boolean> {
  try {
    await client.call({ to, data });
    return false;
  } catch (error) {
    if (error instanceof BaseError && error.walk((cause) => cause instanceof ExecutionRevertedError)) return true;
    throw error;
  }
}
