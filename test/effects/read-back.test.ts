import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import { destination, effect, leg, payment } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { clabeOf } from '../http/world.ts';
import { type IntakeWorld, openIntakeWorld, PAYOUT } from '../intake/world.ts';
import { type Answer, clientOf, failure, json, type Peer, startPeer } from '../juno/peer.ts';
import { KEY_SECRET } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const AMOUNT = centavos(150_000n);
const accounts = (clabe: string): Answer =>
  json([{ id: 'acc-1', tag: 't', recipient_legal_name: PAYOUT.legalName, clabe, ownership: 'THIRD_PARTY' }]);
const OURS = accounts(PAYOUT.clabe);
const OTHER = accounts(clabeOf('01218099999999999'));
const TAKEN = json({ id: 'red-1', summary_status: 'IN_PROGRESS' });
const BUSY = failure(503, '0101');

let postgres: TestPostgres;
let peer: Peer;
let world: IntakeWorld;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

/** A refund whose money is in Juno's pool, to an account that is registered; the peer answers as told. */
async function givenRefund(answers: Answer[]) {
  peer = await startPeer();
  peer.answers.push(...answers);
  const { client } = clientOf(peer.url);
  world = await openIntakeWorld(await postgres.createDatabase(), client);
  const { db } = world;
  const { recipient } = await world.people();
  const [id, legId, destinationId] = [randomUUID(), randomUUID(), randomUUID()];
  const account = { junoAccountId: 'acc-1', verifiedAt: new Date() };
  await db.insert(destination).values({ id: destinationId, userId: recipient.id, ...PAYOUT, ...account });
  await db.transaction(async (tx) => {
    const people = { payerId: recipient.id, recipientId: recipient.id, concept: 'Devolucion', expiresAt: new Date() };
    const amount = AMOUNT.units;
    await tx.insert(payment).values({ id, kind: 'refund', amount, custodySeconds: 0, awaitsDeposit: false, ...people });
    const how = { rail: 'bank_redemption', reference: deriveReference(KEY_SECRET, legId), cause: 'refunded' } as const;
    await tx.insert(leg).values({ id: legId, paymentId: id, kind: 'refund', amount, destinationId, ...how });
    await tx.update(leg).set({ state: 'reserved', cause: 'given' }).where(eq(leg.id, legId));
    for (const step of ['deposit', 'issuance'] as const)
      await writeEntry(tx, {
        id: randomUUID(),
        key: `${step}:${id}`,
        paymentId: id,
        effectId: null,
        state: 'posted',
        postings: JOURNEY[step](AMOUNT),
      });
  });
  const healthy = { ...world.ctx.watchdog.current(), trouble: null };
  let clock_ms = 0;
  const ctx: Context = {
    ...world.ctx,
    bankAccounts: openBankAccounts({ juno: client, monotonic: () => clock_ms }),
    watchdog: { ...world.ctx.watchdog, current: () => healthy },
  };
  const redemption = async () => {
    const [row] = await db.select().from(effect).where(eq(effect.kind, 'juno_redemption'));
    return row;
  };
  return {
    id,
    redemption,
    /** Looks at the payment when its next look is due. */
    go: async () => {
      clock_ms += 300_000;
      await db.update(effect).set({ nextLookAt: sql`clock_timestamp() - interval '1 second'` });
      await advance(ctx, { wallet: () => undefined }, id);
      return redemption();
    },
    close: async () => {
      await world.close();
      await peer.close();
    },
  };
}
const calls = () => peer.received.map(({ method }) => method).join(' ');

describe('the payout account is read back before each write of a redemption, the repeated one too', () => {
  test('the account is changed after a first send whose answer was lost: it is not repeated', async () => {
    const given = await givenRefund([OURS, BUSY, OTHER]);
    expect(await given.go()).toMatchObject({ state: 'unknown', sends: 1 });
    const text = expect.stringMatching(/it is not repeated: .* another CLABE or name/);
    expect(await given.go()).toMatchObject({ state: 'unknown', sends: 1, error: { code: 'look_found_none', text } });
    expect(peer.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
    await given.close();
  });

  test('the account is changed while the intent waits unsent: it is never sent', async () => {
    const given = await givenRefund([OURS, failure(429, '0801'), OTHER]);
    expect(await given.go()).toMatchObject({ state: 'recorded', sends: 0 });
    expect(await given.go()).toMatchObject({ state: 'recorded', sends: 0 });
    expect(peer.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(await world.legOf(given.id)).toMatchObject({ attentionCode: 'payout_account_differs' });
    await given.close();
  });

  test('as it was, it is repeated with the same key; one read a write, the first one’s before its intent', async () => {
    const given = await givenRefund([OURS, BUSY, OURS, TAKEN]);
    await given.go();
    expect(await given.go()).toMatchObject({ state: 'confirmed', sends: 2, externalId: 'red-1' });
    expect(calls()).toBe('GET POST GET POST');
    const keys = peer.received
      .filter(({ method }) => method === 'POST')
      .map(({ headers }) => headers['x-idempotency-key']);
    expect(new Set(keys).size).toBe(1);
    await given.close();
  });

  test('a list that cannot be read for long is told to a person by who is due, and goes on by itself', async () => {
    const given = await givenRefund([...Array(8).fill(BUSY), OURS, TAKEN]);
    const told = async () => (await world.legOf(given.id)).attentionCode;
    for (let looks = 1; looks < 8; looks++) expect(await given.go()).toBeUndefined();
    expect(await told()).toBeNull();
    expect(await given.go()).toBeUndefined();
    expect(await told()).toBe('payout_account_unread');
    expect(await given.go()).toMatchObject({ state: 'confirmed', sends: 1 });
    expect(await told()).toBeNull();
    expect(calls()).toBe(`${'GET '.repeat(9)}POST`);
    await given.close();
  });

  test('while it cannot be read, nothing is repeated', async () => {
    const given = await givenRefund([OURS, BUSY, BUSY]);
    await given.go();
    expect(await given.go()).toMatchObject({ state: 'unknown', sends: 1 });
    expect(peer.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
    await given.close();
  });
});
