import fc from 'fast-check';
import {
  type Address,
  encodeFunctionData,
  type Hex,
  maxUint256,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerializableEIP1559,
  type TransactionSerializedEIP1559,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { EFFECT_KINDS, type EffectKind } from '../../src/reactor/effects/states.ts';
import { PolicyRefusedError, type WalletPolicy } from '../../src/reactor/wallet/policy.ts';
import { signAllowed } from '../../src/reactor/wallet/sign.ts';
import { localSigner } from '../../src/reactor/wallet/signer.ts';

const KEY: Hex = `0x${'7'.repeat(64)}`;
const WALLET = privateKeyToAccount(KEY).address.toLowerCase() as Hex;
const address = (digit: string): Address => `0x${digit.repeat(40)}`;
const [ESCROW, TOKEN, JUNO, THIEF] = [address('1'), address('2'), address('3'), address('4')];
const REFERENCE: Hex = `0x${'5'.repeat(64)}`;
const AMOUNT = 1_500_000_000n;
const POLICY: WalletPolicy = {
  chainId: 42161,
  escrows: { [ESCROW]: 'v3' },
  bridge: WALLET,
  mostAllowed: 0n,
  token: TOKEN,
  junoDepositAddress: JUNO,
  maxFeePerGas: 10n ** 11n,
  maxGas: 5_000_000n,
};
const escrow = (functionName: string, args: readonly unknown[]): Hex =>
  // Any function of the ABI with fitting arguments; viem cannot infer that from a variable.
  encodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, functionName, args } as never);
const token = (functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: MXNB_ABI, functionName, args } as never);

/** The whole list: what each kind may call, and nothing else. */
const ALLOWED: Partial<Record<EffectKind, { to: Address; data: Hex }>> = {
  chain_fund: { to: ESCROW, data: escrow('createAndFund', [REFERENCE, TOKEN, AMOUNT, 3n]) },
  chain_release: { to: ESCROW, data: escrow('release', [7n]) },
  chain_return: { to: TOKEN, data: token('transfer', [JUNO, AMOUNT]) },
  chain_probe: { to: TOKEN, data: token('transfer', [JUNO, AMOUNT]) },
  chain_approve: { to: TOKEN, data: token('approve', [ESCROW, maxUint256]) },
};
const sound = (call: { to: Address | null; data: Hex }): TransactionSerializableEIP1559 => ({
  type: 'eip1559',
  chainId: 42161,
  nonce: 3,
  ...call,
  value: 0n,
  gas: 300_000n,
  maxFeePerGas: 10n ** 9n,
  maxPriorityFeePerGas: 10n ** 8n,
});

/** Signs by the policy, and says how often the key was touched. */
async function attempt(kind: EffectKind | 'noop', transaction: TransactionSerializableEIP1559, amount = AMOUNT) {
  let touched = 0;
  const local = localSigner(KEY, WALLET);
  const signer = {
    ...local,
    sign: (t: TransactionSerializableEIP1559) => {
      touched += 1;
      return local.sign(t);
    },
  };
  const raw = await signAllowed(signer, POLICY, kind === 'noop' ? kind : { kind, amount }, transaction).then(
    (signed) => signed.raw,
    (error: unknown) => {
      expect(error).toBeInstanceOf(PolicyRefusedError);
      return null;
    },
  );
  expect(touched).toBe(raw === null ? 0 : 1);
  return raw;
}

describe('what is on the list is signed', () => {
  test.each(Object.entries(ALLOWED))('%s', async (kind, call) => {
    const raw = await attempt(kind as EffectKind, sound(call));
    const serializedTransaction = raw as TransactionSerializedEIP1559;
    expect(parseTransaction(serializedTransaction)).toMatchObject({ to: call.to, data: call.data, nonce: 3 });
    expect((await recoverTransactionAddress({ serializedTransaction })).toLowerCase()).toBe(WALLET);
  });

  test('a no-op: nothing, to the wallet itself', async () => {
    expect(await attempt('noop', sound({ to: WALLET, data: '0x' }))).not.toBeNull();
  });
});

describe('everything else is refused before a key is touched', () => {
  const fund = (args: readonly unknown[]) => ({ to: ESCROW, data: escrow('createAndFund', args) });
  test.each<[string, EffectKind | 'noop', { to: Address | null; data: Hex }]>([
    ['a return to another address', 'chain_return', { to: TOKEN, data: token('transfer', [THIEF, AMOUNT]) }],
    ['a return of more', 'chain_return', { to: TOKEN, data: token('transfer', [JUNO, AMOUNT + 1n]) }],
    ['a return of another token', 'chain_return', { to: THIEF, data: token('transfer', [JUNO, AMOUNT]) }],
    ['a return to the escrow', 'chain_return', { to: TOKEN, data: token('transfer', [ESCROW, AMOUNT]) }],
    ['a probe to another address', 'chain_probe', { to: TOKEN, data: token('transfer', [THIEF, AMOUNT]) }],
    ['an allowance for another', 'chain_approve', { to: TOKEN, data: token('approve', [THIEF, maxUint256]) }],
    ['an allowance for Juno', 'chain_approve', { to: TOKEN, data: token('approve', [JUNO, maxUint256]) }],
    ['a transfer as an allowance', 'chain_approve', { to: TOKEN, data: token('transfer', [ESCROW, 1n]) }],
    ['an allowance as a return', 'chain_return', { to: TOKEN, data: token('approve', [JUNO, AMOUNT]) }],
    ['a pull from others', 'chain_return', { to: TOKEN, data: token('transferFrom', [WALLET, JUNO, AMOUNT]) }],
    ['funding more', 'chain_fund', fund([REFERENCE, TOKEN, AMOUNT + 1n, 3n])],
    ['funding with another token', 'chain_fund', fund([REFERENCE, THIEF, AMOUNT, 3n])],
    ['funding another contract', 'chain_fund', { ...fund([REFERENCE, TOKEN, AMOUNT, 3n]), to: THIEF }],
    ['a release as funding', 'chain_fund', { to: ESCROW, data: escrow('release', [7n]) }],
    ['funding as a release', 'chain_release', fund([REFERENCE, TOKEN, AMOUNT, 3n])],
    ['a release at the token', 'chain_release', { to: TOKEN, data: escrow('release', [7n]) }],
    ['a call with no bytes', 'chain_release', { to: ESCROW, data: '0x' }],
    ['the creation of a contract', 'chain_release', { to: null, data: escrow('release', [7n]) }],
    [
      'a return with more bytes behind it',
      'chain_return',
      { to: TOKEN, data: `${token('transfer', [JUNO, AMOUNT])}00` },
    ],
    ['a release with more bytes behind it', 'chain_release', { to: ESCROW, data: `${escrow('release', [7n])}00` }],
    ['a no-op to another', 'noop', { to: THIEF, data: '0x' }],
    ['a no-op with a call', 'noop', { to: WALLET, data: token('transfer', [THIEF, 1n]) }],
  ])('%s', async (_, kind, call) => {
    expect(await attempt(kind, sound(call))).toBeNull();
  });

  test.each<[string, Partial<TransactionSerializableEIP1559>]>([
    ['ether', { value: 1n }],
    ['another chain', { chainId: 1 }],
    ['a fee above the limit', { maxFeePerGas: POLICY.maxFeePerGas + 1n }],
    ['gas above the limit', { gas: POLICY.maxGas + 1n }],
    ['a tip above the fee', { maxPriorityFeePerGas: 2n * 10n ** 9n }],
    ['an access list', { accessList: [{ address: THIEF, storageKeys: [] }] }],
    ['another type', { type: 'eip4844' as 'eip1559' }],
  ])('an allowed call with %s', async (_, part) => {
    for (const [kind, call] of [...Object.entries(ALLOWED), ['noop', { to: WALLET, data: '0x' }] as const])
      expect(await attempt(kind as EffectKind, { ...sound(call), ...part })).toBeNull();
  });

  const anyAddress = fc.oneof(
    fc.constantFrom(ESCROW, TOKEN, JUNO, THIEF, WALLET),
    fc.uint8Array({ minLength: 20, maxLength: 20 }).map((b): Address => `0x${Buffer.from(b).toString('hex')}`),
  );
  const uint = fc.oneof(fc.constantFrom(AMOUNT, AMOUNT - 1n, 0n, maxUint256), fc.bigInt({ min: 0n, max: maxUint256 }));
  const bytes = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((b): Hex => `0x${Buffer.from(b).toString('hex')}`);
  const functions = [...KUSTODIA_ESCROW_ABI, ...MXNB_ABI].filter((item) => item.type === 'function');
  const argument = (type: string): fc.Arbitrary<unknown> => {
    if (type === 'address') return anyAddress;
    if (type === 'bool') return fc.boolean();
    if (type === 'string') return fc.string();
    if (type.startsWith('bytes')) return bytes(Number(type.slice('bytes'.length) || 40));
    if (type.endsWith('[]')) return fc.array(argument(type.slice(0, -2)), { maxLength: 3 });
    const bits = Number(type.replace('uint', '') || 256);
    return bits >= 256 ? uint : fc.nat(255).map((n) => (bits <= 48 ? n : BigInt(n)));
  };
  /** Any function that either contract has, with any arguments that fit it. */
  const anyCall = fc
    .constantFrom(...functions)
    .chain((item) =>
      fc
        .tuple(...item.inputs.map(({ type }) => argument(type)))
        .map((args) => encodeFunctionData({ abi: [item], functionName: item.name, args } as never)),
    );
  const anyBytes = fc.uint8Array({ maxLength: 200 }).map((b): Hex => `0x${Buffer.from(b).toString('hex')}`);
  /** Allowed bytes with something changed, cut off or put on the end. */
  const nearly = fc
    .tuple(
      fc.constantFrom(...Object.values(ALLOWED)),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom(0, 1, 2),
    )
    .map(([{ data }, where, change, how]): Hex => {
      const buffer = Buffer.from(data.slice(2), 'hex');
      if (how === 1) return `${data}${change.toString(16).padStart(2, '0')}`;
      if (how === 2) return `0x${buffer.subarray(0, where % buffer.length).toString('hex')}`;
      const at = where % buffer.length;
      buffer[at] = (buffer[at] ?? 0) ^ change;
      return `0x${buffer.toString('hex')}`;
    });

  test('whatever the kind, the target, the bytes and the amount: what is signed is a line of the list', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...EFFECT_KINDS),
        anyAddress,
        fc.oneof(anyCall, anyBytes, nearly, fc.constantFrom(...Object.values(ALLOWED).map(({ data }) => data))),
        uint,
        async (kind, to, data, amount) => {
          if ((await attempt(kind, sound({ to, data }), amount)) === null) return;
          const line = {
            chain_approve: [TOKEN, 'approve', (args: readonly unknown[]) => args[0] === ESCROW],
            chain_fund: [
              ESCROW,
              'createAndFund',
              (args: readonly unknown[]) => args[1] === TOKEN && args[2] === amount,
            ],
            chain_release: [ESCROW, 'release', () => true],
            chain_return: [TOKEN, 'transfer', (args: readonly unknown[]) => args[0] === JUNO && args[1] === amount],
            chain_probe: [TOKEN, 'transfer', (args: readonly unknown[]) => args[0] === JUNO && args[1] === amount],
          }[kind as string] as [Address, string, (args: readonly unknown[]) => boolean] | undefined;
          if (!line) throw new Error(`${kind} was signed`);
          const [target, functionName, fits] = line;
          const item = functions.find(({ name }) => name === functionName);
          const args = argumentsOf(data, item?.inputs.length ?? 0);
          expect([to, data.slice(0, 10), data.length]).toEqual([
            target,
            selectorOf(functionName),
            10 + 64 * (item?.inputs.length ?? 0),
          ]);
          expect(fits(args)).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  /** Read without viem's decoder, so that the two cannot be wrong together: every argument on the list is one word. */
  const argumentsOf = (data: Hex, count: number): readonly unknown[] =>
    Array.from({ length: count }, (_, i) => {
      const word = data.slice(10 + 64 * i, 74 + 64 * i);
      const isAddress = /^0{24}/.test(word) && [ESCROW, TOKEN, JUNO].some((known) => known.slice(2) === word.slice(24));
      return isAddress ? `0x${word.slice(24)}` : BigInt(`0x${word}`);
    });
  const selectorOf = (name: string): string =>
    ({ approve: '0x095ea7b3', transfer: '0xa9059cbb', release: ALLOWED.chain_release?.data.slice(0, 10) })[name] ??
    (ALLOWED.chain_fund?.data.slice(0, 10) as string);
});
