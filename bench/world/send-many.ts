import type { Hex } from 'viem';
import type { HDAccount } from 'viem/accounts';
import { CHAIN_ID, type LocalAnvil } from '../../src/local/anvil.ts';

const FEE = 10_000_000_000n;
/** More than all that is sent in a second needs, so that the blocks are no limit. */
const BLOCK_GAS = 30_000_000_000n;
const AT_ONCE = 50;

export type Sent = Readonly<{ to: Hex; data: Hex }>;

/** Sends them by hand, one after the other by nonce, as fast as the node takes them. Throws unless the last succeeds. Answers the next nonce. */
export async function sendMany(
  { client }: Pick<LocalAnvil, 'client'>,
  account: HDAccount,
  calls: readonly Sent[],
  gas: bigint,
): Promise<number> {
  const request = client.request as (asked: { method: string; params: unknown[] }) => Promise<unknown>;
  await request({ method: 'evm_setBlockGasLimit', params: [`0x${BLOCK_GAS.toString(16)}`] });
  const first = await client.getTransactionCount({ address: account.address });
  let last: Hex | undefined;
  for (let at = 0; at < calls.length; at += AT_ONCE) {
    const hashes = await Promise.all(
      calls.slice(at, at + AT_ONCE).map(async (call, i) => {
        const raw = await account.signTransaction({
          ...{ ...call, gas, type: 'eip1559', chainId: CHAIN_ID, nonce: first + at + i },
          ...{ maxFeePerGas: FEE, maxPriorityFeePerGas: 1n },
        });
        return client.sendRawTransaction({ serializedTransaction: raw });
      }),
    );
    last = hashes.at(-1);
  }
  if (!last) return first;
  const { status } = await client.waitForTransactionReceipt({ hash: last, timeout: 600_000 });
  if (status !== 'success') throw new Error('what was sent by hand failed on the chain');
  return first + calls.length;
}
