/** Where the MXNB of a leg are, and what may be spent for it. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/reactor/payment/decide.ts';
import { liesInWallet, shortOf, walletOf } from '../../src/reactor/payment/former-wallet.ts';
import type { LegView } from '../../src/reactor/payment/view.ts';
import { effectView, standsOn, viewOf } from '../support/views.ts';

const WALLETS = { bridge: '0xnew', bridgesBefore: ['0xold'] };
const claim = (id: string, as: string, bridge: string | undefined, claimedAt = 1) => ({
  ...{ source: 'chain', id, claimedAt },
  detail: { as, ...(bridge === undefined ? {} : { bridge }) },
});
const carried = (of: string, to: string, claimedAt: number) => ({
  ...{ source: 'carried', id: `${of}:${claimedAt}`, claimedAt },
  detail: { claim: of, to },
});

describe('the wallet', () => {
  const before = { state: 'withdrawn', escrowId: null } as const;
  const after = { state: 'released', escrowId: 7n } as const;
  test('is that of the arrival before an escrow, and that of the newest release after it', () => {
    const claims = [
      claim('a', 'arrival', '0xold'),
      claim('b', 'unlocked', '0xold', 2),
      claim('c', 'unlocked', '0xnew', 3),
    ];
    expect(walletOf(before, claims, WALLETS)).toBe('0xold');
    expect(walletOf(after, claims, WALLETS)).toBe('0xnew');
  });
  test('is the one that it was last carried over to, and that of no other claim', () => {
    const claims = [
      claim('a', 'arrival', '0xold'),
      carried('a', '0xmid', 2),
      carried('a', '0xnew', 3),
      carried('z', '0xz', 4),
    ];
    expect(walletOf(before, claims, WALLETS)).toBe('0xnew');
    expect(walletOf(after, [...claims, claim('b', 'unlocked', '0xold', 5)], WALLETS)).toBe('0xold');
  });
  test('of a claim that names none is the first that there was', () => {
    expect(walletOf(before, [claim('a', 'arrival', undefined)], WALLETS)).toBe('0xold');
    expect(walletOf(before, [claim('a', 'arrival', undefined)], { ...WALLETS, bridgesBefore: [] })).toBe('0xnew');
  });
  test('has what is to be sent until that is signed', () => {
    expect(liesInWallet('returning', () => 'recorded')).toBe(true);
    expect(liesInWallet('returning', () => 'sending')).toBe(false);
    expect(liesInWallet('in_custody', () => 'recorded')).toBe(false);
  });
});

test('what came too many before counts, and what was carried over with it does not', () => {
  expect(shortOf({ lies: 5n, carried: 3n, brought: 7n })).toBe(1n);
  expect(shortOf({ lies: 5n, carried: 3n, brought: 9n })).toBe(0n);
});

describe('a leg whose MXNB are in a wallet of before', () => {
  const formerWallet = '0xold';
  test.each([
    ['withdrawn', { facts: { standing: [standsOn('arrival')], formerWallet } }],
    ['created', { fundsInTwo: true, facts: { standing: [standsOn('arrival'), standsOn('created')], formerWallet } }],
    ['released', { facts: { standing: [standsOn('released'), standsOn('unlocked')], formerWallet } }],
    [
      'returning',
      { effects: { chain_return: effectView('chain_return', { state: 'recorded' }) }, facts: { formerWallet } },
    ],
  ] as const)('%s: asks people, and records nothing', (state, leg) => {
    const view = viewOf({ state, ...leg } as Partial<LegView>);
    expect(decide(view)).toMatchObject({
      ...{ do: 'ask', code: 'money_in_former_wallet' },
      sentence: expect.stringContaining('are in 0xold, which is not the bridge wallet any more'),
    });
  });
});
