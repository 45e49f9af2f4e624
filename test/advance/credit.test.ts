import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { findCredit } from '../../src/reactor/advance/juno-facts.ts';
import type { Context } from '../../src/reactor/context.ts';
import { evidence, junoObservation, junoTransaction } from '../../src/reactor/db/schema.ts';
import { useDatabase } from '../support/use-database.ts';

const db = useDatabase();
const HOUR_MS = 3_600_000;
const SENT = new Date(Date.UTC(2026, 10, 25, 12));
const at = (hours: number) => new Date(SENT.getTime() + hours * HOUR_MS);

/** A credit of 1500 pesos; `occurredAt` is null where Juno's time names no zone, `seenAt` is when it was first read. */
async function giveCredit(given: Partial<typeof junoTransaction.$inferInsert> & { seenAt: Date }): Promise<string> {
  const { txHash = null, occurredAt = null, seenAt, ...rest } = given;
  const id = randomUUID();
  const credit = { type: 'CRYPTO_DEPOSIT', status: 'complete', amount: 150_000n, isDetailed: true, ...rest };
  await db()
    .insert(junoTransaction)
    .values({ id, ...credit, txHash, occurredAt });
  const seen = (observedAt: Date) => ({ resource: 'transaction' as const, externalId: id, body: '{}', observedAt });
  await db()
    .insert(junoObservation)
    .values([
      { ...seen(seenAt), fingerprint: 'first' },
      { ...seen(at(24)), fingerprint: 'again' },
    ]);
  return id;
}
const found = async () => {
  const want = { txHash: '0x01', amount: 150_000n, since: SENT };
  return (await findCredit({ db: db() } as unknown as Context, want))?.id;
};

beforeEach(async () => {
  await db().delete(junoTransaction);
  await db().execute('TRUNCATE reactor.juno_observation, reactor.evidence');
});

describe('Juno’s credit of a return, by hash or by amount', () => {
  test.each<[string, Partial<typeof junoTransaction.$inferInsert>]>([
    ['of another amount', { amount: 150_001n }],
    ['that is none', { type: 'ISSUANCE' }],
    ['whose detail, which names the hash, was not read', { isDetailed: false }],
  ])('is not one %s', async (_, other) => {
    const when = { occurredAt: at(1), seenAt: at(1) };
    await giveCredit({ ...when, ...other });
    await giveCredit({ ...when, txHash: '0x01', ...other });
    expect(await found()).toBeUndefined();
  });
  test('is not one that names another return’s hash', async () => {
    await giveCredit({ txHash: '0x02', occurredAt: at(1), seenAt: at(1) });
    expect(await found()).toBeUndefined();
  });
  test('is not one that another leg has claimed, whatever it names', async () => {
    for (const named of [{}, { txHash: '0x01' }]) {
      const externalId = await giveCredit({ ...named, occurredAt: at(1), seenAt: at(1) });
      expect(await found()).toBe(externalId);
      await db()
        .insert(evidence)
        .values({ source: 'juno_transaction', externalId, subjectKind: 'leg', subjectId: randomUUID() });
      expect(await found()).toBeUndefined();
    }
  });
});

describe('Juno’s credit of a return that names no transaction hash', () => {
  test('is taken when it is of the time after the return was sent', async () => {
    await giveCredit({ occurredAt: at(-1), seenAt: at(-1) });
    expect(await found()).toBeUndefined();
    const id = await giveCredit({ occurredAt: at(1), seenAt: at(1) });
    expect(await found()).toBe(id);
  });

  test('is taken by when it was first seen, where its time names no zone', async () => {
    await giveCredit({ seenAt: at(-1) });
    expect(await found()).toBeUndefined();
    const id = await giveCredit({ seenAt: at(1) });
    expect(await found()).toBe(id);
  });

  test('is not taken while another one names the hash', async () => {
    await giveCredit({ occurredAt: at(1), seenAt: at(1) });
    const id = await giveCredit({ txHash: '0x01', occurredAt: at(2), seenAt: at(2) });
    expect(await found()).toBe(id);
  });
});
