/** What a settlement is made of. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { centavos } from '../../src/money/money.ts';
import { destination, guardSwitch, leg, payment, user } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import type { World } from '../http/world.ts';
import { clear, KEY_SECRET } from '../support/fixtures.ts';

/** A payout account that is registered at Juno. */
export async function givenAccount({ db }: World): Promise<{ userId: string; destinationId: string }> {
  const [userId, destinationId] = [randomUUID(), randomUUID()];
  await db.insert(user).values({ id: userId });
  await db.insert(guardSwitch).values({ name: `user:${userId}` });
  await clear(db, userId);
  await db.insert(destination).values({
    id: destinationId,
    userId,
    clabe: '646180157042875763',
    legalName: 'Ana Ruiz',
    junoAccountId: randomUUID(),
    verifiedAt: new Date(),
  });
  return { userId, destinationId };
}

/** A refund whose money is in Juno's pool and whose leg waits to be paid. */
export async function givenRefund(
  { db }: World,
  { userId, destinationId }: { userId: string; destinationId: string },
  amount: bigint,
  payerId = userId,
) {
  const [paymentId, legId] = [randomUUID(), randomUUID()];
  await db.transaction(async (tx) => {
    const people = { payerId, recipientId: userId, concept: 'Devolucion', expiresAt: new Date() };
    await tx
      .insert(payment)
      .values({ id: paymentId, kind: 'refund', amount, custodySeconds: 0, awaitsDeposit: false, ...people });
    const reference = deriveReference(KEY_SECRET, legId);
    const how = { rail: 'bank_redemption', reference, cause: 'refunded' } as const;
    await tx.insert(leg).values({ id: legId, paymentId, kind: 'refund', amount, destinationId, ...how });
    await tx.update(leg).set({ state: 'reserved', cause: 'given' }).where(eq(leg.id, legId));
    for (const step of ['deposit', 'issuance'] as const)
      await writeEntry(tx, {
        id: randomUUID(),
        key: `${step}:${legId}`,
        paymentId,
        effectId: null,
        state: 'posted',
        postings: JOURNEY[step](centavos(amount)),
      });
  });
  return { paymentId, legId };
}
