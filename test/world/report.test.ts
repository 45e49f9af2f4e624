import { describe, expect, it } from 'vitest';
import type { Payout } from '../../src/local/juno.ts';
import { type Asked, type Books, isFlawless, judge, overheadMs } from '../../src/local/report.ts';

const A = '012180000000000011';
const B = '002180000000000022';
const payout = (clabe: string, centavos: bigint, kind: Payout['kind'] = 'redemption'): Payout => ({
  kind,
  transaction_id: 'any',
  clabe,
  amount_centavos: centavos,
  at: 9_000,
});
const asked = (id: string, payoutClabe: string, centavos: bigint, status = 'completed'): Asked => ({
  id,
  payoutClabe,
  centavos,
  status,
  hasDeposited: true,
});
const books = (outbox: Payout[], more: Partial<Books> = {}): Books => ({
  outbox,
  insideCentavos: 0n,
  ledgerSum: 0n,
  openBalances: 0,
  openBreaks: 0,
  journeys: [],
  durationMs: 1_234.5,
  ...more,
});
const two = [asked('1', A, 100_001n), asked('2', B, 101_339n)];
const paid = [payout(A, 100_001n), payout(B, 101_339n)];

describe('judge', () => {
  it('finds nothing where each was paid once', () => {
    const report = judge(two, books(paid));
    expect(report).toMatchObject({ payments: 2, completed: 2, spei_payouts: 2, paid_twice: 0, lost_centavos: 0 });
    expect(isFlawless(report)).toBe(true);
  });

  it('counts a second payout, and what it cost', () => {
    const report = judge(two, books([...paid, payout(A, 100_001n)]));
    expect(report).toMatchObject({ completed: 2, spei_payouts: 3, paid_twice: 1, lost_centavos: -100_001 });
    expect(isFlawless(report)).toBe(false);
  });

  it('counts what came, did not leave and is nowhere as lost', () => {
    const report = judge(two, books([payout(A, 100_001n)], { insideCentavos: 1_339n }));
    expect(report).toMatchObject({ completed: 1, lost_centavos: 100_000, breaks: 1 });
    expect(isFlawless(report)).toBe(false);
  });

  it('calls nothing lost that is still inside', () => {
    const unfinished = [asked('1', A, 100_001n), asked('2', B, 101_339n, 'in_custody')];
    const report = judge(unfinished, books([payout(A, 100_001n)], { insideCentavos: 101_339n }));
    expect(report).toMatchObject({ completed: 1, lost_centavos: 0, breaks: 0 });
    expect(isFlawless(report)).toBe(false);
  });

  it('counts a payout of another amount or to another CLABE as a break', () => {
    const report = judge(two, books([payout(B, 100_001n), payout(B, 101_338n)]));
    expect(report).toMatchObject({ completed: 0, spei_payouts: 2, breaks: 4, lost_centavos: 1 });
  });

  it('takes a refund of an issuance for money that left, and for no payout', () => {
    const report = judge([asked('1', A, 100_001n, 'requested')], books([payout(A, 100_001n, 'issuance_refund')]));
    expect(report).toMatchObject({ completed: 0, spei_payouts: 0, lost_centavos: 0, breaks: 0 });
  });

  it.each(['bitso_withdrawal', 'bitso_transfer'] as const)('counts a %s as the payout that it is', (kind) => {
    const report = judge(two, books([payout(A, 100_001n, kind), payout(B, 101_339n)]));
    expect(report).toMatchObject({ completed: 2, spei_payouts: 2, paid_twice: 0, lost_centavos: 0, breaks: 0 });
    expect(judge(two, books([...paid, payout(A, 100_001n, kind)]))).toMatchObject({ paid_twice: 1 });
  });

  it('takes what came back for money that did not leave: paid again it is paid once, called completed it is a break', () => {
    const back: Payout = { ...payout(A, 100_001n), returned: { at: 9_500 } };
    const again = judge(two, books([back, ...paid]));
    expect(again).toMatchObject({ completed: 2, spei_payouts: 2, paid_twice: 0, lost_centavos: 0, breaks: 0 });
    const inside = { insideCentavos: 100_001n };
    const [first, second] = [asked('1', A, 100_001n, 'needs_attention'), asked('2', B, 101_339n)];
    const waits = judge([first, second], books([back, payout(B, 101_339n)], inside));
    expect(waits).toMatchObject({ completed: 1, spei_payouts: 1, lost_centavos: 0, breaks: 0 });
    expect(judge(two, books([back, payout(B, 101_339n)], inside))).toMatchObject({ completed: 1, breaks: 1 });
  });

  it.each([{ ledgerSum: 1n }, { openBalances: 1 }, { openBreaks: 1 }])(
    'is not content with books that do not balance: %o',
    (more) => {
      expect(isFlawless(judge(two, books(paid, more)))).toBe(false);
    },
  );

  it('asks of a payment of several parts that each was paid once', () => {
    const parts = { ...asked('1', A, 50_000n), besides: [{ clabe: B, centavos: 12_000n }] };
    const whole = judge([parts], books([payout(A, 50_000n), payout(B, 12_000n)]));
    expect([isFlawless(whole), whole.spei_payouts, whole.payouts_asked]).toEqual([true, 2, 2]);
    const missing = judge([parts], books([payout(A, 50_000n)]));
    expect(missing).toMatchObject({ completed: 0, breaks: 1, lost_centavos: 12_000 });
    const twice = judge([parts], books([payout(A, 50_000n), payout(B, 12_000n), payout(B, 12_000n)]));
    expect(twice).toMatchObject({ completed: 1, paid_twice: 1 });
  });

  it('refuses payments that it could not tell apart', () => {
    expect(() => judge([asked('1', A, 5n), asked('2', A, 5n)], books([]))).toThrow('share payout CLABE and amount');
  });

  it('gives the median and the 99th percentile of the overhead', () => {
    const journeys = Array.from({ length: 100 }, (_, i) => ({ deposited: 0, paidOut: i + 1, elsewhere: [] }));
    expect(judge(two, books(paid, { journeys })).overhead_ms).toEqual({ p50: 50, p99: 99 });
  });
});

describe('overheadMs', () => {
  it('takes off once what overlaps', () => {
    const elsewhere = [
      { from: 200, to: 400 },
      { from: 100, to: 300 },
      { from: 150, to: 160 },
    ];
    expect(overheadMs({ deposited: 0, paidOut: 1_000, elsewhere })).toBe(700);
  });

  it('takes off nothing from before the deposit or after the payout', () => {
    const elsewhere = [
      { from: -500, to: 100 },
      { from: 900, to: 5_000 },
    ];
    expect(overheadMs({ deposited: 0, paidOut: 1_000, elsewhere })).toBe(800);
  });
});
