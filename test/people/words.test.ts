import { expect, test } from 'vitest';
import { PAYMENT_TERMS } from '../../src/reactor/payment/terms.ts';
import { GIVEN_REASON, REASON } from '../../src/reactor/people/words.ts';

test.each([
  ['012180015040777775', '012…7775'],
  ['0121 8001 5040 7777 75', '012…7775'],
  ['012-180-01504077777-5', '012…7775'],
])('a reason shows no CLABE: %s', (given, shown) => {
  for (const schema of [GIVEN_REASON, REASON])
    expect(schema.parse(`back to ${given}, as they asked`)).toBe(`back to ${shown}, as they asked`);
});

test.each(['0121800150407777751', '01218001504077777', 'order 12345678 of 2026'])(
  'and keeps other numbers: %s',
  (given) => {
    expect(GIVEN_REASON.parse(given)).toBe(given);
  },
);

test('a concept, which stands on a bank statement for ever, has no room for one', () => {
  const { concept } = PAYMENT_TERMS.shape;
  expect(concept.safeParse('Renta 2026').success).toBe(true);
  for (const given of ['012180015040777775', 'to 0121 8001 5040 7777 75'])
    expect(concept.safeParse(given).error?.issues[0]?.message).toBe('has eighteen digits, as a CLABE has');
});
