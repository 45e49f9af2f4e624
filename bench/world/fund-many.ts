import { encodeFunctionData, type Hex, keccak256, maxUint256, toHex } from 'viem';
import { MOCK_MXNB_ABI, MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { openChain } from '../../src/chain/door.ts';
import { CHAIN_ID, type LocalAnvil } from '../../src/local/anvil.ts';
import type { LocalContracts } from '../../src/local/contracts.ts';
import { sendMany } from './send-many.ts';

const GAS = 400_000n;

/** What each of them holds, in base units. */
export const ESCROW_UNITS = 100_000_000n;
export const referenceOf = (i: number): Hex => keccak256(toHex(`bench escrow ${i}`));

/** Makes and funds so many escrows of the bridge wallet by hand, past all that is ours. Answers the wallet's next nonce. */
export async function fundMany(
  anvil: LocalAnvil,
  { escrow: address, token }: LocalContracts,
  { count, custodySeconds }: Readonly<{ count: number; custodySeconds: bigint }>,
): Promise<number> {
  const { admin, bridge } = anvil.actors;
  const { escrow } = openChain({ chainId: CHAIN_ID, rpcUrl: anvil.url, escrow: address, token });
  if (escrow.funds !== 'at_once') throw new Error('the contract in use is not our own');
  const mint = encodeFunctionData({
    ...{ abi: MOCK_MXNB_ABI, functionName: 'mint', args: [bridge.address, ESCROW_UNITS * BigInt(count)] },
  });
  const approve = encodeFunctionData({ abi: MXNB_ABI, functionName: 'approve', args: [address, maxUint256] });
  await sendMany(anvil, admin, [{ to: token, data: mint }], GAS);
  const funds = Array.from({ length: count }, (_, i) => escrow.fundCall(referenceOf(i), ESCROW_UNITS, custodySeconds));
  return sendMany(anvil, bridge, [{ to: token, data: approve }, ...funds], GAS);
}
