import { createPublicClient, custom, encodeFunctionData, http } from 'viem';
import { expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { EscrowMismatchError } from '../../src/chain/escrow.ts';
import { kustodiaEscrowV3 } from '../../src/chain/escrow-v3.ts';
import { assertAllowed } from '../../src/reactor/wallet/policy.ts';

const address = (digit: string) => `0x${digit.repeat(40)}` as const;
const [ESCROW, TOKEN, JUNO, BRIDGE] = [address('1'), address('2'), address('3'), address('4')];
const REFERENCE = `0x${'ab'.repeat(32)}` as const;

/** A chain that has this code at every address. */
const chainWith = (code: string) =>
  createPublicClient({
    transport: custom({ request: async ({ method }) => (method === 'eth_getCode' ? code : '0x') }),
  });

test('no contract, or another one, at the address of the settings: the reactor refuses to start', async () => {
  for (const code of ['0x', '0x6001600101'])
    await expect(kustodiaEscrowV3(chainWith(code), { escrow: ESCROW, token: TOKEN }).check(BRIDGE)).rejects.toThrow(
      EscrowMismatchError,
    );
});

test('the amount passed as the token, the token as the amount: not signed, for the policy reads the call as the contract will', () => {
  const policy = {
    escrows: { [ESCROW]: 'v3' as const },
    bridge: BRIDGE,
    token: TOKEN,
    junoDepositAddress: JUNO,
    mostAllowed: 0n,
  };
  const call = (token: `0x${string}`, amount: bigint) => ({
    to: ESCROW,
    data: encodeFunctionData({
      abi: KUSTODIA_ESCROW_ABI,
      functionName: 'createAndFund',
      args: [REFERENCE, token, amount, 60n],
    }),
  });
  const amount = 1_500_000_000n;
  const swapped = call(`0x${amount.toString(16).padStart(40, '0')}`, BigInt(TOKEN));
  expect(() => assertAllowed(policy, 'chain_fund', amount, swapped)).toThrow(/another token/);
  expect(() => assertAllowed(policy, 'chain_fund', amount, call(TOKEN, amount))).not.toThrow();
  const client = createPublicClient({ transport: http('http://127.0.0.1:9') });
  const ours = kustodiaEscrowV3(client, { escrow: ESCROW, token: TOKEN }).fundCall(REFERENCE, amount, 60n);
  expect(ours).toEqual(call(TOKEN, amount));
});
