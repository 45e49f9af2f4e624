import { createPublicClient, decodeFunctionData, http } from 'viem';
import { expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { kustodiaEscrowV3 } from '../../src/chain/escrow-v3.ts';
import { type LegRows, requestOf } from '../../src/reactor/advance/request.ts';
import type { Context } from '../../src/reactor/context.ts';
import { legView } from './support.ts';

const ESCROW = `0x${'1'.repeat(40)}` as const;
const client = createPublicClient({ transport: http('http://127.0.0.1:9') });
const ctx = {
  chain: { escrowAt: () => kustodiaEscrowV3(client, { escrow: ESCROW, token: ESCROW }) },
  settings: { juno: { amountAs: 'text' } },
} as unknown as Context;
const release = (escrowId: bigint | null) =>
  requestOf(
    ctx,
    {
      do: 'record',
      leg: legView({ state: 'in_custody' }),
      effect: 'chain_release',
      attempt: 1,
      to: 'releasing',
      cause: '',
    },
    { leg: { escrowContract: ESCROW, escrowId }, payment: { number: 112 } } as unknown as LegRows,
  );

test('payment 112, escrow 9 on the chain: escrow 9 is released, by the id that the chain’s own event bound to our reference', () => {
  const { data } = release(9n).request as { data: `0x${string}` };
  expect(decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data })).toEqual({ functionName: 'release', args: [9n] });
});

test('a leg whose escrow the chain has not named is not released by any other number', () => {
  expect(() => release(null)).toThrow(/has no escrow/);
});
