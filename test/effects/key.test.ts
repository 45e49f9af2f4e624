import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveKey, deriveReference } from '../../src/reactor/effects/key.ts';

const identity = fc.record({
  subjectKind: fc.constantFrom('leg' as const, 'user' as const),
  subjectId: fc.uuid(),
  kind: fc.constantFrom('juno_withdrawal' as const, 'juno_redemption' as const),
  attempt: fc.integer({ min: 1, max: 9 }),
});

test('the same intent has the same key, another intent another one, another secret another one', () => {
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      expect(deriveKey('s', a)).toBe(deriveKey('s', { ...a }));
      expect(deriveKey('s', a) === deriveKey('s', b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      expect(deriveKey('s', a)).not.toBe(deriveKey('t', a));
      expect(deriveKey('s', a)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});

test('an intent that differs in one thing alone, its attempt too, has another key', () => {
  const one = { subjectKind: 'leg', subjectId: 'a', kind: 'juno_withdrawal', attempt: 1 } as const;
  const others = [{ subjectKind: 'user' }, { subjectId: 'b' }, { kind: 'juno_redemption' }, { attempt: 2 }] as const;
  const keys = [one, ...others.map((change) => ({ ...one, ...change }))].map((identity) => deriveKey('s', identity));
  expect(new Set(keys).size).toBe(5);
});

test('a leg has one reference on chain, of 32 bytes', () => {
  expect(deriveReference('s', 'leg-1')).toBe(deriveReference('s', 'leg-1'));
  expect(deriveReference('s', 'leg-1')).not.toBe(deriveReference('s', 'leg-2'));
  expect(deriveReference('s', 'leg-1')).toMatch(/^0x[0-9a-f]{64}$/);
});
