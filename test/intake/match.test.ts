import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchDeposits } from '../../src/reactor/intake/match.ts';

const clabe = fc.constantFrom('A', 'B', 'C');
const item = fc.record({ clabe, amount: fc.bigInt({ min: 1n, max: 4n }) });
const numbered = (items: readonly { clabe: string; amount: bigint }[], prefix: string) =>
  items.map((i, n) => ({ ...i, id: `${prefix}${n}` }));

test('no deposit is used twice, no payment is paid twice, every centavo is matched or in suspense', () => {
  fc.assert(
    fc.property(fc.array(item), fc.array(item), fc.subarray(['A', 'B', 'C']), (d, p, known) => {
      const deposits = numbered(d, 'd');
      const payments = numbered(p, 'p');
      const matches = matchDeposits(deposits, payments, new Set(known));
      expect(matches.map((m) => m.deposit.id)).toEqual(deposits.map((x) => x.id));
      const paid = matches.flatMap((m) => (m.payment ? [m.payment.id] : []));
      expect(new Set(paid).size).toBe(paid.length);
      for (const m of matches) {
        if (m.payment) expect([m.payment.clabe, m.payment.amount]).toEqual([m.deposit.clabe, m.deposit.amount]);
        else
          expect(
            payments.some((x) => x.clabe === m.deposit.clabe && x.amount === m.deposit.amount && !paid.includes(x.id)),
          ).toBe(false);
      }
    }),
  );
});

test('a deposit of another amount, to nobody’s CLABE or to no open payment says so', () => {
  const reasons = matchDeposits(
    numbered(
      [
        { clabe: 'A', amount: 2n },
        { clabe: 'B', amount: 1n },
        { clabe: 'C', amount: 1n },
      ],
      'd',
    ),
    numbered([{ clabe: 'A', amount: 1n }], 'p'),
    new Set(['A', 'B']),
  );
  expect(reasons.map((m) => (m.payment ? 'paid' : m.reason))).toEqual([
    'other_amount',
    'no_open_payment',
    'unknown_clabe',
  ]);
});
