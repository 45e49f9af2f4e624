/** The pure core: what is under way explains itself, what is missing is told to the unit, and a break has one life. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareAccount,
  comparePayment,
  compareReading,
  compareTransfers,
  type StrayTransfer,
} from '../../src/reactor/reconcile/compare.ts';
import { type Finding, sidesOf, subjectOf } from '../../src/reactor/reconcile/finding.ts';
import { judge, type OpenBreak, type Suspects } from '../../src/reactor/reconcile/judge.ts';
import { type Bounds, BREAK_KINDS, KINDS, patienceOf, SIDES, type Side } from '../../src/reactor/reconcile/kinds.ts';

const BOUNDS: Bounds = {
  ...{ grace_ms: 60_000, overdue_ms: 600_000, stop_ms: 300_000, unread_ms: 500_000 },
  unsolicited_ms: 86_400_000,
};
const units = fc.bigInt({ min: 0n, max: 10n ** 15n });
const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);

/** How far a movement is: of one that leaves, and of one that comes. */
const OUT = ['recorded', 'carried out, nobody saw it yet', 'posted'] as const;
const IN = ['arrived, not claimed', 'posted since the outside was asked', 'posted'] as const;
const movements = <S extends string>(stages: readonly S[]) =>
  fc.array(fc.record({ amount: units, stage: fc.constantFrom(...stages) }), { maxLength: 8 });
const of = <S extends string>(all: readonly { amount: bigint; stage: S }[], ...stages: S[]) =>
  sum(all.filter(({ stage }) => stages.includes(stage)).map(({ amount }) => amount));

describe('an account', () => {
  test('whatever is under way, it is short by exactly what is missing beyond what may explain it', () => {
    fc.assert(
      fc.property(units, units, units, movements(OUT), movements(IN), (opening, float, stolen, outs, ins) => {
        const there = opening + float + of(ins, IN[0], IN[2]) - of(outs, OUT[1], OUT[2]) - stolen;
        const found = compareAccount({
          ...{ account: 'bridge', currency: 'MXNB', side: 'chain', there, evidence: {}, switches: ['wallet:x'] },
          booked: {
            posted: opening + of(ins, IN[1], IN[2]) - of(outs, OUT[2]),
            leaving: -of(outs, OUT[0], OUT[1]),
            fresh: of(ins, IN[1]),
          },
        });
        // What has not left yet, is our own, or is nobody’s so far, hides as much of a theft, and no more.
        const hidden = float + of(outs, OUT[0]) + of(ins, IN[0]);
        const missing = stolen > hidden ? stolen - hidden : 0n;
        expect(sum(found.map(({ shortfall }) => shortfall))).toBe(missing);
        expect(found.length).toBe(missing > 0n ? 1 : 0);
      }),
    );
  });
});

describe('transfers that nothing explains', () => {
  const now = new Date(10 * 86_400_000);
  const stray = (id: number, direction: 'in' | 'out', value: bigint, block: number, age_ms = 1_000): StrayTransfer => ({
    ...{ id: `31337:0x${id}:0`, txHash: `0x${id}`, account: 'bridge', direction, from: 'a', to: 'b', units: value },
    ...{ block: BigInt(block), logIndex: 0, since: new Date(now.getTime() - age_ms) },
  });
  const compare = (...strays: StrayTransfer[]) =>
    compareTransfers(strays, { now, unsolicited_ms: BOUNDS.unsolicited_ms, switches: ['wallet:x'] });

  test('what left is missing until as much came back later, and one return covers one departure', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ direction: fc.constantFrom('in' as const, 'out' as const), value: fc.bigInt(1n, 3n) }), {
          maxLength: 12,
        }),
        (given) => {
          const strays = given.map(({ direction, value }, at) => stray(at, direction, value, at));
          const { findings, explained } = compare(...strays);
          const missing = sum(findings.map(({ shortfall }) => shortfall));
          const left = sum(strays.filter(({ direction }) => direction === 'out').map((one) => one.units));
          const back = sum(
            strays
              .filter(({ direction, id }) => direction === 'in' && explained.has(subjectOf('unclaimed_transfer', id)))
              .map((one) => one.units),
          );
          expect(missing).toBe(left - back);
          expect(findings.length + explained.size).toBe(strays.length);
        },
      ),
    );
  });

  test('what came in before it left is not its return; what nobody claims for a day is nobody’s, and what left stays missing', () => {
    expect(compare(stray(1, 'in', 5n, 1), stray(2, 'out', 5n, 2)).findings.map(({ kind }) => kind)).toEqual([
      'unclaimed_transfer',
      'transfer_without_effect',
    ]);
    const day_ms = BOUNDS.unsolicited_ms;
    expect(compare(stray(1, 'in', 5n, 1, day_ms)).findings).toEqual([]);
    expect(compare(stray(1, 'out', 5n, 1, day_ms)).findings).toMatchObject([{ shortfall: 5n }]);
  });
});

test('a payment owes what its legs are, before or after they moved with the deposit; anything else is told', () => {
  const of3 = (owed: bigint, held: bigint, requested: bigint) =>
    comparePayment({ paymentId: 'p', owed, held, requested }).map(({ shortfall }) => shortfall);
  expect([of3(5n, 5n, 0n), of3(0n, 0n, 5n), of3(5n, 0n, 5n), of3(8n, 5n, 3n)]).toEqual([[], [], [], []]);
  expect([of3(4n, 5n, 0n), of3(6n, 5n, 0n), of3(2n, 0n, 5n)]).toEqual([[1n], [0n], [0n]]);
});

test('a side that is silent for longer than its bound is told, and not before', () => {
  const now = new Date(1_000_000);
  const silent = (ms: number) => compareReading({ chain: new Date(now.getTime() - ms) }, { now, unread_ms: 500_000 });
  expect(silent(499_999)).toEqual([]);
  expect(silent(500_000)).toMatchObject([{ kind: 'side_not_read', account: 'chain' }]);
});

describe('the life of a break', () => {
  const finding = (kind: Finding['kind'], id: string, shortfall: bigint): Finding => ({
    ...{ kind, subject: subjectOf(kind, id), account: 'bridge', paymentId: null, currency: 'MXNB', shortfall },
    ...{ sums: { books: 0n, chain: 0n, juno: 0n }, evidence: {}, switches: ['wallet:x'] },
  });
  const step = fc.record({
    wait_ms: fc.integer({ min: 0, max: 200_000 }),
    there: fc.array(
      fc.record({
        kind: fc.constantFrom(...BREAK_KINDS),
        id: fc.constantFrom('a', 'b'),
        shortfall: fc.bigInt(0n, 2n),
      }),
      { maxLength: 6 },
    ),
    read: fc.subarray([...SIDES]),
  });

  test('whatever is seen and whenever: opened once and not too soon, stopped for after its bound, closed only when it was looked for', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let now_ms = 1_000_000;
        let open: OpenBreak[] = [];
        let suspects: Suspects = {};
        const since = new Map<string, number>();
        for (const { wait_ms, there, read } of steps) {
          now_ms += wait_ms;
          const now = new Date(now_ms);
          const sides = new Set<Side>(read);
          const found = new Map(there.map((one) => [subjectOf(one.kind, one.id), one]));
          // A look sees nothing of what it could not read.
          const findings = [...found.values()]
            .map(({ kind, id, shortfall }) => finding(kind, id, shortfall))
            .filter((one) => sidesOf(one).every((side) => sides.has(side)));
          const seen = new Set(findings.map(({ subject }) => subject));
          for (const { subject } of findings) if (!since.has(subject)) since.set(subject, now_ms);
          const judged = judge({ now, bounds: BOUNDS, findings, read: sides, open, suspects, explained: new Map() });

          for (const { finding: one, firstSeen, stops } of judged.opened) {
            expect(open.map(({ subject }) => subject)).not.toContain(one.subject);
            expect(now_ms - firstSeen.getTime()).toBeGreaterThanOrEqual(patienceOf(one.kind, BOUNDS));
            expect(firstSeen.getTime()).toBe(since.get(one.subject));
            if (stops) expect(now_ms - firstSeen.getTime()).toBeGreaterThanOrEqual(BOUNDS.stop_ms);
          }
          for (const { open: one, finding: is, stops } of judged.stayed) {
            const isDue =
              KINDS[one.kind].isShortfall &&
              now_ms - one.firstSeen.getTime() >= BOUNDS.stop_ms &&
              is.shortfall > one.stoppedFor;
            expect(stops).toBe(isDue);
          }
          for (const { open: one } of judged.closed) {
            expect(seen).not.toContain(one.subject);
            expect(sidesOf(one).every((side) => sides.has(side))).toBe(true);
          }
          // Nothing is lost: what was seen is open or suspected, and what could not be looked for is what it was.
          const stillOpen = new Set([
            ...judged.opened.map(({ finding: one }) => one.subject),
            ...judged.stayed.map(({ open: one }) => one.subject),
          ]);
          for (const subject of seen) expect(stillOpen.has(subject) || subject in judged.suspects).toBe(true);
          for (const one of [...open.map(({ subject }) => subject), ...Object.keys(suspects)])
            if (
              !seen.has(one) &&
              !sidesOf({ kind: one.split(':')[0] as Finding['kind'], subject: one }).every((side) => sides.has(side))
            )
              expect(one in judged.suspects || open.some(({ subject }) => subject === one)).toBe(true);

          const closed = new Set(judged.closed.map(({ open: one }) => one.subject));
          const stops = new Map([
            ...judged.stayed
              .filter((one) => one.stops)
              .map((one) => [one.open.subject, one.finding.shortfall] as const),
          ]);
          open = [
            ...open
              .filter(({ subject }) => !closed.has(subject))
              .map((one) => ({ ...one, stoppedFor: stops.get(one.subject) ?? one.stoppedFor })),
            ...judged.opened.map(({ finding: one, firstSeen, stops: isStopped }) => ({
              ...{ id: one.subject, kind: one.kind, subject: one.subject, paymentId: one.paymentId, firstSeen },
              stoppedFor: isStopped ? one.shortfall : 0n,
            })),
          ];
          expect(new Set(open.map(({ subject }) => subject)).size).toBe(open.length);
          suspects = judged.suspects;
          for (const subject of since.keys())
            if (!open.some((one) => one.subject === subject) && !(subject in suspects)) since.delete(subject);
        }
      }),
      { numRuns: 300 },
    );
  });
});
