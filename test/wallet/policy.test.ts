import { type Address, encodeFunctionData, maxUint256 } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { ESCROW_V2_ABI, ESCROW_V2_PAUSABLE_ABI } from '../../src/chain/abi/escrowV2.ts';
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
const REFERENCE = `0x${'a'.repeat(64)}`;
type Create = { payee?: Address; token?: Address; amount?: bigint; clabe?: string; conditions?: string; to?: Address };
/** The creation of an escrow by itself, as version 2 has it; with `to` of the other contract, as version 2 pausable has it. */
const create = ({
  payee = BRIDGE,
  token = TOKEN,
  amount = AMOUNT,
  clabe = REFERENCE,
  conditions = clabe,
  to = V2,
}: Create = {}): Call => {
  const texts = [amount, 9n, 'custody', clabe, conditions] as const;
  const data =
    to === PAUSABLE
      ? encodeFunctionData({
          abi: ESCROW_V2_PAUSABLE_ABI,
          functionName: 'createEscrow',
          args: [BRIDGE, payee, ...texts, token],
        })
      : encodeFunctionData({
          abi: ESCROW_V2_ABI,
          functionName: 'createEscrow',
          args: [BRIDGE, payee, token, ...texts],
        });
  return { to, data };
};
const fundMade = (to = V2): Call => ({
  to,
  data: encodeFunctionData({ abi: ESCROW_V2_ABI, functionName: 'fundEscrow', args: [0n] }),
});
const resolve = (inFavorOfSeller: boolean, to = V2): Call => ({
  to,
  data: encodeFunctionData({ abi: ESCROW_V2_ABI, functionName: 'resolveDispute', args: [1n, inFavorOfSeller] }),
});
/** Version 2 and our own call it the same. */
const dispute = (reason = 'not_received', to = V2): Call => ({
  to,
  data: encodeFunctionData({ abi: ESCROW_V2_ABI, functionName: 'dispute', args: [1n, reason] }),
});
const onPausable = (functionName: 'disputeEscrow' | 'cancelEscrow', to = PAUSABLE): Call => ({
  to,
  data: encodeFunctionData(
    functionName === 'cancelEscrow'
      ? { abi: ESCROW_V2_PAUSABLE_ABI, functionName, args: [0n] }
      : { abi: ESCROW_V2_PAUSABLE_ABI, functionName, args: [0n, 'not_received'] },
  ),
});
const releasePausable = (to = PAUSABLE): Call => ({
  to,
  data: encodeFunctionData({ abi: ESCROW_V2_PAUSABLE_ABI, functionName: 'releaseEscrow', args: [0n] }),
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
    ['chain_approve', onToken('approve', V2)],
    ['chain_create', create()],
    ['chain_create', create({ to: PAUSABLE })],
    ['chain_fund', fundMade()],
    ['chain_fund', fundMade(PAUSABLE)],
    ['chain_release', release(V2)],
    ['chain_release', releasePausable()],
    ['chain_dispute', dispute()],
    ['chain_dispute', dispute('not_received', ESCROW)],
    ['chain_dispute', onPausable('disputeEscrow')],
    ['chain_resolve', resolve(true)],
    ['chain_resolve', resolve(true, ESCROW)],
    ['chain_release', onPausable('cancelEscrow')],
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
    [
      'an approval beyond the bound for a contract whose code can be replaced',
      'chain_approve',
      onToken('approve', V2, maxUint256),
    ],
    ['an escrow for another payee', 'chain_create', create({ payee: STRANGER })],
    ['an escrow that would show a CLABE', 'chain_create', create({ clabe: '646180157000000004' })],
    ['an escrow with other conditions', 'chain_create', create({ conditions: 'standard-custody' })],
    ['an escrow of another token', 'chain_create', create({ token: STRANGER })],
    ['an escrow of another amount', 'chain_create', create({ amount: AMOUNT - 1n })],
    ['the arguments of one version on the other', 'chain_create', { ...create({ to: PAUSABLE }), to: V2 }],
    ['the release of one version on the other', 'chain_release', releasePausable(V2)],
    ['a creation as a funding', 'chain_fund', create()],
    ['a funding as a creation', 'chain_create', fundMade()],
    ['a dispute resolved for the platform', 'chain_release', resolve(false)],
    ['a dispute resolved for the seller', 'chain_release', resolve(true)],
    ['a resolution on the contract that has none', 'chain_resolve', resolve(true, PAUSABLE)],
    ['a cancel where a dispute can be resolved', 'chain_release', onPausable('cancelEscrow', V2)],
    ['a release as a resolution', 'chain_resolve', release()],
    ['a release as a dispute', 'chain_dispute', release()],
    ['a creation on our own contract', 'chain_create', fund()],
    ['a transfer instead of an approval', 'chain_approve', onToken('transfer', ESCROW)],
  ])('refuses %s', (_, kind, call) => {
    expect(() => assertAllowed(POLICY, kind, AMOUNT, call)).toThrow(PolicyRefusedError);
  });

  test('a dispute is resolved for the seller alone: against, version 2 pays the platform wallet', () => {
    for (const to of [V2, ESCROW])
      expect(() => assertAllowed(POLICY, 'chain_resolve', AMOUNT, resolve(false, to))).toThrow('against the seller');
  });

  test('a dispute says a word of ours on chain, and nothing that somebody wrote', () => {
    for (const reason of ['Ana Ruiz never sent it', '646180157000000004', ''])
      expect(() => assertAllowed(POLICY, 'chain_dispute', AMOUNT, dispute(reason))).toThrow('no word of ours');
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

test('a release before its date carries the signature of our approver, and is a call of version 3', () => {
  const early = (
    approver: Address,
    to = ESCROW,
    functionName: 'releaseEarly' | 'cancelEarly' = 'releaseEarly',
  ): Call => ({
    to,
    data: encodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, functionName, args: [7n, approver, 9n, '0x'] }),
  });
  const allowed = (policy: object, kind: EffectKind, call: Call) =>
    assertAllowed({ ...POLICY, ...policy }, kind, AMOUNT, call);
  allowed({ approver: STRANGER }, 'chain_release', early(STRANGER));
  expect(() => allowed({ approver: BRIDGE }, 'chain_release', early(STRANGER))).toThrow('another approver');
  const cancelled = early(STRANGER, ESCROW, 'cancelEarly');
  allowed({ approver: STRANGER }, 'chain_release', cancelled);
  expect(() => allowed({ approver: BRIDGE }, 'chain_release', cancelled)).toThrow('another approver');
  expect(() => allowed({ approver: STRANGER }, 'chain_resolve', cancelled)).toThrow(PolicyRefusedError);
  for (const none of [{}, { approver: null }])
    expect(() => allowed(none, 'chain_release', early(STRANGER))).toThrow('another approver');
  expect(() => allowed({ approver: STRANGER }, 'chain_fund', early(STRANGER))).toThrow(PolicyRefusedError);
  expect(() => allowed({ approver: STRANGER }, 'chain_release', early(STRANGER, V2))).toThrow(PolicyRefusedError);
});
