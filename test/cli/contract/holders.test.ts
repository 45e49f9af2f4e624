import type { Address } from 'viem';
import { describe, expect, test } from 'vitest';
import { idsOf, type View } from '../../../src/cli/contract/act.ts';
import { rescue } from '../../../src/cli/contract/acts/rescue.ts';
import { readContractSettings } from '../../../src/cli/contract/settings.ts';
import { type Holders, holderMismatches, payeeMismatches } from '../../../src/cli/contract/verify-holders.ts';

const address = (digit: string): Address => `0x${digit.repeat(40)}`;
const [ADMIN, BRIDGE, APPROVER, TOKEN, ESCROW] = ['1', '2', '3', '4', '5'].map(address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const settings = readContractSettings({
  ...{ JUNO_ENV: 'sandbox', CHAIN_ID: '31337', ETH_RPC_URL: 'http://127.0.0.1:9', MXNB_CONTRACT_ADDRESS: TOKEN },
  ...{ ESCROW_BRIDGE_WALLET: BRIDGE, ESCROW_APPROVER: APPROVER },
});

const state: View['state'] = {
  ...{ blockNumber: 9n, isThisRelease: true, admin: ADMIN, pendingAdmin: null, adminDelay_s: 60, pendingDelay_s: null },
  ...{ settlement: BRIDGE, settlementDelay_s: 60, pendingSettlement: null, isPaused: false, escrowCount: 0n },
  token: { address: TOKEN, symbol: 'T', decimals: 2, isAllowed: true, escrowed: 0n, balance: 1_000n },
};

/** Everything in order, with these open escrows. */
const holding = (payees: readonly (readonly [bigint, Address])[], made = BigInt(payees.length)): Holders => ({
  state: { ...state, escrowCount: BigInt(payees.length) },
  grants: {
    holders: { admin: [ADMIN], bridge: [BRIDGE], approver: [APPROVER], pauser: [ADMIN] },
    tokens: [TOKEN],
    isWhole: true,
  },
  appointments: new Map([[APPROVER, { since: 1_800_000_000, afterId: 0n }]]),
  open: { payees: new Map(payees), made },
});

describe('whom open escrows pay', () => {
  test('the bridge wallet: nothing to say', () => {
    const holders = holding([[1n, BRIDGE]]);
    expect([...payeeMismatches(holders, settings), ...holderMismatches(holders, settings)]).toEqual([]);
  });

  test('escrows whose events the node left out', () => {
    expect(payeeMismatches(holding([[1n, BRIDGE]], 0n), settings)).toEqual([
      expect.stringMatching(
        '^The contract has made 1 escrows, and the node gave the events of 0: it leaves events out',
      ),
    ]);
  });

  test('others, of whom ten are named and the rest counted', () => {
    const payees = Array.from({ length: 12 }, (_, i) => {
      const payee: Address = `0x${(i + 16).toString(16).padStart(40, '0')}`;
      return [BigInt(i + 1), payee] as const;
    });
    const found = payeeMismatches(holding(payees), settings);
    expect(found).toHaveLength(11);
    expect(found.at(-1)).toBe('Open escrows pay 2 more addresses that are not ESCROW_BRIDGE_WALLET.');
  });

  test('ids are told in stretches, at most twenty', () => {
    expect(idsOf([7n, 3n, 2n, 4n])).toBe('2-4,7');
    expect(idsOf(Array.from({ length: 30 }, (_, i) => BigInt(2 * i + 1)))).toMatch(/^1,3,.*,39 and more$/);
  });
});

describe('what a rescue is refused', () => {
  const refusals = (amount: string) => {
    const act = rescue({ escrow: ESCROW, to: APPROVER, token: TOKEN, amount }, { state });
    return act.refusals?.({ state } as View).filter((one) => one !== false);
  };

  test.each(['1.239', '0.001'])('%s has more decimals than the token has', (amount) => {
    expect(refusals(amount)).toEqual([expect.stringMatching(`^${amount} has more decimals than the token`)]);
  });

  test.each(['1.23', '1.2300', '1', '10'])('%s is fine', (amount) => {
    expect(refusals(amount)).toEqual([]);
  });
});
