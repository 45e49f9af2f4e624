import { describe, expect, test } from 'vitest';
import { type Asked, trueReasons } from '../../src/simulate/reasons.ts';

/** A world in which every fault struck somebody, and the records of its rails. */
const world = (
  records: Readonly<{
    answered?: readonly string[];
    returned?: bigint;
    failed?: bigint;
    failedAtBitso?: bigint;
    counts?: Record<string, number>;
  }> = {},
) =>
  trueReasons({
    counts: records.counts ?? {
      ...{ slow_answer: 1, spei_returned: 1, redemption_failed: 1, bitso_failed: 1, reorg: 1 },
    },
    bank: { outgoing: () => [{ amount: records.returned ?? 0n, isReturned: true }] },
    juno: {
      transactions: () => [{ amount: records.failed ?? 0n, status: 'FAILED' }],
      withdrawals: () => [{ amount: records.failedAtBitso ?? 0n, status: 'failed' }],
    },
    wire: { wasAnswered: (key: string) => records.answered?.includes(key) ?? false },
  } as never);

const asked = (attention: string, change: Partial<Asked> = {}): Asked => ({
  ...{ attention, amount: 150_000n, accountKey: 'of the account' },
  effects: { juno_redemption: 'of the redemption', juno_withdrawal: 'of the withdrawal' },
  ...change,
});

describe('a person is asked with reason', () => {
  test('of an answer that was lost, where that very call was not answered', () => {
    const isTrue = world({ answered: ['of the withdrawal'] });
    expect(isTrue(asked('juno_redemption_unknown'))).toBe(true);
    expect(isTrue(asked('juno_withdrawal_unknown'))).toBe(false);
    expect(isTrue(asked('juno_withdrawal_not_getting_through'))).toBe(false);
    // It has no such effect at all.
    expect(isTrue(asked('bitso_payout_unknown'))).toBe(false);
    expect(isTrue(asked('payout_account_unusable'))).toBe(true);
    expect(world({ answered: ['of the account'] })(asked('payout_account_unusable'))).toBe(false);
  });

  test('of what failed or came back, where an order of that amount did', () => {
    for (const [attention, given] of [
      ['failed_not_returned', { failed: 150_000n }],
      ['payout_failed', { failedAtBitso: 150_000n }],
      ['payout_returned', { returned: 150_000n }],
    ] as const) {
      expect([attention, world(given)(asked(attention))]).toEqual([attention, true]);
      expect([attention, world()(asked(attention))]).toEqual([attention, false]);
    }
  });

  test('of what its fault struck nobody for, never', () => {
    expect(world()(asked('evidence_gone'))).toBe(true);
    expect(world({ counts: {} })(asked('evidence_gone'))).toBe(false);
    expect(world({ counts: {} })(asked('juno_redemption_unknown'))).toBe(false);
    expect(world()(asked('a reason that nobody knows'))).toBe(false);
  });
});
