import { createPublicClient, http } from 'viem';
import { expect, test } from 'vitest';
import { kustodiaEscrowV3 } from '../../src/chain/escrow-v3.ts';
import { centavos, MoneyError, parseDecimal, toMxn, toMxnb } from '../../src/money/money.ts';
import { assertAllowed, PolicyRefusedError } from '../../src/reactor/wallet/policy.ts';

const address = (digit: string) => `0x${digit.repeat(40)}` as const;
const [ESCROW, TOKEN, JUNO, BRIDGE] = [address('1'), address('2'), address('3'), address('4')];
const POLICY = {
  escrows: { [ESCROW]: 'v3' as const },
  bridge: BRIDGE,
  token: TOKEN,
  junoDepositAddress: JUNO,
  mostAllowed: 0n,
};

test('one peso is 1,000,000 units of MXNB, on every network and on every way', () => {
  expect(toMxnb(centavos(100n)).units).toBe(1_000_000n);
  expect(toMxnb(parseDecimal('MXN', '1500.50')).units).toBe(1_500_500_000n);
  expect(toMxn(toMxnb(centavos(150_050n))).units).toBe(150_050n);
  expect(() => parseDecimal('MXNB', '1.0000001')).toThrow(MoneyError);
});

test('an amount with 18 decimals is refused before a key is touched', () => {
  const client = createPublicClient({ transport: http('http://127.0.0.1:9') });
  const call = kustodiaEscrowV3(client, { escrow: ESCROW, token: TOKEN }).fundCall(
    `0x${'ab'.repeat(32)}`,
    1500n * 10n ** 18n,
    60n,
  );
  const amount = toMxnb(parseDecimal('MXN', '1500')).units;
  expect(() => assertAllowed(POLICY, 'chain_fund', amount, call)).toThrow(PolicyRefusedError);
});
