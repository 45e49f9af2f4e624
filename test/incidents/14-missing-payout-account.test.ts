import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { parseClabe } from '../../src/money/clabe.ts';
import { destination, leg } from '../../src/reactor/db/schema.ts';
import { decide } from '../../src/reactor/payment/decide.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { useDatabase, viewOf } from './support.ts';

const db = useDatabase();
const problem = 'Juno shows another CLABE under the account’s id.';

test('a payout account that is missing or wrong is told before the money moves, and before it leaves', () => {
  for (const state of ['deposited', 'returned'] as const) {
    expect(
      decide(
        viewOf({ state, facts: { credit: { id: 'c', status: 'complete' } }, account: { isReady: false, problem } }),
      ),
    ).toMatchObject({
      do: 'ask',
      code: 'payout_account_unusable',
      sentence: problem,
    });
    expect(
      decide(
        viewOf({
          state,
          facts: { credit: { id: 'c', status: 'complete' } },
          account: { isReady: false, problem: null },
        }),
      ),
    ).toMatchObject({ do: 'wait' });
  }
});

test('the account is a snapshot of the payment: neither it nor the leg’s choice of it can be edited, nor Juno’s id of it', async () => {
  const { legId } = await givePayment(db());
  const other = await givePayment(db());
  const [row] = await db().select().from(leg).where(eq(leg.id, legId));
  const [elsewhere] = await db().select().from(leg).where(eq(leg.id, other.legId));
  if (!row || !elsewhere) throw new Error('no leg');
  const mine = eq(destination.id, row.destinationId);
  await refused(db().update(destination).set({ clabe: '012180015040777779' }).where(mine), /snapshot/);
  await refused(db().update(destination).set({ legalName: 'Otra Persona' }).where(mine), /snapshot/);
  await db()
    .update(destination)
    .set({ junoAccountId: `juno-${legId}` })
    .where(mine);
  await refused(db().update(destination).set({ junoAccountId: 'another' }).where(mine), /snapshot/);
  await refused(db().update(leg).set({ destinationId: elsewhere.destinationId }).where(eq(leg.id, legId)), /immutable/);
});

test('a UUID is no CLABE, and one with a mistyped digit is none either', () => {
  expect(() => parseClabe('0b338ba9-7c3a-4a13-964b-0c0ca6bb473e')).toThrow(/18 digits/);
  expect(() => parseClabe('646180157042875764')).toThrow(/control digit/);
});
