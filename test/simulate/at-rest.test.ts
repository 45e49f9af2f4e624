import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { effect, guardSwitch, leg } from '../../src/reactor/db/schema.ts';
import type { EffectKind, EffectState } from '../../src/reactor/effects/states.ts';
import { leftAtRest } from '../../src/simulate/at-rest.ts';
import { usePayment } from '../db/use-payment.ts';

const here = usePayment();
/** An effect as nothing would leave it. */
const given = (kind: EffectKind, state: EffectState, attempt = 1) =>
  here.pastRules((tx) =>
    tx
      .insert(effect)
      .values(here.anEffect({ kind, state, attempt, externalId: state === 'dead' ? null : randomUUID() })),
  );
const become = (state: 'completed' | 'in_custody') =>
  here.pastRules((tx) => tx.update(leg).set({ state }).where(eq(leg.id, here.given.legId)));

test('books in which nothing is left have nothing to tell', async () => {
  expect(await leftAtRest(here.db)).toEqual([]);
});

test('an effect that is under way for a leg that has ended', async () => {
  await become('completed');
  await given('chain_dispute', 'recorded');
  expect(await leftAtRest(here.db)).toEqual([expect.stringMatching(/^chain_dispute of leg .* is recorded at the end/)]);
  await become('in_custody');
  expect(await leftAtRest(here.db)).toEqual([]);
});

test('a release that came to nothing after its money went on, until it is made again', async () => {
  await become('completed');
  for (const kind of ['chain_fund', 'chain_return'] as const) await given(kind, 'confirmed');
  await given('chain_release', 'dead');
  expect(await leftAtRest(here.db)).toEqual([expect.stringMatching(/is not made again, and the leg is completed$/)]);
  await given('chain_release', 'confirmed', 2);
  expect(await leftAtRest(here.db)).toEqual([]);
});

test('a switch that is off, but for one of somebody who is erased', async () => {
  const off = (name: string, reason: string) => here.db.insert(guardSwitch).values({ name, isStopped: true, reason });
  await off(`user:${randomUUID()}`, 'who it was is erased');
  expect(await leftAtRest(here.db)).toEqual([]);
  await off('rail:of_this_test', 'bridge is short');
  expect(await leftAtRest(here.db)).toEqual(['switch rail:of_this_test is off at the end: bridge is short']);
});
