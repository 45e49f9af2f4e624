import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { leg } from '../../src/reactor/db/schema.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { isFinal, LEG_STATES, type LegState } from '../../src/reactor/payment/states.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase, viewOf } from './support.ts';

const db = useDatabase();

test('a status that nobody reads cannot be written: ‘funded’ beside ‘active’, ‘escrow_release_error’', async () => {
  const { legId } = await givePayment(db());
  for (const word of ['funded', 'active', 'escrow_release_error', 'IN_CUSTODY'])
    await refused(
      db().execute(sql`UPDATE reactor.leg SET state = ${sql.raw(`'${word}'`)} WHERE id = ${legId}`),
      /invalid input value for enum/,
    );
});

test('a status that is one is written only as the next of the journey', async () => {
  const { legId } = await givePayment(db());
  const set = (state: LegState) => db().update(leg).set({ state }).where(eq(leg.id, legId));
  for (const state of ['in_custody', 'released', 'completed'] as const) await refused(set(state), /may not move/);
  await set('deposited');
  await refused(set('requested'), /may not move/);
});

test('there is no status in which money lies unseen: each but the ends is acted on, waited in, or shown to a person', () => {
  for (const state of LEG_STATES.filter((one) => !isFinal(one))) expect(decide(viewOf({ state })).do).not.toBe('done');
});
