import { randomUUID } from 'node:crypto';
import { type Db, migrateDatabase, openDatabase } from '../../src/reactor/db/client.ts';
import { depositClabe, destination, guardSwitch, leg, payment, screening, user } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import type { CapName, Limit } from '../../src/reactor/guards/limit.ts';
import type { LegKind, Rail, ReleasePolicy } from '../../src/reactor/payment/states.ts';

export const KEY_SECRET = 'a secret of the tests, long enough to be one';

/** A migrated database of its own. */
export async function openTestDatabase(url: string): Promise<Db> {
  const db = openDatabase(url, { max: 12 });
  await migrateDatabase(db);
  return db;
}

/** Says of users what a screening says of those whose money may move. */
export async function clear(db: Pick<Db, 'insert'>, ...userIds: string[]): Promise<void> {
  const checkedAt = new Date();
  await db.insert(screening).values(
    userIds.map((userId) => ({
      ...{ userId, kyc: 'verified' as const, blacklist: 'clear' as const, reference: 'test', source: 'test' },
      ...{ checkedAt, validUntil: new Date(checkedAt.getTime() + 10 * 365 * 86_400_000) },
    })),
  );
}

/** Limits in centavos of pesos; ten million pesos unless told. */
export const capsOf = (given: Partial<Record<CapName, bigint>>): Readonly<Record<CapName, Limit>> => {
  const of = (name: CapName): Limit => ({ hundredths: given[name] ?? 1_000_000_000n, unit: 'MXN' });
  return { day: of('day'), payment: of('payment'), user_day: of('user_day') };
};

/** A payment that waits for its deposit, with one leg, which is a custody leg unless told. `of`: another one of that payer's. */
export async function givePayment(
  db: Db,
  {
    amount = 150_000n,
    of,
    clabe = of?.clabe ?? `646180${String(Math.floor(Math.random() * 1e12)).padStart(12, '0')}`,
    payoutClabe = '646180157042875763',
    custodySeconds = 3,
    rail = 'bank_redemption',
    kind = 'custody',
    release = 'date',
  }: {
    amount?: bigint;
    of?: Readonly<{ payerId: string; clabe: string }>;
    clabe?: string;
    payoutClabe?: string;
    custodySeconds?: number;
    rail?: Rail;
    kind?: LegKind;
    release?: ReleasePolicy;
  } = {},
) {
  const [payerId, recipientId, destinationId, paymentId, legId] = [
    of?.payerId ?? randomUUID(),
    randomUUID(),
    randomUUID(),
    randomUUID(),
    randomUUID(),
  ];
  await db.transaction(async (tx) => {
    const fresh = of ? [recipientId] : [payerId, recipientId];
    await tx.insert(user).values(fresh.map((id) => ({ id })));
    await tx.insert(guardSwitch).values(fresh.map((id) => ({ name: `user:${id}` })));
    await clear(tx, ...fresh);
    if (!of) await tx.insert(depositClabe).values({ clabe, userId: payerId });
    await tx
      .insert(destination)
      .values({ id: destinationId, userId: recipientId, clabe: payoutClabe, legalName: 'Ana Ruiz' });
    await tx.insert(payment).values({
      id: paymentId,
      payerId,
      recipientId,
      depositClabe: clabe,
      amount,
      custodySeconds,
      releasePolicy: release,
      concept: 'prueba',
      expiresAt: new Date(Date.now() + 86_400_000),
    });
    await tx.insert(leg).values({
      id: legId,
      paymentId,
      kind,
      amount,
      destinationId,
      rail,
      reference: deriveReference(KEY_SECRET, legId),
      cause: 'created',
    });
  });
  return { paymentId, legId, destinationId, payerId, recipientId, clabe, amount };
}
