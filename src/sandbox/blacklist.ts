import { type Address, createTestClient, http, parseAbi, publicActions, walletActions } from 'viem';
import { z } from 'zod';

const TOKEN = parseAbi([
  'function blacklister() view returns (address)',
  'function blacklist(address account)',
  'function unBlacklist(address account)',
]);
/** Enough for a few calls, in wei. */
const GAS_MONEY = 10n ** 18n;

export const blacklistSchema = z.strictObject({
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address')
    .transform((text) => text as Address),
  blacklisted: z.boolean(),
});

/**
 * Has the token's own blacklister put an address on its blacklist or take it off, for real: anvil lets anybody act as that
 * account. Any other node refuses.
 */
export function openBlacklist(parameters: Readonly<{ rpcUrl: string; token: Address }>) {
  const { rpcUrl, token: address } = parameters;
  const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
    .extend(publicActions)
    .extend(walletActions);

  return async ({ address: who, blacklisted }: z.output<typeof blacklistSchema>): Promise<void> => {
    const account = await client.readContract({ address, abi: TOKEN, functionName: 'blacklister' });
    await client.impersonateAccount({ address: account });
    const balance = await client.getBalance({ address: account });
    if (balance < GAS_MONEY) await client.setBalance({ address: account, value: GAS_MONEY });
    const functionName = blacklisted ? 'blacklist' : 'unBlacklist';
    const hash = await client.writeContract({ address, abi: TOKEN, functionName, args: [who], account, chain: null });
    const { status } = await client.waitForTransactionReceipt({ hash });
    await client.stopImpersonatingAccount({ address: account });
    if (status !== 'success') throw new Error('the token did not take its blacklister’s word');
  };
}

export type Blacklist = ReturnType<typeof openBlacklist>;
