import { describe, expect, test } from 'vitest';
import { retell } from '../../src/console/words/said.ts';
import { judge } from '../../src/reactor/alerts/judge.ts';
import { ALERT_KINDS, type AlertKind } from '../../src/reactor/alerts/kinds.ts';
import { type OpenAlert, pause_s, planTellings } from '../../src/reactor/alerts/plan.ts';
import type { SeenLeg, Snapshot } from '../../src/reactor/alerts/snapshot.ts';
import { SPANISH } from '../support/spanish.ts';

const BOUNDS = {
  ...{ stuck_s: 900, unknown_s: 900, suspense_s: 3_600, silence_s: 180 },
  ...{ indexerLag_s: 30, junoLatency_s: 5, gasTransactions: 200, floatProofs: 1 },
};
const CLOSED = { state: 'closed', reason: null, until: null, lockouts: 0, failures: 0 } as const;
const WELL: Snapshot = {
  waiting: { legs: [], usual_s: new Map() },
  ...{ attention: [], unknown: [], suspense: [], breaks: [], contracts: [], webhooks: [], undelivered: [] },
  ...{ lost: null, isLostKnown: true, chain: 'agreed' },
  automation: { overdue: 0, loops: [{ loop: 'sweep', silent_s: 30 }] },
  juno: { breaker: CLOSED, usual_s: 0.2 },
  funds: { gasTransactions: 5_000, floatProofs: 3, isAddressProved: true },
};
const leg = (fields: Partial<SeenLeg> = {}): SeenLeg => ({
  ...{ legId: 'leg-1', paymentId: 'payment-1', kind: 'custody', state: 'withdrawing', centavos: 150_000n, age_s: 901 },
  ...fields,
});
const OPEN_UNTIL = { ...CLOSED, state: 'open', reason: 'failing', until: new Date(0) } as const;
const judged = (snapshot: Partial<Snapshot>, open: readonly string[] = []) =>
  judge({ ...WELL, ...snapshot }, BOUNDS, new Set(open));

/** Of each kind: what is just not wrong, and what just is. */
const EDGES: Readonly<Record<AlertKind, readonly [well: Partial<Snapshot>, wrong: Partial<Snapshot>]>> = {
  stuck: [
    { waiting: { legs: [leg({ age_s: 900 })], usual_s: new Map() } },
    { waiting: { legs: [leg()], usual_s: new Map() } },
  ],
  'needs-attention': [
    {},
    { attention: [{ legId: 'leg-1', paymentId: 'payment-1', code: 'lost', owner: 'support', text: 'Ask Juno' }] },
  ],
  'unknown-effect': [
    { unknown: [{ effectId: 'e', paymentId: null, kind: 'juno_clabe', age_s: 900 }] },
    { unknown: [{ effectId: 'e', paymentId: 'payment-1', kind: 'juno_clabe', age_s: 901 }] },
  ],
  suspense: [
    { suspense: [{ depositId: 'd', reason: 'over', centavos: 1n, age_s: 3_600 }] },
    { suspense: [{ depositId: 'd', reason: 'over', centavos: 1n, age_s: 3_601 }] },
  ],
  break: [
    { breaks: [{ kind: 'account', count: 0, oldest_s: 0 }] },
    { breaks: [{ kind: 'account', count: 1, oldest_s: 5 }] },
  ],
  'money-off': [{}, { lost: 'Juno knows a redemption that is not known here' }],
  'silent-automation': [
    { automation: { overdue: 0, loops: [{ loop: 'sweep', silent_s: 180 }] } },
    { automation: { overdue: 0, loops: [{ loop: 'sweep', silent_s: 181 }] } },
  ],
  'indexer-behind': [
    { chain: { trouble: 'the indexer to be ready', isRpc: false, since_s: 30, behind_s: 30 } },
    { chain: { trouble: 'the indexer to be ready', isRpc: false, since_s: 0, behind_s: 31 } },
  ],
  'rpc-silent': [
    { chain: { trouble: 'the RPC to answer', isRpc: true, since_s: 30, behind_s: null } },
    { chain: { trouble: 'the RPC to answer', isRpc: true, since_s: 31, behind_s: null } },
  ],
  'juno-slow': [{ juno: { breaker: CLOSED, usual_s: 5 } }, { juno: { breaker: CLOSED, usual_s: 5.1 } }],
  'juno-breaker': [{}, { juno: { breaker: OPEN_UNTIL, usual_s: null } }],
  'contract-stopped': [{}, { contracts: [{ address: '0x1', reason: 'it is paused' }] }],
  'gas-low': [
    { funds: { gasTransactions: 200, floatProofs: 3, isAddressProved: true } },
    { funds: { gasTransactions: 199, floatProofs: 3, isAddressProved: true } },
  ],
  'float-missing': [
    { funds: { gasTransactions: 999, floatProofs: 1, isAddressProved: false } },
    { funds: { gasTransactions: 999, floatProofs: 0, isAddressProved: false } },
  ],
  'float-low': [
    { funds: { gasTransactions: 999, floatProofs: 1, isAddressProved: true } },
    { funds: { gasTransactions: 999, floatProofs: 0, isAddressProved: true } },
  ],
  'webhook-failed': [{}, { webhooks: [{ endpointId: 'e', failed: 2, error: 'answered 500' }] }],
  'notice-undelivered': [{}, { undelivered: [{ channel: 'slack', failed: 2, error: 'answered 500' }] }],
};

describe.each(Object.entries(EDGES))('%s', (kind, [well, wrong]) => {
  test('is no alert up to its bound, and one beyond it', () => {
    expect(judged(well).alerts).toEqual([]);
    const { alerts } = judged(wrong);
    expect(alerts.map((alert) => alert.kind)).toEqual([kind]);
    expect(alerts[0]?.severity).toBe(ALERT_KINDS[kind as AlertKind]);
    expect(alerts[0]?.sentence).toMatch(/^\p{Lu}.*[.!]|kustodia/u);
    expect(retell(alerts[0]?.sentence ?? '', SPANISH).language).toBe('es');
  });
});

test('a leg is stuck only once it is longer in its state than is usual for its kind', () => {
  const waiting = (age_s: number) => ({
    waiting: { legs: [leg({ age_s })], usual_s: new Map([['custody withdrawing', 3_600]]) },
  });
  expect(judged(waiting(3_600)).alerts).toEqual([]);
  expect(judged(waiting(3_601)).alerts[0]).toMatchObject({
    key: 'stuck:leg-1',
    sentence: expect.stringContaining('payment-1'),
  });
});

test('of one kind the worst twenty are told, and beside them all that were told before', () => {
  const legs = Array.from({ length: 60 }, (_, i) => leg({ legId: `leg-${i}` }));
  const { alerts } = judged({ waiting: { legs, usual_s: new Map() } }, ['stuck:leg-50', 'stuck:leg-59']);
  expect(alerts).toHaveLength(22);
  expect(alerts.map(({ key }) => key)).toEqual(expect.arrayContaining(['stuck:leg-0', 'stuck:leg-50', 'stuck:leg-59']));
});

test('no alert shows a CLABE', () => {
  const attention = [
    { legId: 'l', paymentId: 'p', code: 'c', owner: 'o', text: 'The account 012180015040777775 differs' },
  ];
  expect(judged({ attention }).alerts[0]?.sentence).not.toMatch(/\d{18}/);
});

const NOW = new Date('2026-01-01T12:00:00Z');
const wrong = judged({ funds: { gasTransactions: 1, floatProofs: 3, isAddressProved: true } });
const openAlert = (fields: Partial<OpenAlert> = {}): OpenAlert => ({
  ...{ id: 'a', key: 'gas-low', kind: 'gas-low' as const, sentence: wrong.alerts[0]?.sentence ?? '' },
  ...{ tellings: 1, repeatAt: new Date(NOW.getTime() + 1) },
  ...fields,
});

test('what is wrong is told once, again when its time has come, and over when it is gone', () => {
  expect(planTellings(wrong, [], NOW)).toMatchObject({ raise: [{ key: 'gas-low' }], repeat: [], close: [] });
  expect(planTellings(wrong, [openAlert()], NOW)).toEqual({ raise: [], repeat: [], reword: [], close: [] });
  expect(planTellings(wrong, [openAlert({ repeatAt: NOW })], NOW).repeat).toHaveLength(1);
  // Whoever looks in between reads the figures of now, and nobody is told again.
  expect(planTellings(wrong, [openAlert({ sentence: 'of before' })], NOW)).toMatchObject({
    ...{ raise: [], repeat: [], reword: [{ open: { id: 'a' } }], close: [] },
  });
  expect(planTellings(judged({}), [openAlert()], NOW).close).toHaveLength(1);
});

test('what cannot be seen is neither wrong nor over', () => {
  const unseen = judged({ funds: null, waiting: null, juno: null });
  expect(unseen.alerts).toEqual([]);
  const open = [openAlert(), openAlert({ id: 'b', key: 'stuck:leg-1', kind: 'stuck' })];
  expect(planTellings(unseen, open, NOW)).toEqual({ raise: [], repeat: [], reword: [], close: [] });
});

test('each pause is twice the last, up to a day', () => {
  expect([1, 2, 3, 5, 6, 99].map((tellings) => pause_s(3_600, tellings))).toEqual([
    3_600, 7_200, 14_400, 57_600, 86_400, 86_400,
  ]);
});
