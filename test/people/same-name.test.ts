import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameName } from '../../src/reactor/people/same-name.ts';

test.each([
  ['María Ñúñez Güell', 'MARIA NUNEZ GUELL'],
  ['Ana  Ruiz ', 'ana ruiz'],
  ['Ana\u00a0Ruiz', 'Ana Ruiz'],
  // The same letters, once as one sign and once as a letter and its mark.
  ['Jos\u00e9', 'Jose\u0301'],
  ['Ana Ruiz, S.A. de C.V.', 'ANA RUIZ, S.A. DE C.V.'],
])('%s is %s', (one, other) => {
  expect(isSameName(one, other)).toBe(true);
  expect(isSameName(other, one)).toBe(true);
});

test.each([
  ['Ana Ruiz', 'Eva Ruiz'],
  ['Ana Ruiz', 'AnaRuiz'],
  ['Ana Ruiz', 'Ana Ruiz Gomez'],
  ['Ana Ruiz', 'Ruiz Ana'],
  ['Ana Ruiz, S.A.', 'Ana Ruiz SA'],
  ['Ana Ruiz', 'Аna Ruiz'],
  ['Ana Ruiz', ''],
])('%s is not %s', (one, other) => {
  expect(isSameName(one, other)).toBe(false);
});

test('a name is itself in capitals without accents, and with another letter it is not', () => {
  const letter = fc.constantFrom(...'aábcdéfghíjklmnñoópqrstuúüvwxyz');
  const name = fc
    .array(fc.string({ unit: letter, minLength: 1 }), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join(' '));
  fc.assert(
    fc.property(name, fc.nat(), (given, at) => {
      const plain = given
        .normalize('NFD')
        .replaceAll(/[\u0300-\u036f]/g, '')
        .toUpperCase();
      expect(isSameName(given, plain)).toBe(true);
      const place = at % (plain.length + 1);
      expect(isSameName(given, `${plain.slice(0, place)}0${plain.slice(place)}`)).toBe(false);
    }),
  );
});
