import { describe, expect, test } from 'vitest';
import { type Asked, trueReasons } from '../../src/simulate/reasons.ts';

/** A world in which every fault struck somebody, and the records of its rails. */
const world = (
  records: Readonly<{
    answered?: readonly string[];
    returned?: string;
    failed?: string;
    failedAtBitso?: string;
    mined?: readonly string[];
    counts?: Record<string, number>;
  }> = {},
) =>
  trueReasons({
    counts: records.counts ?? {
      ...{ slow_answer: 1, spei_returned: 1, redemption_failed: 1, bitso_failed: 1, reorg: 1 },
    },
    bank: { outgoing: () => [{ id: records.returned ?? 'another', isReturned: true }] },
    juno: {
      transactions: () => [{ id: records.failed ?? 'another', status: 'FAILED' }],
      withdrawals: () => [{ wid: records.failedAtBitso ?? 'another', status: 'failed' }],
    },
    chain: { isMined: (hash: string) => records.mined?.includes(hash) ?? false },
    wire: { wasAnswered: (key: string) => records.answered?.includes(key) ?? false },
  } as never);

const asked = (attention: string, change: Partial<Asked> = {}): Asked => ({
  ...{ attention, accountKey: 'of the account', hashes: ['0xfund', '0xrelease'] },
  effects: {
    juno_redemption: { key: 'of the redemption', name: 'its transaction' },
    juno_withdrawal: { key: 'of the withdrawal', name: null },
    chain_return: { key: 'of the return', name: '0xreturn' },
  },
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

  test('of what failed or came back, where that very order did', () => {
    const name = 'its transaction';
    for (const [attention, given] of [
      ['failed_not_returned', { failed: name }],
      ['payout_failed', { failedAtBitso: name }],
      ['payout_returned', { returned: name }],
    ] as const) {
      expect([attention, world(given)(asked(attention))]).toEqual([attention, true]);
      expect([attention, world()(asked(attention))]).toEqual([attention, false]);
    }
  });

  test('of what the chain no longer has, where that is what the leg stands on', () => {
    expect(world({ mined: ['0xfund'] })(asked('evidence_gone'))).toBe(true);
    expect(world({ mined: ['0xfund', '0xrelease'] })(asked('evidence_gone'))).toBe(false);
    expect(world()(asked('return_undone'))).toBe(true);
    expect(world({ mined: ['0xreturn'] })(asked('return_undone'))).toBe(false);
  });

  test('of what its fault struck nobody for, never', () => {
    expect(world({ counts: {} })(asked('evidence_gone'))).toBe(false);
    expect(world({ counts: {} })(asked('juno_redemption_unknown'))).toBe(false);
    expect(world()(asked('a reason that nobody knows'))).toBe(false);
  });
});
