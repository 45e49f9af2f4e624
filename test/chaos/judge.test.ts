import { describe, expect, test } from 'vitest';
import { finding } from '../../src/auditor/findings.ts';
import { isSound, judgeStories } from '../../src/chaos/judge.ts';
import type { Story } from '../../src/chaos/stories.ts';
import type { Payout } from '../../src/local/juno.ts';
import { parseClabe } from '../../src/money/clabe.ts';

const CLABE = parseClabe('646180157042875763');
const story = (change: Partial<Story> = {}): Story => ({
  journey: 'custody',
  rail: 'bank_redemption',
  number: 1,
  clabe: CLABE,
  amount: 20_000n,
  payments: ['p'],
  hasDeposited: true,
  ...change,
});
const payout = (change: Partial<Payout> = {}): Payout => ({
  kind: 'redemption',
  transaction_id: 't',
  clabe: CLABE,
  amount_centavos: 20_000n,
  at: 0,
  ...change,
});
const judged = (outbox: Payout[], insideCentavos: bigint, reasons = new Map<Story, string>(), one = story()) =>
  judgeStories([one], { outbox, insideCentavos, differences: [] }, reasons);

describe('the verdict of the far end', () => {
  test('is clean where what is owed left once', () => {
    expect(judged([payout()], 0n)).toEqual({
      payments: 1,
      paid_twice: 0,
      lost_centavos: 0,
      stuck: 0,
      needs_attention: {},
      audit_findings: 0,
      findings: [],
    });
  });

  test('counts every payout beyond what is owed, one of an amount too large, and one that nobody asked for', () => {
    expect(judged([payout(), payout()], -20_000n)).toMatchObject({ paid_twice: 1, lost_centavos: 0 });
    expect(judged([payout({ amount_centavos: 20_001n })], -1n)).toMatchObject({ paid_twice: 1 });
    expect(judged([payout(), payout({ clabe: '012180015040777770' })], 0n)).toMatchObject({ paid_twice: 1 });
    expect(judged([payout(), payout()], 0n).findings[0]).toMatch(
      /paid twice: owed 200.00 MXN, got 200.00 by redemption, 200.00/,
    );
  });

  test('counts what was deposited and is nowhere', () => {
    expect(judged([], 19_999n)).toMatchObject({ lost_centavos: 1, stuck: 1 });
  });

  test('counts as stuck what is unpaid and says nothing, and not what waits for a person', () => {
    expect(judged([], 20_000n).findings[0]).toMatch(/is stuck: owed 200.00 MXN, got nothing/);
    const one = story();
    const waiting = judged([], 20_000n, new Map([[one, 'juno_holds_deposit']]), one);
    expect(waiting).toMatchObject({ stuck: 0, needs_attention: { juno_holds_deposit: 1 } });
  });

  test('is unsound where the auditor finds a difference, though every story is paid, and says which', () => {
    const difference = finding('balance_differs', {
      evidence: ['bridge'],
      what: 'The bridge holds less than is booked.',
    });
    const farEnd = { outbox: [payout()], insideCentavos: 0n };
    const sound = judgeStories([story()], { ...farEnd, differences: [] }, new Map());
    const unsound = judgeStories([story()], { ...farEnd, differences: [difference] }, new Map());
    expect([isSound(sound), isSound(unsound)]).toEqual([true, false]);
    expect(unsound).toMatchObject({ paid_twice: 0, lost_centavos: 0, stuck: 0, audit_findings: 1 });
    expect(unsound.findings).toEqual([
      expect.stringMatching(/balance_differs.*less than is booked.*bridge.*Stop the rail/),
    ]);
  });

  test('does not take for paid what its bank sent back', () => {
    const back = payout({ returned: { at: 1 } });
    expect(judged([back], 20_000n)).toMatchObject({ paid_twice: 0, lost_centavos: 0, stuck: 1 });
    expect(judged([back, payout()], 0n)).toMatchObject({ paid_twice: 0, lost_centavos: 0, stuck: 0 });
  });
});
