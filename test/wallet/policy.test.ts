import { type Address, encodeFunctionData, maxUint256 } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import type { Call } from '../../src/chain/door.ts';
import { EFFECT_KINDS, type EffectKind } from '../../src/reactor/effects/states.ts';
import { assertAllowed, PolicyRefusedError } from '../../src/reactor/wallet/policy.ts';
import { localSigner } from '../../src/reactor/wallet/signer.ts';

const address = (digit: string) => `0x${digit.repeat(40)}` as Address;
const [ESCROW, TOKEN, JUNO, STRANGER] = [address('e'), address('1'), address('5'), address('9')];
const [BRIDGE, V2, PAUSABLE] = [address('b'), address('2'), address('3')];
const POLICY = {
  escrows: { [ESCROW]: 'v3', [V2]: 'v2', [PAUSABLE]: 'v2-pausable' },
  ...{ bridge: BRIDGE, token: TOKEN, junoDepositAddress: JUNO, mostAllowed: 2n * 1_500_000_000n },
} as const;
const AMOUNT = 1_500_000_000n;

const fund = (token = TOKEN, amount = AMOUNT, to = ESCROW): Call => ({
  to,
  data: encodeFunctionData({
    abi: KUSTODIA_ESCROW_ABI,
    functionName: 'createAndFund',
    args: [`0x${'a'.repeat(64)}`, token, amount, 5n],
  }),
});
const release = (to = ESCROW): Call => ({
  to,
  data: encodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, functionName: 'release', args: [7n] }),
});
const onToken = (functionName: 'transfer' | 'approve', receiver: Address, amount = AMOUNT, to = TOKEN): Call => ({
  to,
  data: encodeFunctionData({ abi: MXNB_ABI, functionName, args: [receiver, amount] }),
});

describe('the wallet’s policy', () => {
  test.each<[EffectKind, Call]>([
    ['chain_fund', fund()],
    ['chain_release', release()],
    ['chain_approve', onToken('approve', ESCROW, maxUint256)],
    ['chain_return', onToken('transfer', JUNO)],
    ['chain_probe', onToken('transfer', JUNO)],
  ])('allows %s as it is meant', (kind, call) => {
    expect(() => assertAllowed(POLICY, kind, AMOUNT, call)).not.toThrow();
  });

  test.each<[string, EffectKind, Call]>([
    ['an escrow call to another contract', 'chain_fund', fund(TOKEN, AMOUNT, STRANGER)],
    ['another function of the escrow', 'chain_fund', release()],
    ['a release that funds', 'chain_release', fund()],
    ['funding with another token', 'chain_fund', fund(STRANGER)],
    ['funding another amount', 'chain_fund', fund(TOKEN, AMOUNT + 1n)],
    ['a token call to another contract', 'chain_return', onToken('transfer', JUNO, AMOUNT, STRANGER)],
    ['an approval instead of a return', 'chain_return', onToken('approve', JUNO)],
    ['a return to another address', 'chain_return', onToken('transfer', STRANGER)],
    ['a return of another amount', 'chain_return', onToken('transfer', JUNO, AMOUNT + 1n)],
    ['a probe to another address', 'chain_probe', onToken('transfer', STRANGER)],
    ['an approval for another spender', 'chain_approve', onToken('approve', STRANGER)],
    ['a transfer instead of an approval', 'chain_approve', onToken('transfer', ESCROW)],
  ])('refuses %s', (_, kind, call) => {
    expect(() => assertAllowed(POLICY, kind, AMOUNT, call)).toThrow(PolicyRefusedError);
  });

  test('refuses every kind that no wallet performs, whatever the call', () => {
    for (const kind of EFFECT_KINDS.filter((name) => !name.startsWith('chain_')))
      expect(() => assertAllowed(POLICY, kind, AMOUNT, onToken('approve', ESCROW))).toThrow(PolicyRefusedError);
  });
});

test('a key that is not the bridge wallet’s is refused', () => {
  const key = generatePrivateKey();
  const own = privateKeyToAccount(key).address.toLowerCase() as Address;
  expect(localSigner(key, own).address).toBe(own);
  expect(() => localSigner(key, STRANGER)).toThrow('not of ESCROW_BRIDGE_WALLET');
});
