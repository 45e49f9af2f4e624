import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { destination, guardSwitch, leg, user } from '../../src/reactor/db/schema.ts';
import { assertGuards } from '../../src/reactor/guards/check.ts';
import { givePayment } from '../support/fixtures.ts';
import { useDatabase } from '../support/use-database.ts';

const db = useDatabase();

test('the switch of a broker stands over the leg that pays him, and over no other', async () => {
  const [given, other] = [await givePayment(db()), await givePayment(db())];
  const [broker, account] = [randomUUID(), randomUUID()];
  await db().insert(user).values({ id: broker });
  await db()
    .insert(guardSwitch)
    .values({ name: `user:${broker}`, isStopped: true, reason: 'is looked into' });
  await db()
    .insert(destination)
    .values({ id: account, userId: broker, clabe: '646180157042875763', legalName: 'Berta Corredora' });
  const [row] = await db().select().from(leg).where(eq(leg.id, other.legId));
  if (!row) throw new Error('no leg');
  const { number: _, ...rest } = row;
  // As if the other payment’s leg had been made for him.
  const reference = `0x${'ab'.repeat(32)}`;
  const commission = { ...rest, id: randomUUID(), reference, destinationId: account, kind: 'commission' as const };
  const intent = (paymentId: string, legId: string) =>
    db().transaction(async (tx) => {
      await tx.update(leg).set({ state: 'expired' }).where(eq(leg.id, other.legId));
      await tx.insert(leg).values(commission);
      await assertGuards(tx, { paymentId, legId, switches: [] });
    });
  await expect(intent(other.paymentId, commission.id)).rejects.toThrow(/user:.* is off\./);
  await intent(given.paymentId, given.legId);
});
