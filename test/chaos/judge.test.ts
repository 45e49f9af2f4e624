import { describe, expect, test } from 'vitest';
import { finding } from '../../src/auditor/findings.ts';
import { type FarEnd, isSound, judgeStories, type Places } from '../../src/chaos/judge.ts';
import type { Strike, Suffered } from '../../src/chaos/reasons.ts';
import type { Story } from '../../src/chaos/stories.ts';
import type { Payout } from '../../src/local/juno.ts';
import { parseClabe } from '../../src/money/clabe.ts';

const CLABE = parseClabe('646180157042875763');
const PAYER = parseClabe('002180012345678906');
const story = (change: Partial<Story> = {}): Story => ({
  journey: 'custody',
  rail: 'bank_redemption',
  number: 1,
  clabe: CLABE,
  payer: PAYER,
  amount: 20_000n,
  owed: 20_000n,
  side: 0,
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
/** Kustodia's own are in the bridge. */
const placesWith = (change: Partial<Places> = {}): Places => ({
  bridge: 500n,
  escrow: 0n,
  juno: 0n,
  bitso: 0n,
  kept: 0n,
  elsewhere: 0n,
  ...change,
});
const UNHARMED: Suffered = { strikes: [], blackouts: [], sends: new Map() };
type Case = Readonly<{
  stories?: readonly Story[];
  outbox?: Payout[];
  places?: Partial<Places>;
  reasons?: readonly (readonly [Story, readonly string[]])[];
  suffered?: Partial<Suffered>;
  deaths?: readonly string[];
  differences?: FarEnd['differences'];
}>;
const judged = (given: Case = {}) =>
  judgeStories({
    stories: given.stories ?? [story()],
    farEnd: {
      outbox: given.outbox ?? [payout()],
      places: placesWith(given.places),
      differences: given.differences ?? [],
    },
    reasons: new Map(given.reasons),
    suffered: { ...UNHARMED, ...given.suffered },
    deaths: given.deaths ?? [],
  });

describe('the verdict of the far end', () => {
  test('is clean where what is owed left once', () => {
    const verdict = judged();
    expect(verdict).toEqual({
      payments: 1,
      paid_twice: 0,
      lost_centavos: 0,
      stuck: 0,
      needs_attention: {},
      audit_findings: 0,
      died: 0,
      findings: [],
    });
    expect(isSound(verdict)).toBe(true);
  });

  test('counts every payout beyond what is owed, one of an amount too large, and one that nobody asked for', () => {
    expect(judged({ outbox: [payout(), payout()] })).toMatchObject({ paid_twice: 1, lost_centavos: -20_000 });
    expect(judged({ outbox: [payout({ amount_centavos: 20_001n })] })).toMatchObject({ paid_twice: 1 });
    expect(judged({ outbox: [payout(), payout({ clabe: '012180015040777775' })] })).toMatchObject({ paid_twice: 1 });
    expect(judged({ outbox: [payout(), payout()] }).findings[0]).toMatch(
      /paid twice: owed 200.00 MXN, got 200.00 by redemption, 200.00/,
    );
  });

  test('counts as paid twice what went back to its payer and to its recipient as well', () => {
    const back = payout({ kind: 'issuance_refund', clabe: PAYER });
    const verdict = judged({ outbox: [back, payout()], places: { bridge: -19_500n } });
    expect(verdict).toMatchObject({ paid_twice: 1, lost_centavos: 0 });
    expect(isSound(verdict)).toBe(false);
    const elsewhere = payout({ kind: 'issuance_refund', clabe: '012180015040777775' });
    expect(judged({ outbox: [elsewhere, payout()] })).toMatchObject({ paid_twice: 1 });
  });

  test('counts any payout of a story that nobody paid in for', () => {
    const one = story({ owed: 0n, hasDeposited: false });
    expect(judged({ stories: [one], outbox: [] })).toMatchObject({ paid_twice: 0, lost_centavos: 0, stuck: 0 });
    expect(judged({ stories: [one] })).toMatchObject({ paid_twice: 1, lost_centavos: -20_000 });
  });

  test('counts what was deposited and is nowhere', () => {
    expect(judged({ outbox: [], places: { juno: 19_999n } })).toMatchObject({ lost_centavos: 1, stuck: 1 });
    expect(judged({ outbox: [], places: { juno: 19_999n } }).findings.join('\n')).toMatch(
      /20000 centavos came in.*juno 19999/,
    );
  });

  test('counts as lost the tokens of the escrow that are with a stranger, though none was burnt', () => {
    const waiting = { reasons: [[story(), ['payout_failed']]] } as const;
    expect(judged({ ...waiting, outbox: [], places: { escrow: 20_000n } })).toMatchObject({ lost_centavos: 0 });
    const stolen = judged({ ...waiting, outbox: [], places: { elsewhere: 20_000n } });
    expect(stolen).toMatchObject({ lost_centavos: 20_000 });
    expect(isSound({ ...stolen, stuck: 0 })).toBe(false);
  });

  test('is unsound where a process ended that nobody had ended', () => {
    const verdict = judged({ deaths: ['reactor 1 ended by itself (code 1); nobody had ended it.'] });
    expect(verdict).toMatchObject({ died: 1, paid_twice: 0, stuck: 0 });
    expect(verdict.findings).toEqual([expect.stringContaining('reactor 1 ended by itself')]);
    expect(isSound(verdict)).toBe(false);
  });

  test('is unsound where the auditor finds a difference, though every story is paid, and says which', () => {
    const difference = finding('balance_differs', {
      evidence: ['bridge'],
      what: 'The bridge holds less than is booked.',
    });
    const unsound = judged({ differences: [difference] });
    expect(isSound(unsound)).toBe(false);
    expect(unsound).toMatchObject({ paid_twice: 0, lost_centavos: 0, stuck: 0, audit_findings: 1 });
    expect(unsound.findings).toEqual([
      expect.stringMatching(/balance_differs.*less than is booked.*bridge.*Stop the rail/),
    ]);
  });

  test('does not take for paid what its bank sent back', () => {
    const back = payout({ returned: { at: 1 } });
    expect(judged({ outbox: [back], places: { juno: 20_000n } })).toMatchObject({
      paid_twice: 0,
      lost_centavos: 0,
      stuck: 1,
    });
    expect(judged({ outbox: [back, payout()] })).toMatchObject({ paid_twice: 0, lost_centavos: 0, stuck: 0 });
  });
});

describe('a story that waits for a person', () => {
  const one = story();
  const told = (code: string, suffered: Partial<Suffered> = {}, stories: readonly Story[] = [one]) =>
    judged({
      stories,
      outbox: [],
      places: { juno: 20_000n * BigInt(stories.length) },
      reasons: stories.map((each) => [each, [code]] as const),
      suffered,
    });
  const failed: Strike = {
    name: 'fail_payout',
    endpoint: 'POST /v3/withdrawals',
    said: '"200.00"',
    at_ms: 1_000,
    ms: 0,
  };
  const sending = new Map([['p', [{ kind: 'bitso_payout', from_ms: 1_000, to_ms: 2_000 }]]]);

  test('is stuck where nobody was told', () => {
    expect(judged({ outbox: [], places: { juno: 20_000n } }).findings[0]).toMatch(
      /is stuck: owed 200.00 MXN, got nothing/,
    );
  });

  test('is not stuck where a fault that struck it makes the reason true', () => {
    expect(told('payout_failed', { strikes: [failed] })).toMatchObject({
      stuck: 0,
      needs_attention: { payout_failed: 1 },
    });
  });

  test('is stuck where no fault did, or one of another amount, another account, another call or another name', () => {
    const others = [
      { ...failed, said: '"200.01"' },
      { ...failed, said: '{"clabe":"012180015040777775","amount":"200.00"}' },
      { ...failed, endpoint: 'POST /mint_platform/v1/redemptions' },
      { ...failed, name: 'delay_ms' },
    ];
    for (const strikes of [[], ...others.map((strike) => [strike])])
      expect(told('payout_failed', { strikes })).toMatchObject({ stuck: 1, needs_attention: { payout_failed: 1 } });
    expect(told('payout_failed').findings[0]).toMatch(/waits for a person for “payout_failed”, which is not so/);
  });

  test('is stuck where one fault is to explain two of the same amount', () => {
    const twin = story({ number: 2, clabe: parseClabe('012180015040777775'), payer: CLABE, payments: ['q'] });
    expect(told('payout_failed', { strikes: [failed] }, [one, twin])).toMatchObject({ stuck: 1 });
    expect(told('payout_failed', { strikes: [failed, { ...failed }] }, [one, twin])).toMatchObject({ stuck: 0 });
  });

  test('may not know what became of its payout where the run struck between the intent and the answer, and not else', () => {
    const struck = (from_ms: number) => [{ from_ms, to_ms: from_ms }];
    expect(told('bitso_payout_unknown', { sends: sending, blackouts: struck(1_500) })).toMatchObject({ stuck: 0 });
    expect(told('bitso_payout_unknown', { sends: sending, blackouts: struck(2_001) })).toMatchObject({ stuck: 1 });
    expect(told('bitso_payout_unknown', { sends: sending, blackouts: struck(999) })).toMatchObject({ stuck: 1 });
    expect(told('bitso_payout_unknown', { sends: sending })).toMatchObject({ stuck: 1 });
    expect(told('payout_account_unusable', { sends: sending, blackouts: struck(1_500) })).toMatchObject({ stuck: 1 });
    const outage = { ...failed, name: 'outage', said: '', at_ms: 500, ms: 600 };
    expect(told('bitso_payout_unknown', { sends: sending, strikes: [outage] })).toMatchObject({ stuck: 0 });
    expect(told('bitso_payout_unknown', { sends: sending, strikes: [{ ...outage, ms: 400 }] })).toMatchObject({
      stuck: 1,
    });
  });

  test('is stuck whatever the run did where the payment could not be looked at, or the reason is none that it knows', () => {
    const suffered = { strikes: [failed], blackouts: [{ from_ms: 0, to_ms: 9_999 }], sends: sending };
    for (const code of ['cannot_be_looked_at', 'effect_missing', 'indexer_mismatch'])
      expect(told(code, suffered)).toMatchObject({ stuck: 1, needs_attention: { [code]: 1 } });
  });

  test('is stuck though it is paid, where it is said that it could not be looked at', () => {
    expect(judged({ stories: [one], reasons: [[one, ['cannot_be_looked_at']]] })).toMatchObject({ stuck: 1 });
    expect(judged({ stories: [one], reasons: [[one, ['payout_failed']]] })).toMatchObject({ stuck: 0 });
  });

  test('is stuck where one of two reasons is not so', () => {
    const codes = ['payout_failed', 'effect_missing'];
    const reasons = [[one, codes]] as const;
    expect(judged({ outbox: [], places: { juno: 20_000n }, reasons, suffered: { strikes: [failed] } })).toMatchObject({
      stuck: 1,
    });
  });
});
