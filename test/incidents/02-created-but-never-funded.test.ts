import { createPublicClient, decodeFunctionData, http } from 'viem';
import { expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { kustodiaEscrowV3 } from '../../src/chain/escrow-v3.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { effectView, viewOf } from './support.ts';

const address = (digit: string) => `0x${digit.repeat(40)}` as const;

test('creating and funding are one transaction: an escrow that is created and not funded cannot be asked for', () => {
  const client = createPublicClient({ transport: http('http://127.0.0.1:9') });
  const { to, data } = kustodiaEscrowV3(client, { escrow: address('1'), token: address('2') }).fundCall(
    `0x${'ab'.repeat(32)}`,
    1_500_000_000n,
    60n,
  );
  expect(to).toBe(address('1'));
  expect(decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data })).toEqual({
    functionName: 'createAndFund',
    args: [`0x${'ab'.repeat(32)}`, address('2'), 1_500_000_000n, 60n],
  });
  const names = KUSTODIA_ESCROW_ABI.flatMap((item) => (item.type === 'function' ? [item.name] : []));
  expect(names.filter((name) => /create|fund/i.test(name))).toEqual(['createAndFund', 'createAndFundWithPermit']);
});

test('a funding that was interrupted is gone on with, and nothing is released before EscrowFunded', () => {
  const interrupted = (state: 'recorded' | 'unknown' | 'confirmed') =>
    decide(viewOf({ state: 'funding', effects: { chain_fund: effectView('chain_fund', { state }) } }));
  for (const state of ['recorded', 'unknown', 'confirmed'] as const)
    expect(interrupted(state)).toMatchObject({ do: 'wait' });
  const dead = viewOf({ state: 'funding', effects: { chain_fund: effectView('chain_fund', { state: 'dead' }) } });
  expect(decide(dead)).toMatchObject({ do: 'move', to: 'withdrawn' });
  const again = viewOf({ state: 'withdrawn', effects: { chain_fund: effectView('chain_fund', { state: 'dead' }) } });
  expect(decide(again)).toMatchObject({ do: 'record', effect: 'chain_fund', attempt: 2 });
});
