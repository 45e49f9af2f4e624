import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { depositClabe, effect, evidence, suspense as items, lane } from '../../src/reactor/db/schema.ts';
import { openChain, type TestChain } from '../sandbox/support/chain.ts';
import { clientAt } from '../sandbox/support/client.ts';
import { openHere } from '../sandbox/support/here.ts';
import { until } from '../sandbox/support/sandbox.ts';
import { startPostgres } from '../support/postgres.ts';
import { openIntakeWorld } from './world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let chain: TestChain;
beforeAll(async () => {
  [postgres, chain] = await Promise.all([startPostgres(), openChain()]);
});
afterAll(async () => {
  await chain?.close();
  await postgres?.stop();
});
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The reactor's intake before a real sandbox with these switches: users get its CLABEs. */
async function open(switches: object = {}) {
  const sandbox = await openHere(chain, { SANDBOX_SWITCHES: JSON.stringify(switches) });
  const juno = clientAt(sandbox.url);
  const world = await openIntakeWorld(await postgres.createDatabase(), juno);
  closing.push(sandbox.stop, world.close);
  await world.queue.work(
    async ({ lane, id }) => {
      if (lane === 'user') await world.db.insert(depositClabe).values({ clabe: await sandbox.clabe(), userId: id });
    },
    { concurrency: 1 },
  );
  return { sandbox, world, people: await world.people() };
}

const ACCOUNT = { clabe: '646180157042875763', legalName: 'Vera Vendedora' };

test('deposits of every kind find their payment or suspense, each with its own ISSUANCE, and what is too little goes back', async () => {
  const { sandbox, world, people } = await open();
  const clabe = people.payer.depositClabe;
  const wanted = await world.createPayment(people, '1500.00');
  for (const amount of ['1500.00', '1500.00', '99.99', '700.00']) await sandbox.deposit(amount, clabe);
  await sandbox.deposit('300.00');
  const suspense = async () =>
    (
      await world.db
        .select({ reason: items.reason, issuanceId: items.issuanceId, closedAt: items.closedAt })
        .from(items)
    ).map(({ reason, issuanceId, closedAt }) => `${reason} ${closedAt ? 'closed' : issuanceId ? 'open' : 'waits'}`);
  await until('all of them', async () => {
    await world.look();
    const states = await suspense();
    return states.length === 4 && states.every((state) => !state.endsWith('waits'));
  });
  expect((await suspense()).sort()).toEqual([
    'below_minimum closed',
    'duplicate_amount open',
    'no_open_payment open',
    'unknown_clabe open',
  ]);
  await until('the payment', async () => {
    await world.look();
    return (await world.legOf(wanted)).state === 'deposited';
  });
  const pool = Object.entries(await world.balances()).filter(([name]) => name.startsWith('juno_pool'));
  expect(pool.reduce((sum, [, units]) => sum + BigInt(units), 0n)).toBe(4_000_000_000n);
  expect((await sandbox.state())['available_centavos']).toBe('400000');
  expect(await sandbox.outbox()).toMatchObject([{ kind: 'issuance_refund', amount_centavos: '9999' }]);
});

test.each<[string, object]>([
  ['by its parties', {}],
  [
    'by the tracking key and wid that it names',
    { returnReference: 'refunded_withdrawal', depositSenderClabe: 'absent' },
  ],
  ['by a masked sender', { depositSenderClabe: 'masked' }],
  ['at a CLABE that is never shown', { returnReceiver: 'hidden_clabe' }],
  ['without an ISSUANCE', { returnMoney: 'mxnb' }],
  ['while its redemption turns FAILED', { returnStatus: 'FAILED' }],
  ['with another name for its id', { depositIds: 'deposit_id', depositAmount: 'number', depositStatus: 'complete' }],
])('a payout that the bank sends back is found %s', async (_, switches) => {
  const { sandbox, world, people } = await open(switches);
  const paid = await world.createPayment(people, '1500.00', { payout: ACCOUNT });
  await sandbox.fund('1500.00');
  const redemption = await sandbox.payOut('1500.00');
  await world.complete(paid);
  const { id: legId } = await world.legOf(paid);
  await world.db.insert(lane).values({ name: 'payment:test', epoch: 1 });
  const [sent] = await world.db
    .insert(effect)
    .values({
      ...{ id: crypto.randomUUID(), subjectKind: 'leg', subjectId: legId, kind: 'juno_redemption', attempt: 1 },
      ...{ paymentId: paid, key: crypto.randomUUID(), request: {}, amount: 150_000n, currency: 'MXN' },
      ...{ lane: 'payment:test', laneEpoch: 1 },
    } as typeof effect.$inferInsert)
    .returning();
  for (const given of [{ state: 'sending' }, { state: 'confirmed', externalId: redemption }] as const)
    await world.db
      .update(effect)
      .set(given)
      .where(eq(effect.id, sent?.id ?? ''));
  expect((await sandbox.giveBack(redemption)).status).toBe(200);
  await until('the leg to leave its end', async () => {
    await world.look();
    return (await world.legOf(paid)).state === 'payout_returned';
  });
  await world.look();
  const claims = await world.db.select().from(evidence).where(eq(evidence.subjectId, legId));
  expect(claims.filter(({ detail }) => (detail as { isReturn?: true }).isReturn)).toHaveLength(1);
  expect(await world.balances()).toMatchObject({ [`returned ${paid} MXN`]: '150000' });
});
