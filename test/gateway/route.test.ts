import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routeOf, shareOf } from '../../src/gateway/route.ts';
import { cellOf, idsOf } from '../../src/reactor/cell.ts';

const CELLS = { all: [1, 2, 255], open: [1, 2] };
const inCell = (cell: number) => idsOf(cell, randomUUID)();
const asked = (given: Partial<Parameters<typeof routeOf>[0]>) =>
  routeOf({ method: 'GET', path: '/api/v1/payments', body: '', idempotencyKey: undefined, ...given }, CELLS);

test('an id is a UUID of version 4 still, and says its cell', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.uuid({ version: 4 }), (cell, drawn) => {
      const id = idsOf(cell, () => drawn)();
      expect(cellOf(id)).toBe(cell);
      expect(id.slice(2)).toBe(drawn.slice(2));
    }),
  );
  expect(idsOf(undefined, () => 'as it is')()).toBe('as it is');
});

describe('a request goes to the cell that it names', () => {
  test('in its path, its query or its body, the path as it came', () => {
    const path = `/api/v1/payments/${inCell(2)}/why?at=1`;
    expect(asked({ path })).toEqual({ cell: 2, path });
    expect(asked({ path: `/api/v1/effects?paymentId=${inCell(255)}` }).cell).toBe(255);
    const body = JSON.stringify({ payerId: inCell(1), fees: [{ beneficiaryId: inCell(1) }] });
    expect(asked({ method: 'POST', body }).cell).toBe(1);
    expect(asked({ path: `/api/v1/payments/${inCell(2).toUpperCase()}` }).cell).toBe(2);
  });

  test('or by its number, which says where a list is', () => {
    expect(asked({ path: '/cells/2/api/v1/payments?limit=3' })).toEqual({ cell: 2, path: '/api/v1/payments?limit=3' });
  });

  test('what somebody writes in a sentence routes nothing', () => {
    const body = JSON.stringify({ reason: `as ${inCell(2)} was wrong`, paymentId: inCell(1) });
    expect(asked({ method: 'POST', path: '/api/v1/disputes', body }).cell).toBe(1);
  });

  test('and is refused where it names none, two, or one that is not there', () => {
    expect(() => asked({})).toThrow(/names no cell/);
    const two = JSON.stringify({ payerId: inCell(1), recipientId: inCell(2) });
    expect(() => asked({ method: 'POST', body: two })).toThrow(/two cells/);
    expect(() => asked({ path: `/api/v1/payments/${inCell(7)}` })).toThrow(/No cell of this number/);
    expect(() => asked({ path: '/cells/9/api/v1/payments' })).toThrow(/No cell of this number/);
    expect(() => asked({ method: 'POST', body: 'no JSON' })).toThrow(/names no cell/);
  });
});

describe('a new person', () => {
  const add = (idempotencyKey?: string) => asked({ method: 'POST', path: '/api/v1/users', body: '{}', idempotencyKey });

  test('is given to an open cell by the key of the request: a repeat finds the same', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (key) => {
        expect(CELLS.open).toContain(add(key).cell);
        expect(add(key)).toEqual(add(key));
      }),
    );
    expect(() => add()).toThrow(/Idempotency-Key/);
  });

  test('stays where it is when a cell is opened, or is given to that one', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        expect([shareOf(key, [1, 2]), 3]).toContain(shareOf(key, [3, 1, 2]));
      }),
    );
  });

  test('comes to each open cell about as often', () => {
    const counts = new Map<number, number>();
    for (let n = 0; n < 3_000; n++) {
      const cell = shareOf(`key ${n}`, [1, 2, 3]);
      counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
