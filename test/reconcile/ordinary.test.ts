import { afterAll, beforeAll, expect, test } from 'vitest';
import { FINAL } from '../../src/reactor/payment/states.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openReconcileWorld, type ReconcileWorld } from './world.ts';

let postgres: TestPostgres;
let world: ReconcileWorld | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
}, 240_000);
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

test('an ordinary payment is no break at any moment of its life, with no patience at all', {
  timeout: 240_000,
}, async () => {
  const none = { RECONCILE_GRACE_S: '0', RECONCILE_STOP_S: '0', RECONCILE_OVERDUE_S: '600', RECONCILE_UNREAD_S: '600' };
  world = await openReconcileWorld(postgres, none);
  const here = world;
  const { paymentId } = await here.givePayment();
  const seen = new Set<string>();
  for (let turns = 0; turns < 400; turns++) {
    await here.look();
    const { state } = await here.legOf(paymentId);
    seen.add(state);
    expect(await here.breaks(), `while it is ${state}`).toEqual([]);
    if (FINAL.has(state)) break;
    await here.turn(paymentId);
    await here.look();
    // Signed and in a block, and nobody here has seen it yet.
    await here.sign();
  }
  expect((await here.legOf(paymentId)).state).toBe('completed');
  expect(await here.breaks()).toEqual([]);
  expect(await here.stopped()).toEqual([]);
  expect(seen.size).toBeGreaterThan(6);
});
