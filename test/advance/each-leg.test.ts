/** What one leg of a payment is refused, or throws, keeps no other leg of it from its try. */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import { destination, effect, leg, payment } from '../../src/reactor/db/schema.ts';
import { deriveReference } from '../../src/reactor/effects/key.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { clabeOf } from '../http/world.ts';
import { type IntakeWorld, openIntakeWorld } from '../intake/world.ts';
import { clientOf, json, type Peer, startPeer } from '../juno/peer.ts';
import { KEY_SECRET } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const PART = 150_000n;
const NAME = 'Juan López';
const CLABES = [clabeOf('01218099999999991'), clabeOf('01218099999999992'), clabeOf('01218099999999993')];

let postgres: TestPostgres;
let peer: Peer;
let world: IntakeWorld;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  peer = await startPeer();
  world = await openIntakeWorld(await postgres.createDatabase(), clientOf(peer.url).client);
});
afterEach(async () => {
  await world?.close();
  await peer?.close();
});

/** Three refunds of one payment, in their order, whose money is in Juno's pool, each to an account of its own. */
async function givenRefunds() {
  const { db } = world;
  const { recipient } = await world.people();
  const id = randomUUID();
  const amount = centavos(PART * BigInt(CLABES.length));
  const legs = CLABES.map((clabe, at) => ({ clabe, id: `${at}${randomUUID().slice(1)}`, destinationId: randomUUID() }));
  for (const [at, { clabe, destinationId }] of legs.entries())
    await db.insert(destination).values({
      ...{ id: destinationId, userId: recipient.id, clabe, legalName: NAME },
      ...{ junoAccountId: `acc-${at}`, verifiedAt: new Date() },
    });
  await db.transaction(async (tx) => {
    const people = { payerId: recipient.id, recipientId: recipient.id, concept: 'Devolucion', expiresAt: new Date() };
    const begun = { id, kind: 'refund' as const, amount: amount.units, custodySeconds: 0, awaitsDeposit: false };
    await tx.insert(payment).values({ ...begun, ...people });
    for (const { id: legId, destinationId } of legs)
      await tx.insert(leg).values({
        ...{ id: legId, paymentId: id, kind: 'refund', amount: PART, destinationId, rail: 'bank_redemption' },
        ...{ reference: deriveReference(KEY_SECRET, legId), cause: 'refunded' },
      });
    await tx.update(leg).set({ state: 'reserved', cause: 'given' }).where(eq(leg.paymentId, id));
    for (const step of ['deposit', 'issuance'] as const) {
      const entry = { id: randomUUID(), key: `${step}:${id}`, paymentId: id, effectId: null };
      await writeEntry(tx, { ...entry, state: 'posted', postings: JOURNEY[step](amount) });
    }
  });
  return { id, legs };
}

type Accounts = Awaited<ReturnType<Context['bankAccounts']['read']>>;

/** Looks once at the payment, with Juno's list of accounts as the test tells it, one answer a question. */
async function look(paymentId: string, read: () => Promise<Accounts>): Promise<void> {
  const healthy = { ...world.ctx.watchdog.current(), trouble: null };
  const ctx: Context = {
    ...world.ctx,
    bankAccounts: { read, trouble: () => null },
    watchdog: { ...world.ctx.watchdog, current: () => healthy },
  };
  await advance(ctx, { wallet: () => undefined }, paymentId);
}
const taken = (...ids: string[]) =>
  void peer.answers.push(...ids.map((id) => json({ id, summary_status: 'IN_PROGRESS' })));
const listed = (...ats: number[]): Accounts =>
  ats.map((at) => ({ id: `acc-${at}`, clabe: CLABES[at], legalName: NAME })) as unknown as Accounts;
const states = async (paymentId: string) => {
  const rows = await world.db.select().from(leg).where(eq(leg.paymentId, paymentId)).orderBy(leg.id);
  return rows.map(({ state, attentionCode }) => attentionCode ?? state);
};
const redemptions = async () => (await world.db.select().from(effect)).map(({ kind, state }) => `${kind} ${state}`);

test('a leg whose account differs at Juno is told of, and the others are paid in the same look', async () => {
  const { id } = await givenRefunds();
  taken('red-1', 'red-2');
  await look(id, async () => listed(1, 2));
  expect(await states(id)).toEqual(['payout_account_differs', 'redeeming', 'redeeming']);
  expect(await redemptions()).toEqual(['juno_redemption confirmed', 'juno_redemption confirmed']);
  expect(peer.received.filter(({ method }) => method === 'POST')).toHaveLength(2);
});

test('the look comes again as soon as the leg that is refused asks for it, whatever the others wait for', async () => {
  const { id, legs } = await givenRefunds();
  taken('red-1', 'red-2');
  await look(id, async () => listed(0, 1));
  const [row] = await world.db
    .select()
    .from(leg)
    .where(eq(leg.id, legs[2]?.id ?? ''));
  expect(row?.attentionCode).toBe('payout_account_differs');
  expect((row?.dueAt?.getTime() ?? 0) - Date.now()).toBeLessThan(31_000);
});

test('a leg that throws is told of after the others had their try', async () => {
  const { id } = await givenRefunds();
  taken('red-1', 'red-2', 'red-3');
  let asked = 0;
  const read = async (): Promise<Accounts> => {
    asked++;
    if (asked === 1) throw new Error('the first leg’s trouble');
    if (asked === 2) throw new Error('the second leg’s trouble');
    return listed(0, 1, 2);
  };
  await expect(look(id, read)).rejects.toThrow('the first leg’s trouble; the second leg’s trouble');
  expect(await states(id)).toEqual(['reserved', 'reserved', 'redeeming']);
  await look(id, read);
  expect(await states(id)).toEqual(['redeeming', 'redeeming', 'redeeming']);
});
